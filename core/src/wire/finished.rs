//! A finished span that owns its data.

use std::fmt;
use std::sync::Arc;

use super::record::{HEAD_WORDS, Head};
use super::site::Site;
use super::view::SpanView;

/// A finished span that owns its data.
#[derive(Clone)]
pub struct FinishedSpan {
    head: [u64; HEAD_WORDS],
    site: &'static Site,
    dynamic: Arc<[u8]>,
}

impl FinishedSpan {
    /// Copies a span.
    #[must_use]
    pub fn new(span: &SpanView<'_>) -> Self {
        Self { head: *span.head().words(), site: span.site(), dynamic: span.dynamic().into() }
    }

    /// The span, to read.
    #[must_use]
    pub fn view(&self) -> SpanView<'_> {
        SpanView::new(Head::new(&self.head), self.site, &self.dynamic)
    }
}

impl fmt::Debug for FinishedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.view().fmt(f)
    }
}
