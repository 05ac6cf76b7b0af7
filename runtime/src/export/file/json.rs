//! OTLP in JSON: ids in hexadecimal, 64-bit integers as strings, enumerations as numbers, names in lowerCamelCase.
//! What has its default value is left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use traced_core::__runtime::record::wire_flags;
use traced_core::Attributes;
use traced_core::EventView;
use traced_core::KeyValue;
use traced_core::LinkView;
use traced_core::Resource;
use traced_core::Scope;
use traced_core::SpanView;
use traced_core::StatusView;
use traced_core::Value;

/// A `TracesData` message, with the spans grouped by scope.
pub(super) fn traces_data<'a>(resource: &Resource, spans: impl Iterator<Item = SpanView<'a>>) -> Json {
    let mut scopes: Vec<(Scope, Vec<Json>)> = Vec::new();
    for view in spans {
        let scope = view.scope();
        match scopes.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, spans)) => spans.push(span(&view)),
            None => scopes.push((scope, vec![span(&view)])),
        }
    }
    let mut fields = Fields::default();
    fields.put("resource", json!({ "attributes": resource.attributes().iter().map(key_value).collect::<Vec<_>>() }));
    fields.put("scopeSpans", scopes.into_iter().map(scope_spans).collect::<Vec<_>>().into());
    fields.text("schemaUrl", resource.schema_url());
    json!({ "resourceSpans": [fields.0] })
}

fn scope_spans((scope, spans): (Scope, Vec<Json>)) -> Json {
    let mut named = Fields::default();
    named.text("name", scope.name);
    named.text("version", scope.version);
    let mut fields = Fields::default();
    fields.put("scope", named.0.into());
    fields.put("spans", spans.into());
    fields.text("schemaUrl", scope.schema_url);
    fields.0.into()
}

fn span(view: &SpanView<'_>) -> Json {
    let mut fields = Fields::default();
    fields.text("traceId", &view.trace_id().to_string());
    fields.text("spanId", &view.span_id().to_string());
    fields.text("traceState", view.trace_state());
    fields.text("parentSpanId", &view.parent_span_id().map(|parent| parent.to_string()).unwrap_or_default());
    fields.put("flags", wire_flags(view.trace_flags(), view.parent_is_remote()).into());
    fields.text("name", view.name());
    fields.put("kind", (view.kind() as u8).into());
    fields.text("startTimeUnixNano", &view.start_unix_nanos().to_string());
    fields.text("endTimeUnixNano", &view.end_unix_nanos().to_string());
    fields.attributes(view.attributes(), view.dropped_attributes());
    fields.list("events", view.events().map(|each| event(&each)).collect());
    fields.count("droppedEventsCount", view.dropped_events());
    fields.list("links", view.links().map(|each| link(&each)).collect());
    fields.count("droppedLinksCount", view.dropped_links());
    match view.status() {
        StatusView::Unset => {}
        StatusView::Ok => fields.put("status", json!({ "code": 1 })),
        StatusView::Error("") => fields.put("status", json!({ "code": 2 })),
        StatusView::Error(message) => fields.put("status", json!({ "code": 2, "message": message })),
    }
    fields.0.into()
}

fn event(view: &EventView<'_>) -> Json {
    let mut fields = Fields::default();
    fields.text("timeUnixNano", &view.unix_nanos().to_string());
    fields.text("name", view.name());
    fields.attributes(view.attributes(), view.dropped_attributes());
    fields.0.into()
}

fn link(view: &LinkView<'_>) -> Json {
    let mut fields = Fields::default();
    fields.text("traceId", &view.trace_id().to_string());
    fields.text("spanId", &view.span_id().to_string());
    fields.text("traceState", view.trace_state());
    fields.attributes(view.attributes(), view.dropped_attributes());
    fields.put("flags", wire_flags(view.trace_flags(), view.is_remote()).into());
    fields.0.into()
}

fn key_value(attribute: &KeyValue) -> Json {
    json!({ "key": attribute.key, "value": any_value(&attribute.value) })
}

/// `AnyValue`: an object with at most one field, which says the type.
fn any_value(value: &Value) -> Json {
    match value {
        Value::Empty => json!({}),
        Value::Bool(value) => json!({ "boolValue": value }),
        Value::Int(value) => json!({ "intValue": value.to_string() }),
        Value::Double(value) => json!({ "doubleValue": double(*value) }),
        Value::String(text) => json!({ "stringValue": text }),
        Value::Bytes(bytes) => json!({ "bytesValue": STANDARD.encode(bytes) }),
        Value::Array(items) => json!({ "arrayValue": { "values": items.iter().map(any_value).collect::<Vec<_>>() } }),
        Value::Map(entries) => {
            json!({ "kvlistValue": { "values": entries.iter().map(key_value).collect::<Vec<_>>() } })
        }
        // A kind of value that a later core knows: as text, rather than not at all.
        other => json!({ "stringValue": format!("{other:?}") }),
    }
}

/// JSON has no number for these three; the mapping of protobuf writes them as words.
fn double(value: f64) -> Json {
    if value.is_nan() {
        "NaN".into()
    } else if value.is_infinite() {
        if value > 0.0 { "Infinity".into() } else { "-Infinity".into() }
    } else {
        value.into()
    }
}

/// The fields of a message.
#[derive(Default)]
struct Fields(Map<String, Json>);

impl Fields {
    fn put(&mut self, name: &str, value: Json) {
        self.0.insert(name.to_owned(), value);
    }

    fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.put(name, text.into());
        }
    }

    fn count(&mut self, name: &str, count: u64) {
        if count > 0 {
            self.put(name, count.into());
        }
    }

    fn list(&mut self, name: &str, items: Vec<Json>) {
        if !items.is_empty() {
            self.put(name, items.into());
        }
    }

    fn attributes(&mut self, attributes: Attributes<'_>, dropped: u64) {
        self.list("attributes", attributes.map(|attribute| key_value(&attribute.to_owned())).collect());
        self.count("droppedAttributesCount", dropped);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The other values are tested against another decoder, which does not read these.
    #[test]
    fn numbers_that_json_has_no_form_for() {
        let cases = [(f64::NAN, "NaN"), (f64::INFINITY, "Infinity"), (f64::NEG_INFINITY, "-Infinity")];
        for (value, text) in cases {
            assert_eq!(any_value(&Value::Double(value)), json!({ "doubleValue": text }));
        }
        assert_eq!(any_value(&Value::Empty), json!({}));
    }
}
