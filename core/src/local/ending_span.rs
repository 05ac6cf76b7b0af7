//! A span that ends, before it is handed over.

use super::identity::Identity;
use crate::model::span_context::SpanContext;
use crate::model::span_kind::SpanKind;
use crate::model::value::Value;
use crate::tracer::provider::Provider;
use crate::wire::attributes::{Attributes, ValueView};
use crate::wire::fields::Fields;
use crate::wire::redact;
use crate::wire::site::Site;
use crate::wire::value::AttributeValue;

/// A span whose end is decided, with its outcome: what a processor may still change before it is exported.
pub struct EndingSpan<'a> {
    pub(super) identity: &'a Identity,
    pub(super) provider: &'static Provider,
    pub(super) site: &'static Site,
    pub(super) fields: &'a mut Fields,
    pub(super) is_dropped: bool,
}

impl EndingSpan<'_> {
    /// The name.
    #[must_use]
    pub fn name(&self) -> &str {
        self.fields.name().unwrap_or(self.site.name)
    }

    /// The kind.
    #[must_use]
    pub fn kind(&self) -> SpanKind {
        self.fields.kind().unwrap_or(self.identity.bits.kind())
    }

    /// The identity.
    #[must_use]
    pub fn span_context(&self) -> SpanContext {
        self.identity.span_context()
    }

    /// Whether the status is an error.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.fields.is_error()
    }

    /// The value of an attribute.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<Value> {
        let Fields { masked, encoded, .. } = &*self.fields;
        Attributes::of_span(self.site, *masked, encoded).get(key).map(ValueView::to_owned)
    }

    /// Sets an attribute; the same key again overwrites.
    pub fn set_attribute(&mut self, key: &str, value: impl AttributeValue) {
        if !key.is_empty() && value.is_present() {
            self.fields.write_attribute(self.site, &self.provider.limits, key, &value);
        }
    }

    /// Removes an attribute.
    pub fn remove_attribute(&mut self, key: &str) {
        redact::remove(self.fields, self.site, key);
    }

    /// Renames the span.
    pub fn update_name(&mut self, name: &str) {
        self.fields.set_name(name);
    }

    /// Lets the span go: it is not exported, and counted as neither started nor lost. Its children keep it as their
    /// parent.
    pub fn drop_span(&mut self) {
        self.is_dropped = true;
    }
}
