//! What code of the program does when spans start.

use super::ending_span::EndingSpan;
use super::frame::Frame;
use crate::tracer::context::Context;
use crate::tracer::provider::Provider;

/// Sees the spans of a provider.
pub(crate) trait SpanHooks: Send + Sync {
    /// Sees a recording span before it is on any stack. `parent` is the one that the code named, if it did.
    fn on_start(&self, frame: &mut Frame, parent: Option<Context>);

    /// May change a span that ends.
    fn on_ending(&self, span: &mut EndingSpan<'_>);
}

/// What a [`Provider`] holds as its hooks; it stands below the frames that they see.
pub(crate) type Hooks = Box<dyn SpanHooks>;

/// The hooks of a provider.
pub(super) fn of(provider: &Provider) -> Option<&dyn SpanHooks> {
    let hooks = provider.hooks.as_ref()?.downcast_ref::<Hooks>()?;
    Some(&**hooks)
}
