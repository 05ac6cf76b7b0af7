//! What is known of a span of `tracing`.

use traced_core::__runtime::WeakSpan;
use traced_core::__runtime::frame::Handle;
use traced_core::{Context, Span};

/// What the registry keeps for each of its spans.
pub(super) enum Recorded {
    /// A span of ours that begins and ends with it.
    Own(Span),
    /// The span of a function that it stands for. It must not keep that open: it is held by it.
    Mirror { span: WeakSpan, context: Context },
}

impl Recorded {
    pub(super) fn span(&self) -> Span {
        match self {
            Self::Own(span) => span.clone(),
            Self::Mirror { span, context } => span.upgrade().unwrap_or_else(|| Handle::Context(context.clone()).into()),
        }
    }
}
