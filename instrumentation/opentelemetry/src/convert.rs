//! Their data types as ours, and ours as theirs.

use std::borrow::Cow;

use base64::Engine as _;
use opentelemetry::baggage::{Baggage as OtelBaggage, KeyValueMetadata};
use opentelemetry::trace::{Link, SpanContext as OtelSpanContext, SpanKind as OtelKind, Status as OtelStatus};
use opentelemetry::{Array, InstrumentationScope, Key, KeyValue as OtelKeyValue, StringValue, Value as OtelValue};

use super::ids::{to_flags, to_span_id, to_trace_id, to_trace_state};
use traced::AttributeValue;
use traced::Baggage;
use traced::KeyValue;
use traced::Scope;
use traced::SpanKind;
use traced::Status;
use traced::Value;
use traced::value::ValueWriter;
use traced::view::Attributes;
use traced::view::LinkView;
use traced::view::StatusView;

pub(crate) fn to_kind(kind: SpanKind) -> OtelKind {
    match kind {
        SpanKind::Server => OtelKind::Server,
        SpanKind::Client => OtelKind::Client,
        SpanKind::Producer => OtelKind::Producer,
        SpanKind::Consumer => OtelKind::Consumer,
        // One that is not known yet is nothing else.
        _ => OtelKind::Internal,
    }
}

pub(crate) fn to_status(status: StatusView<'_>) -> OtelStatus {
    match status {
        StatusView::Ok => OtelStatus::Ok,
        StatusView::Error(description) => OtelStatus::error(description.to_owned()),
        // One that is not known yet says nothing here.
        _ => OtelStatus::Unset,
    }
}

pub(crate) fn to_scope(scope: Scope) -> InstrumentationScope {
    let mut builder = InstrumentationScope::builder(scope.name);
    if !scope.version.is_empty() {
        builder = builder.with_version(scope.version);
    }
    if !scope.schema_url.is_empty() {
        builder = builder.with_schema_url(scope.schema_url);
    }
    builder.build()
}

pub(crate) fn to_link(link: &LinkView<'_>) -> Link {
    let context = OtelSpanContext::new(
        to_trace_id(link.trace_id()),
        to_span_id(link.span_id()),
        to_flags(link.trace_flags()),
        link.is_remote(),
        to_trace_state(link.trace_state()),
    );
    Link::new(context, to_attributes(link.attributes()), saturated(link.dropped_attributes()))
}

pub(crate) fn saturated(count: u64) -> u32 {
    count.try_into().unwrap_or(u32::MAX)
}

pub(crate) fn to_attributes(attributes: Attributes<'_>) -> Vec<OtelKeyValue> {
    attributes.map(|attribute| to_key_value(attribute.to_owned())).collect()
}

pub(crate) fn to_key_value(pair: KeyValue) -> OtelKeyValue {
    OtelKeyValue::new(Key::from(pair.key), to_value(pair.value))
}

/// What their values cannot hold becomes text, as the common specification says for protocols without such types:
/// bytes in base64, mixed lists and maps in JSON, no value as empty text.
pub(crate) fn to_value(value: Value) -> OtelValue {
    match value {
        Value::Empty => OtelValue::from(""),
        Value::Bool(value) => value.into(),
        Value::Int(value) => value.into(),
        Value::Double(value) => value.into(),
        Value::String(text) => text.into(),
        Value::Bytes(bytes) => base64::engine::general_purpose::STANDARD.encode(bytes).into(),
        Value::Array(items) => match to_array(&items) {
            Some(array) => OtelValue::Array(array),
            None => to_json(Value::Array(items)).to_string().into(),
        },
        Value::Map(entries) => to_json(Value::Map(entries)).to_string().into(),
        // A kind of value that a later core knows.
        other => format!("{other:?}").into(),
    }
}

