//! Attribute values that own their data.
//!
//! Recording never builds one of these: what is recorded is encoded straight from the caller's value. They are for
//! values made at run time, for sampler results and for reading back.

use std::borrow::Cow;

/// A value of an attribute: every type that OTLP's `AnyValue` has.
///
/// ```
/// use traced::Value;
/// let value = Value::from(vec![Value::from(1_i64), Value::from("two")]);
/// assert!(matches!(value, Value::Array(items) if items.len() == 2));
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    #[default]
    Empty,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    String(Cow<'static, str>),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list, of mixed types if need be.
    Array(Vec<Value>),
    /// A map with unique keys.
    Map(Vec<KeyValue>),
}

impl Value {
    /// The text, if it is text.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            _ => None,
        }
    }
}

/// A key and its value.
#[derive(Clone, PartialEq, Debug)]
pub struct KeyValue {
    /// The key; never empty when exported.
    pub key: Cow<'static, str>,
    /// The value.
    pub value: Value,
}

impl KeyValue {
    /// Pairs a key with a value.
    ///
    /// ```
    /// # use traced::KeyValue;
    /// let pair = KeyValue::new("http.response.status_code", 200);
    /// assert_eq!(pair.key, "http.response.status_code");
    /// ```
    pub fn new(key: impl Into<Cow<'static, str>>, value: impl Into<Value>) -> Self {
        Self { key: key.into(), value: value.into() }
    }
}

macro_rules! from {
    ($($from:ty => |$value:ident| $to:expr;)*) => {$(
        impl From<$from> for Value {
            fn from($value: $from) -> Self {
                $to
            }
        }
    )*};
}

from! {
    bool => |value| Self::Bool(value);
    i8 => |value| Self::Int(value.into());
    i16 => |value| Self::Int(value.into());
    i32 => |value| Self::Int(value.into());
    i64 => |value| Self::Int(value);
    u8 => |value| Self::Int(value.into());
    u16 => |value| Self::Int(value.into());
    u32 => |value| Self::Int(value.into());
    f32 => |value| Self::Double(value.into());
    f64 => |value| Self::Double(value);
    &'static str => |value| Self::String(Cow::Borrowed(value));
    String => |value| Self::String(Cow::Owned(value));
    Cow<'static, str> => |value| Self::String(value);
    Vec<Value> => |value| Self::Array(value);
    Vec<KeyValue> => |value| Self::Map(value);
}
