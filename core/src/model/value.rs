//! Attribute values that own their data.
//!
//! Recording never builds one of these: what is recorded is encoded straight from the caller's value. They are for
//! values made at run time, for sampler results and for reading back.

use std::borrow::Cow;
use std::fmt;

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
#[non_exhaustive]
pub struct KeyValue {
    /// The key; never empty when exported.
    pub key: Cow<'static, str>,
    /// The value.
    pub value: Value,
}

/// As in a log line: text as it is, everything else as in JSON; bytes in hexadecimal digits.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Int(value) => value.fmt(f),
            Self::Double(value) => value.fmt(f),
            Self::String(value) => f.write_str(value),
            Self::Bytes(bytes) => bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", separator(index))?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("{")?;
                for (index, KeyValue { key, value }) in entries.iter().enumerate() {
                    write!(f, "{}{key}: {value}", separator(index))?;
                }
                f.write_str("}")
            }
        }
    }
}

/// What stands before an item of a list.
pub(crate) const fn separator(index: usize) -> &'static str {
    if index > 0 { ", " } else { "" }
}

macro_rules! equals {
    ($($type:ty),*) => {$(
        /// Whether it is this value, of this type.
        impl PartialEq<$type> for Value {
            fn eq(&self, other: &$type) -> bool {
                let other = Self::from(other.clone());
                *self == other
            }
        }
    )*};
}

equals!(bool, i8, i16, i32, i64, u8, u16, u32, f32, f64, String);

/// Whether it is this text.
impl PartialEq<str> for Value {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == Some(other)
    }
}

/// Whether it is this text.
impl PartialEq<&str> for Value {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == Some(other)
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