/// A list whose items have one type that theirs can have.
fn to_array(items: &[Value]) -> Option<Array> {
    macro_rules! all {
        ($variant:ident, $array:ident, $from:expr) => {
            items
                .iter()
                .map(|item| match item {
                    Value::$variant(value) => Some($from(value)),
                    _ => None,
                })
                .collect::<Option<Vec<_>>>()
                .map(Array::$array)
        };
    }
    match items.first() {
        None => Some(Array::String(Vec::new())),
        Some(Value::Bool(_)) => all!(Bool, Bool, |value: &bool| *value),
        Some(Value::Int(_)) => all!(Int, I64, |value: &i64| *value),
        Some(Value::Double(_)) => all!(Double, F64, |value: &f64| *value),
        Some(Value::String(_)) => {
            all!(String, String, |value: &Cow<'static, str>| StringValue::from(value.clone()))
        }
        Some(_) => None,
    }
}

fn to_json(value: Value) -> serde_json::Value {
    match value {
        Value::Empty => serde_json::Value::Null,
        Value::Bool(value) => value.into(),
        Value::Int(value) => value.into(),
        // JSON has no numbers that are not finite: as text, as the specification says.
        Value::Double(value) if !value.is_finite() => value.to_string().into(),
        Value::Double(value) => value.into(),
        Value::String(text) => text.into_owned().into(),
        Value::Bytes(bytes) => base64::engine::general_purpose::STANDARD.encode(bytes).into(),
        Value::Array(items) => items.into_iter().map(to_json).collect(),
        Value::Map(entries) => {
            entries.into_iter().map(|entry| (entry.key.into_owned(), to_json(entry.value))).collect()
        }
        other => format!("{other:?}").into(),
    }
}

pub(crate) fn from_kind(kind: &OtelKind) -> SpanKind {
    match kind {
        OtelKind::Internal => SpanKind::Internal,
        OtelKind::Server => SpanKind::Server,
        OtelKind::Client => SpanKind::Client,
        OtelKind::Producer => SpanKind::Producer,
        OtelKind::Consumer => SpanKind::Consumer,
    }
}

pub(crate) fn from_status(status: OtelStatus) -> Status {
    match status {
        OtelStatus::Unset => Status::Unset,
        OtelStatus::Ok => Status::Ok,
        OtelStatus::Error { description } => Status::error(description),
    }
}

pub(crate) fn from_attributes(attributes: Vec<OtelKeyValue>) -> Vec<KeyValue> {
    attributes.into_iter().map(|pair| KeyValue::new(String::from(pair.key), from_value(pair.value))).collect()
}

fn from_value(value: OtelValue) -> Value {
    fn list<T: Into<Value>>(items: Vec<T>) -> Value {
        Value::Array(items.into_iter().map(Into::into).collect())
    }
    match value {
        OtelValue::Bool(value) => value.into(),
        OtelValue::I64(value) => value.into(),
        OtelValue::F64(value) => value.into(),
        OtelValue::String(text) => String::from(text).into(),
        OtelValue::Array(Array::Bool(items)) => list(items),
        OtelValue::Array(Array::I64(items)) => list(items),
        OtelValue::Array(Array::F64(items)) => list(items),
        OtelValue::Array(Array::String(items)) => list(items.into_iter().map(String::from).collect()),
        // Their enums may grow.
        other => other.to_string().into(),
    }
}

/// One of their values, encoded without a copy.
pub(crate) struct Foreign<'a>(pub(crate) &'a OtelValue);

impl AttributeValue for Foreign<'_> {
    fn write(&self, out: ValueWriter<'_>) {
        match self.0 {
            OtelValue::Bool(value) => out.bool(*value),
            OtelValue::I64(value) => out.int(*value),
            OtelValue::F64(value) => out.double(*value),
            OtelValue::String(text) => out.string(text.as_str()),
            other => from_value(other.clone()).write(out),
        }
    }
}

pub(crate) fn to_baggage(baggage: &Baggage) -> Vec<KeyValueMetadata> {
    let entry = |(key, value): (&str, &str)| {
        let metadata = baggage.metadata(key).unwrap_or_default();
        KeyValueMetadata::new(key.to_owned(), value.to_owned(), metadata)
    };
    baggage.iter().map(entry).collect()
}

pub(crate) fn from_baggage(baggage: &OtelBaggage) -> Baggage {
    let mut entries: Vec<_> = baggage.iter().collect();
    // Theirs have no order; ours keep it.
    entries.sort_by_key(|(key, _)| *key);
    entries.into_iter().fold(Baggage::EMPTY, |all, (key, (value, metadata))| {
        all.insert_with_metadata(key.as_str(), value.as_str(), metadata.as_str())
    })
}
