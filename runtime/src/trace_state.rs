//! The W3C `tracestate`.

use std::sync::Arc;

/// The W3C `tracestate`: vendors' key-value pairs that travel with a trace. Immutable; changes make a new one.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct TraceState {
    header: Option<Arc<str>>,
}

impl TraceState {
    /// Whether there are no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.header.is_none()
    }

    /// The header's value; empty when there are no entries.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.header.as_deref().unwrap_or_default()
    }
}
