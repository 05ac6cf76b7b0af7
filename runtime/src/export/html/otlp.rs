//! Spans from OTLP in JSON.

use serde_json::{Value as Json, json};

use super::encode::{Encoder, Origin};

impl Origin {
    /// The fields of `ResourceSpans` and `ScopeSpans` besides the spans.
    pub(super) fn of_messages(resource_spans: &Json, scope_spans: &Json) -> Self {
        let field = |message: &Json, name: &str| message.get(name).cloned().unwrap_or_else(|| json!({}));
        Self::new(
            (&field(resource_spans, "resource"), text(resource_spans, "schemaUrl")),
            (&field(scope_spans, "scope"), text(scope_spans, "schemaUrl")),
        )
    }
}

impl Encoder<'_> {
    /// A `Span` message.
    pub(super) fn message(&mut self, origin: &Origin, span: &Json) {
        let (start, end) = (unix_nanos(span, "startTimeUnixNano"), unix_nanos(span, "endTimeUnixNano"));
        self.raw("[");
        self.shared(text(span, "name"));
        self.comma();
        self.origin(origin);
        self.comma();
        self.exact(number(span, "kind"));
        for id in ["spanId", "parentSpanId"] {
            self.comma();
            self.string(text(span, id));
        }
        self.comma();
        self.time(start);
        self.comma();
        self.exact(i128::from(end) - i128::from(start));
        self.comma();
        self.exact(number(span, "flags"));
        self.comma();
        self.message_status(span.get("status").unwrap_or(&Json::Null));
        self.comma();
        self.message_attributes(span);
        self.comma();
        self.list(items(span, "events").iter(), Self::message_event);
        self.comma();
        self.list(items(span, "links").iter(), Self::message_link);
        let dropped = ["droppedAttributesCount", "droppedEventsCount", "droppedLinksCount"];
        self.rare(text(span, "traceState"), dropped.map(|name| (name, unix_nanos(span, name))));
        self.raw("]");
    }

    fn message_status(&mut self, status: &Json) {
        match number(status, "code") {
            2 => self.text_value(text(status, "message")),
            1 => self.raw("1"),
            _ => self.raw("0"),
        }
    }

    fn message_event(&mut self, event: &Json) {
        self.raw("[");
        self.shared(text(event, "name"));
        self.comma();
        self.time(unix_nanos(event, "timeUnixNano"));
        self.comma();
        self.message_attributes(event);
        self.comma();
        self.exact(number(event, "droppedAttributesCount"));
        self.raw("]");
    }

    fn message_link(&mut self, link: &Json) {
        self.raw("[");
        self.string(text(link, "traceId"));
        self.comma();
        self.string(text(link, "spanId"));
        self.comma();
        self.message_attributes(link);
        self.comma();
        self.exact(number(link, "droppedAttributesCount"));
        self.comma();
        self.exact(number(link, "flags"));
        self.comma();
        self.string(text(link, "traceState"));
        self.raw("]");
    }

    fn message_attributes(&mut self, of: &Json) {
        self.list(items(of, "attributes").iter(), Self::message_attribute);
    }

    fn message_attribute(&mut self, attribute: &Json) {
        self.shared(text(attribute, "key"));
        self.comma();
        self.any_value(attribute.get("value").unwrap_or(&Json::Null));
    }

    /// An `AnyValue` message.
    fn any_value(&mut self, value: &Json) {
        let field = value.as_object().and_then(|fields| fields.iter().next());
        match field.map(|(name, content)| (name.as_str(), content)) {
            Some(("stringValue", Json::String(text))) => self.text_value(text),
            Some(("boolValue", Json::Bool(value))) => self.raw(if *value { "true" } else { "false" }),
            Some(("intValue", _)) => self.int(number(value, "intValue")),
            Some(("doubleValue", Json::String(word))) => self.tagged("d", |encoder| encoder.string(word)),
            Some(("doubleValue", Json::Number(number))) => {
                self.tagged("d", |encoder| encoder.raw(&number.to_string()));
            }
            Some(("bytesValue", Json::String(base64))) => self.tagged("b", |encoder| encoder.string(base64)),
            Some(("arrayValue", array)) => {
                self.tagged("a", |encoder| encoder.list(items(array, "values").iter(), Self::any_value));
            }
            Some(("kvlistValue", map)) => {
                self.tagged("m", |encoder| encoder.list(items(map, "values").iter(), Self::message_attribute));
            }
            _ => self.raw("null"),
        }
    }
}

/// The text of a field; empty if it has none.
pub(super) fn text<'a>(message: &'a Json, field: &str) -> &'a str {
    message.get(field).and_then(Json::as_str).unwrap_or_default()
}

/// The items of a field; none if it is no array.
pub(super) fn items<'a>(message: &'a Json, field: &str) -> &'a [Json] {
    message.get(field).and_then(Json::as_array).map_or(&[], Vec::as_slice)
}

/// The whole number of a field, which OTLP writes as a text if it has 64 bits; 0 if it has none.
fn number(message: &Json, field: &str) -> i128 {
    match message.get(field) {
        Some(Json::Number(number)) => number.as_i128().unwrap_or(0),
        Some(Json::String(digits)) => digits.parse().unwrap_or(0),
        _ => 0,
    }
}

/// A time, or a count; 0 if it is none.
pub(super) fn unix_nanos(message: &Json, field: &str) -> u64 {
    u64::try_from(number(message, field)).unwrap_or(0)
}
