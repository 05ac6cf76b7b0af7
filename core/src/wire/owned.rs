//! Values that own their data, made of everything that can be recorded.

use std::borrow::Cow;

use super::attributes::Attributes;
use super::encode;
use super::value::AttributeValue;
use crate::model::limits::SpanLimits;
use crate::model::value::{KeyValue, Value};

impl KeyValue {
    /// Pairs a key with a value: whatever [`Span::set_attribute`](crate::Span::set_attribute) takes.
    ///
    /// ```
    /// # use traced::KeyValue;
    /// let pair = KeyValue::new("http.response.status_code", 200_u16);
    /// assert_eq!((pair.key.as_ref(), &pair.value), ("http.response.status_code", &200.into()));
    /// assert_eq!(KeyValue::new("ids", vec!["a", "b"]).value.to_string(), "[a, b]");
    /// ```
    ///
    /// What owns its data, as `String`, [`Value`] and vectors of such do, is taken over and not copied.
    pub fn new(key: impl Into<Cow<'static, str>>, value: impl AttributeValue) -> Self {
        Self { key: key.into(), value: value.into_value() }
    }
}

impl Value {
    /// The value as it would be recorded.
    #[must_use]
    pub fn record(value: &(impl AttributeValue + ?Sized)) -> Self {
        if !value.is_present() {
            return Self::Empty;
        }
        let mut encoded = Vec::new();
        encode::attribute(&mut encoded, "value", value, SpanLimits::default().value());
        Attributes::of_span_fields(&encoded).next().map_or(Self::Empty, |attribute| attribute.value.to_owned())
    }
}
