//! A finished span that owns its data.

use std::fmt;
use std::sync::Arc;

use super::attributes::ValueView;
use super::record::{HEAD_WORDS, Head};
use super::site::Site;
use super::view::SpanView;
use crate::model::span_kind::SpanKind;
use crate::model::status::Status;
use crate::model::value::{KeyValue, Value};

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

    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.view().name()
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> SpanKind {
        self.view().kind()
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> Status {
        self.view().status().to_owned()
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<Value> {
        self.view().attributes().get(key).map(ValueView::to_owned)
    }

    /// The attributes of the first event of this name.
    #[must_use]
    pub fn event(&self, name: &str) -> Option<Vec<KeyValue>> {
        let event = self.view().events().find(|event| event.name() == name)?;
        Some(event.attributes().map(|attribute| attribute.to_owned()).collect())
    }
}

impl fmt::Debug for FinishedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let view = self.view();
        let events: Vec<_> = view.events().map(|event| event.name().to_owned()).collect();
        f.debug_struct("FinishedSpan")
            .field("name", &view.name())
            .field("kind", &view.kind())
            .field("status", &view.status())
            .field("attributes", &view.attributes())
            .field("events", &events)
            .field("trace_id", &view.trace_id())
            .field("span_id", &view.span_id())
            .field("parent_span_id", &view.parent_span_id())
            .finish_non_exhaustive()
    }
}
