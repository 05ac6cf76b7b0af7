//! Several formats at once.

use super::format::{Extractor, Injector, Propagator, W3c};
use crate::tracer::context::Context;

/// Several propagators, used in the order given; of what several extract, the last counts.
///
/// ```
/// use traced::propagation::{B3Propagator, CompositePropagator, Propagator, TraceContextPropagator};
/// let both = CompositePropagator::new(vec![Box::new(B3Propagator::SINGLE), Box::new(TraceContextPropagator)]);
/// assert_eq!(both.fields(), ["b3", "traceparent", "tracestate"]);
/// ```
#[derive(Default)]
pub struct CompositePropagator {
    parts: Vec<Box<dyn Propagator>>,
}

impl CompositePropagator {
    /// From the propagators in the order in which they are to be used. None of them: does nothing.
    #[must_use]
    pub const fn new(propagators: Vec<Box<dyn Propagator>>) -> Self {
        Self { parts: propagators }
    }
}

impl Propagator for CompositePropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        for part in &self.parts {
            part.inject(context, carrier);
        }
    }

    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        self.parts.iter().fold(context.clone(), |context, part| part.extract(&context, carrier))
    }

    fn fields(&self) -> Vec<&str> {
        self.parts.iter().flat_map(|part| part.fields()).collect()
    }

    fn w3c(&self) -> Option<W3c> {
        let mut formats = self.parts.iter().map(Propagator::w3c);
        let first = formats.next()??;
        formats.try_fold(first, |known, next| known.and(next?))
    }
}

impl std::fmt::Debug for CompositePropagator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("CompositePropagator").field("fields", &self.fields()).finish()
    }
}
