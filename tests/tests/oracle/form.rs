//! Values in a form in which both sides can be compared: numbers by their bits, maps without an order.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as ProtoKeyValue, any_value};
use traced::{KeyValue, SpanLimits, Value};

#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Form {
    Empty,
    Bool(bool),
    Int(i64),
    Double(u64),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Form>),
    Map(BTreeMap<String, Form>),
}

impl Form {
    /// What prost decoded. Keys must be unique wherever there are keys.
    pub(crate) fn of_decoded(value: Option<&AnyValue>) -> Self {
        match value.and_then(|value| value.value.as_ref()) {
            None => Self::Empty,
            Some(any_value::Value::BoolValue(value)) => Self::Bool(*value),
            Some(any_value::Value::IntValue(value)) => Self::Int(*value),
            Some(any_value::Value::DoubleValue(value)) => Self::Double(value.to_bits()),
            Some(any_value::Value::StringValue(value)) => Self::Text(value.clone()),
            Some(any_value::Value::BytesValue(value)) => Self::Bytes(value.clone()),
            Some(any_value::Value::ArrayValue(items)) => {
                Self::List(items.values.iter().map(|item| Self::of_decoded(Some(item))).collect())
            }
            Some(any_value::Value::KvlistValue(entries)) => Self::Map(Self::of_attributes(&entries.values)),
            Some(other) => panic!("a value that traces do not have: {other:?}"),
        }
    }

    /// Decoded attributes, or the entries of a decoded map.
    pub(crate) fn of_attributes(attributes: &[ProtoKeyValue]) -> BTreeMap<String, Self> {
        let mut forms = BTreeMap::new();
        for attribute in attributes {
            let old = forms.insert(attribute.key.clone(), Self::of_decoded(attribute.value.as_ref()));
            assert!(old.is_none(), "the key {:?} occurs twice", attribute.key);
        }
        forms
    }

    /// What should arrive of a value under the limits.
    pub(crate) fn expected(value: &Value, limits: &SpanLimits) -> Self {
        let length = limits.attribute_value_length.map_or(usize::MAX, |length| length as usize);
        Self::limited(value, length, limits.attribute_value_depth)
    }

    fn limited(value: &Value, length: usize, depth: u32) -> Self {
        match value {
            Value::Bool(value) => Self::Bool(*value),
            Value::Int(value) => Self::Int(*value),
            Value::Double(value) => Self::Double(value.to_bits()),
            Value::String(value) => Self::Text(value.chars().take(length).collect()),
            Value::Bytes(value) => Self::Bytes(value.iter().copied().take(length).collect()),
            Value::Array(_) | Value::Map(_) if depth == 0 => Self::Empty,
            Value::Array(items) => {
                Self::List(items.iter().map(|item| Self::limited(item, length, depth - 1)).collect())
            }
            Value::Map(entries) => {
                let entry = |entry: &KeyValue| (entry.key.to_string(), Self::limited(&entry.value, length, depth - 1));
                Self::Map(entries.iter().map(entry).collect())
            }
            _ => Self::Empty,
        }
    }
}
