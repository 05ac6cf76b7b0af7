//! Attributes as exporters and samplers read them: borrowed views of the encoded bytes.

use super::proto::{self, Content, Field, Fields, any_value, find, key_value, span};
use crate::model::value::{KeyValue, Value, separator};
use crate::wire::site::Site;

/// The attributes of a span, an event or a link.
#[derive(Clone, Copy)]
pub struct Attributes<'a> {
    fixed: Option<Fixed>,
    dynamic: Fields<'a>,
    tag: u64,
}

impl<'a> Attributes<'a> {
    /// Those of a span: the call site's that are not masked, and the recorded ones.
    pub(crate) fn of_span(site: &'static Site, masked: u32, dynamic: &'a [u8]) -> Self {
        let fixed = Fixed { attributes: site.encoded().attributes(), next: 0, masked };
        Self { fixed: Some(fixed), ..Self::of_span_fields(dynamic) }
    }

    /// Those among the fields of a span.
    pub(crate) const fn of_span_fields(dynamic: &'a [u8]) -> Self {
        Self::of_fields(dynamic, span::ATTRIBUTE)
    }

    /// Those among the fields of any message, by their tag there.
    pub(super) const fn of_fields(message: &'a [u8], tag: proto::Tag) -> Self {
        Self { fixed: None, dynamic: Fields::new(message), tag: tag.number() }
    }

    /// None at all.
    pub(crate) const EMPTY: Self = Self::of_span_fields(&[]);

    /// The value of one key.
    #[must_use]
    pub fn get(mut self, key: &str) -> Option<ValueView<'a>> {
        self.find(|attribute| attribute.key == key).map(|attribute| attribute.value)
    }
}

/// Those of the call site.
#[derive(Clone, Copy)]
struct Fixed {
    attributes: &'static [Box<[u8]>],
    next: usize,
    masked: u32,
}

impl Fixed {
    /// The next one that is not masked, encoded.
    fn next(&mut self) -> Option<&'static [u8]> {
        while let Some(attribute) = self.attributes.get(self.next) {
            self.next += 1;
            if (self.masked >> (self.next - 1)) & 1 == 0 {
                return Some(attribute);
            }
        }
        None
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = AttributeView<'a>;

    fn next(&mut self) -> Option<AttributeView<'a>> {
        let field = match self.fixed.as_mut().and_then(Fixed::next) {
            Some(encoded) => Fields::new(encoded).next(),
            None => {
                let tag = self.tag;
                self.dynamic.find(|field| field.number == tag)
            }
        };
        field.map(|field| AttributeView::parse(field.content.as_bytes()))
    }
}

/// One attribute.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub struct AttributeView<'a> {
    /// The key.
    pub key: &'a str,
    /// The value.
    pub value: ValueView<'a>,
}

impl<'a> AttributeView<'a> {
    fn parse(message: &'a [u8]) -> Self {
        let value = find(message, key_value::VALUE).as_bytes();
        Self { key: find(message, key_value::KEY).as_str(), value: ValueView::parse(value) }
    }

    /// A copy that owns its data.
    #[must_use]
    pub fn to_owned(&self) -> KeyValue {
        KeyValue { key: self.key.to_owned().into(), value: self.value.to_owned() }
    }
}

/// A value.
#[derive(Clone, Copy, PartialEq, Debug)]
#[non_exhaustive]
pub enum ValueView<'a> {
    /// No value.
    Empty,
    /// A boolean.
    Bool(bool),
    /// A signed integer.
    Int(i64),
    /// A floating-point number.
    Double(f64),
    /// Text.
    Str(&'a str),
    /// Bytes.
    Bytes(&'a [u8]),
    /// A list.
    Array(ArrayView<'a>),
    /// A map.
    Map(MapView<'a>),
}

/// The items of a list.
#[derive(Clone, Copy, PartialEq)]
pub struct ArrayView<'a>(&'a [u8]);

/// The entries of a map.
#[derive(Clone, Copy, PartialEq)]
pub struct MapView<'a>(&'a [u8]);

impl<'a> ArrayView<'a> {
    /// The items.
    pub fn iter(self) -> impl Iterator<Item = ValueView<'a>> {
        Fields::new(self.0).map(|field| ValueView::parse(field.content.as_bytes()))
    }
}

impl<'a> MapView<'a> {
    /// The entries.
    pub fn iter(self) -> impl Iterator<Item = AttributeView<'a>> {
        Fields::new(self.0).map(|field| AttributeView::parse(field.content.as_bytes()))
    }
}

impl<'a> ValueView<'a> {
    fn parse(message: &'a [u8]) -> Self {
        let Some(Field { number, content, .. }) = Fields::new(message).next() else { return Self::Empty };
        let is = |tag: proto::Tag| number == tag.number();
        match content {
            Content::Varint(value) if is(any_value::BOOL) => Self::Bool(value != 0),
            Content::Varint(value) if is(any_value::INT) => Self::Int(value.cast_signed()),
            Content::Fixed64(value) if is(any_value::DOUBLE) => Self::Double(f64::from_bits(value)),
            Content::Bytes(_) if is(any_value::STRING) => Self::Str(content.as_str()),
            Content::Bytes(value) if is(any_value::BYTES) => Self::Bytes(value),
            Content::Bytes(value) if is(any_value::ARRAY) => Self::Array(ArrayView(value)),
            Content::Bytes(value) if is(any_value::MAP) => Self::Map(MapView(value)),
            _ => Self::Empty,
        }
    }

    /// The text, if it is text.
    #[must_use]
    pub const fn as_str(self) -> Option<&'a str> {
        match self {
            Self::Str(text) => Some(text),
            _ => None,
        }
    }

    /// The integer, if it is one.
    #[must_use]
    pub const fn as_int(self) -> Option<i64> {
        match self {
            Self::Int(value) => Some(value),
            _ => None,
        }
    }

    /// A copy that owns its data.
    #[must_use]
    pub fn to_owned(self) -> Value {
        match self {
            Self::Empty => Value::Empty,
            Self::Bool(value) => Value::Bool(value),
            Self::Int(value) => Value::Int(value),
            Self::Double(value) => Value::Double(value),
            Self::Str(value) => Value::from(value.to_owned()),
            Self::Bytes(value) => Value::Bytes(value.to_vec()),
            Self::Array(items) => Value::Array(items.iter().map(ValueView::to_owned).collect()),
            Self::Map(entries) => Value::Map(entries.iter().map(|entry| entry.to_owned()).collect()),
        }
    }
}

/// Keys and values, not the bytes that they are read from.
impl std::fmt::Debug for Attributes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.map(|AttributeView { key, value }| (key, value))).finish()
    }
}

impl std::fmt::Debug for ArrayView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

impl std::fmt::Debug for MapView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_map().entries(self.iter().map(|AttributeView { key, value }| (key, value))).finish()
    }
}

/// Text as it is, lists and maps in brackets, bytes in hexadecimal.
impl std::fmt::Display for ValueView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Empty => f.write_str("(empty)"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Int(value) => write!(f, "{value}"),
            Self::Double(value) => write!(f, "{value}"),
            Self::Str(value) => f.write_str(value),
            Self::Bytes(value) => value.iter().try_for_each(|byte| write!(f, "{byte:02x}")),
            Self::Array(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    write!(f, "{}{item}", separator(index))?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("{")?;
                for (index, AttributeView { key, value }) in entries.iter().enumerate() {
                    write!(f, "{}{key}: {value}", separator(index))?;
                }
                f.write_str("}")
            }
        }
    }
}
