//! A pointer to a sampler is one.

use std::sync::Arc;

use super::decision::{Sampler, SamplingRequest, SamplingResult};

macro_rules! forward {
    ($($pointer:ty),*) => {$(
        impl<S: Sampler + ?Sized> Sampler for $pointer {
            fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
                (**self).should_sample(request)
            }

            fn description(&self) -> String {
                (**self).description()
            }

            fn reads_attributes(&self) -> bool {
                (**self).reads_attributes()
            }

            fn follows_local_parent(&self) -> bool {
                (**self).follows_local_parent()
            }
        }
    )*};
}

forward!(Box<S>, Arc<S>);
