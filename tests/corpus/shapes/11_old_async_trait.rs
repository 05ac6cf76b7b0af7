//! Row 11: what older versions of async-trait produced, an inner `async fn` with `_self`.
#![allow(clippy::used_underscore_binding)]

use std::future::Future;
use std::pin::Pin;

/// A counter.
pub struct Counter(pub u32);

#[shape_impl]
impl Counter {
    /// Boxes the future of an inner function.
    #[shape]
    pub fn count<'life0, 'async_trait>(&'life0 self, step: u32) -> Pin<Box<dyn Future<Output = u32> + Send + 'async_trait>>
    where
        'life0: 'async_trait,
        Self: 'async_trait,
    {
        async fn count(_self: &Counter, step: u32) -> u32 {
            core::future::ready(()).await;
            _self.0 + step
        }
        Box::pin(count(self, step))
    }
}
