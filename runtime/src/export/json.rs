//! Values, resource and scope as OTLP in JSON: 64-bit integers as strings, names in lowerCamelCase. What has its default
//! value is left out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value as Json, json};

use traced_core::{KeyValue, Resource, Scope, Value};

/// A `Resource` message.
pub(crate) fn resource(resource: &Resource) -> Json {
    json!({ "attributes": resource.attributes().iter().map(key_value).collect::<Vec<_>>() })
}

/// An `InstrumentationScope` message.
pub(crate) fn scope(scope: Scope) -> Json {
    let mut fields = Fields::default();
    fields.text("name", scope.name);
    fields.text("version", scope.version);
    fields.0.into()
}

/// A `KeyValue` message.
pub(crate) fn key_value(attribute: &KeyValue) -> Json {
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
pub(crate) fn double(value: f64) -> Json {
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
pub(crate) struct Fields(pub(crate) Map<String, Json>);

impl Fields {
    pub(crate) fn put(&mut self, name: &str, value: Json) {
        self.0.insert(name.to_owned(), value);
    }

    pub(crate) fn text(&mut self, name: &str, text: &str) {
        if !text.is_empty() {
            self.put(name, text.into());
        }
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
