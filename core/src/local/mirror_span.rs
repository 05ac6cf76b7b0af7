//! What stands for a span of ours in another library.

use std::sync::Arc;

use crate::tracer::context::Held;

/// A span of another library that stands for one of ours. It is over there when the last handle to it is gone.
pub trait MirrorSpan: Send + Sync + 'static {
    /// Makes it the current one there, on this thread.
    fn enter(&self);

    /// Undoes [`enter`](Self::enter).
    fn exit(&self);
}

/// What stands for a span that does not record, held by its contexts.
struct Standing(Arc<dyn MirrorSpan>);

/// See [`held_in`].
pub(super) fn hold(mirror: &Arc<dyn MirrorSpan>) -> Held {
    Arc::new(Standing(Arc::clone(mirror)))
}

/// What a context holds that stands for its span, which does not record.
pub(super) fn held_in(held: &Held) -> Option<Arc<dyn MirrorSpan>> {
    held.downcast_ref().map(|Standing(mirror)| Arc::clone(mirror))
}
