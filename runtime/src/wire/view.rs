//! Finished spans as exporters read them: borrowed views of the encoded record.

use std::time::{Duration, SystemTime};

use super::proto::{self, Content, Field, Fields, any_value, event, key_value, link, span, status};
use super::record::Head;
use crate::clock::system_time;
use crate::id::{SpanId, TraceFlags, TraceId};
use crate::kind::{SpanKind, Status};
use crate::site::{Scope, Site};
use crate::value::{KeyValue, Value};

/// A finished span, read from its record without a copy.
///
/// ```
/// # use traced::{SpanView, StatusView};
/// fn is_interesting(span: &SpanView<'_>) -> bool {
///     matches!(span.status(), StatusView::Error(_)) || span.duration().as_millis() > 500
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SpanView<'a> {
    head: Head,
    site: &'static Site,
    dynamic: &'a [u8],
}

/// The status of a finished span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum StatusView<'a> {
    /// Nothing was said.
    Unset,
    /// The application said that the operation succeeded.
    Ok,
    /// The operation failed, with this description; it may be empty.
    Error(&'a str),
}

impl<'a> SpanView<'a> {
    pub(crate) const fn new(head: Head, site: &'static Site, dynamic: &'a [u8]) -> Self {
        Self { head, site, dynamic }
    }

    /// The header of the record.
    pub(crate) const fn head(&self) -> &Head {
        &self.head
    }

    /// The call site.
    pub(crate) const fn site(&self) -> &'static Site {
        self.site
    }

    /// The encoded dynamic fields.
    pub(crate) const fn dynamic(&self) -> &'a [u8] {
        self.dynamic
    }

    /// The trace that the span is part of.
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.head.trace_id
    }

    /// The span's own id.
    #[must_use]
    pub const fn span_id(&self) -> SpanId {
        self.head.span_id
    }

    /// The parent's id; `None` for the root of a trace.
    #[must_use]
    pub fn parent_span_id(&self) -> Option<SpanId> {
        Some(self.head.parent_id).filter(|id| id.is_valid())
    }

    /// Whether the parent is a span of another process.
    #[must_use]
    pub const fn parent_is_remote(&self) -> bool {
        self.head.parent_is_remote
    }

    /// Whether the span is the first of its trace in this process: a root, or the child of a remote span.
    #[must_use]
    pub const fn is_local_root(&self) -> bool {
        self.head.parent_is_remote || !self.head.parent_id.is_valid()
    }

    /// The W3C trace flags.
    #[must_use]
    pub const fn trace_flags(&self) -> TraceFlags {
        self.head.flags
    }

    /// The W3C `tracestate` header value; often empty.
    #[must_use]
    pub fn trace_state(&self) -> &'a str {
        self.find(span::TRACE_STATE).as_str()
    }

    /// The span's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        if self.head.has_own_name { self.find(span::NAME).as_str() } else { self.site.name }
    }

    /// The span's kind.
    #[must_use]
    pub const fn kind(&self) -> SpanKind {
        self.head.kind
    }

    /// The instrumentation scope.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.site.scope
    }

    /// Start, in nanoseconds since 1970.
    #[must_use]
    pub const fn start_unix_nanos(&self) -> u64 {
        self.head.start
    }

    /// End, in nanoseconds since 1970; never before the start.
    #[must_use]
    pub const fn end_unix_nanos(&self) -> u64 {
        self.head.end
    }

    /// When the span started.
    #[must_use]
    pub fn start_time(&self) -> SystemTime {
        system_time(self.head.start)
    }

    /// When the span ended.
    #[must_use]
    pub fn end_time(&self) -> SystemTime {
        system_time(self.head.end)
    }

    /// How long the span lasted.
    #[must_use]
    pub const fn duration(&self) -> Duration {
        self.head.duration()
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StatusView<'a> {
        let message = self.find(span::STATUS).as_bytes();
        let find = |tag: proto::Tag| Fields::new(message).find(|field| field.number == tag.number());
        match find(status::CODE).map_or(0, |field| field.content.as_u64()) {
            1 => StatusView::Ok,
            2 => StatusView::Error(find(status::MESSAGE).map_or("", |field| field.content.as_str())),
            _ => StatusView::Unset,
        }
    }

    /// The attributes: those of the call site first, then in the order of recording. Keys are unique.
    #[must_use]
    pub fn attributes(&self) -> Attributes<'a> {
        Attributes::of_span(self.site, self.head.masked, self.dynamic)
    }

    /// How many attributes were dropped at the limit.
    #[must_use]
    pub fn dropped_attributes(&self) -> u64 {
        self.find(span::DROPPED_ATTRIBUTES).as_u64()
    }

    /// The events, in the order of recording.
    pub fn events(&self) -> impl Iterator<Item = EventView<'a>> + use<'a> {
        let events = Fields::new(self.dynamic).filter(|field| field.number == span::EVENT.number());
        events.map(|field| EventView { message: field.content.as_bytes() })
    }

    /// How many events were dropped at the limit.
    #[must_use]
    pub fn dropped_events(&self) -> u64 {
        self.find(span::DROPPED_EVENTS).as_u64()
    }

    /// The links, in the order of recording.
    #[must_use]
    pub fn links(&self) -> Links<'a> {
        Links { dynamic: Fields::new(self.dynamic) }
    }

    /// How many links were dropped at the limit.
    #[must_use]
    pub fn dropped_links(&self) -> u64 {
        self.find(span::DROPPED_LINKS).as_u64()
    }

    fn find(&self, tag: proto::Tag) -> Content<'a> {
        find(self.dynamic, tag)
    }
}

fn find(message: &[u8], tag: proto::Tag) -> Content<'_> {
    let field = Fields::new(message).find(|field| field.number == tag.number());
    field.map_or(Content::Bytes(&[]), |field| field.content)
}

/// The attributes of a span, an event or a link.
#[derive(Clone, Copy, Debug)]
pub struct Attributes<'a> {
    fixed: Option<(&'static [Box<[u8]>], usize, u32)>,
    dynamic: Fields<'a>,
    tag: u64,
}

impl<'a> Attributes<'a> {
    /// Those of a span: the call site's that are not masked, and the recorded ones.
    pub(crate) fn of_span(site: &'static Site, masked: u32, dynamic: &'a [u8]) -> Self {
        Self { fixed: Some((site.encoded().attributes(), 0, masked)), ..Self::of_span_fields(dynamic) }
    }

    /// Those among encoded span fields.
    const fn of_span_fields(dynamic: &'a [u8]) -> Self {
        Self { fixed: None, dynamic: Fields::new(dynamic), tag: span::ATTRIBUTE.number() }
    }

    /// None at all.
    pub(crate) const EMPTY: Self = Self::of_span_fields(&[]);

    /// The value of one key.
    #[must_use]
    pub fn get(mut self, key: &str) -> Option<ValueView<'a>> {
        self.find(|attribute| attribute.key == key).map(|attribute| attribute.value)
    }

    fn next_fixed(&mut self) -> Option<&'static [u8]> {
        let (attributes, next, masked) = self.fixed.as_mut()?;
        while let Some(attribute) = attributes.get(*next) {
            *next += 1;
            if *masked >> (*next - 1) & 1 == 0 {
                return Some(attribute);
            }
        }
        None
    }
}

impl<'a> Iterator for Attributes<'a> {
    type Item = AttributeView<'a>;

    fn next(&mut self) -> Option<AttributeView<'a>> {
        let field = match self.next_fixed() {
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
        KeyValue::new(self.key.to_owned(), self.value.to_owned())
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
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct ArrayView<'a>(&'a [u8]);

/// The entries of a map.
#[derive(Clone, Copy, PartialEq, Debug)]
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
                    write!(f, "{}{item}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("]")
            }
            Self::Map(entries) => {
                f.write_str("{")?;
                for (index, AttributeView { key, value }) in entries.iter().enumerate() {
                    write!(f, "{}{key}: {value}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str("}")
            }
        }
    }
}

/// An event of a span.
#[derive(Clone, Copy, Debug)]
pub struct EventView<'a> {
    message: &'a [u8],
}

impl<'a> EventView<'a> {
    /// The event's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        find(self.message, event::NAME).as_str()
    }

    /// When it happened, in nanoseconds since 1970.
    #[must_use]
    pub fn unix_nanos(&self) -> u64 {
        find(self.message, event::TIME).as_u64()
    }

    /// When it happened.
    #[must_use]
    pub fn time(&self) -> SystemTime {
        system_time(self.unix_nanos())
    }

    /// Its attributes.
    #[must_use]
    pub const fn attributes(&self) -> Attributes<'a> {
        Attributes { fixed: None, dynamic: Fields::new(self.message), tag: event::ATTRIBUTE.number() }
    }

    /// How many of its attributes were dropped at the limit.
    #[must_use]
    pub fn dropped_attributes(&self) -> u64 {
        find(self.message, event::DROPPED_ATTRIBUTES).as_u64()
    }
}

/// The links of a span.
#[derive(Clone, Copy, Debug)]
pub struct Links<'a> {
    dynamic: Fields<'a>,
}

impl<'a> Links<'a> {
    /// Those among encoded span fields.
    pub(crate) const fn of_span_fields(dynamic: &'a [u8]) -> Self {
        Self { dynamic: Fields::new(dynamic) }
    }
}

impl<'a> Iterator for Links<'a> {
    type Item = LinkView<'a>;

    fn next(&mut self) -> Option<LinkView<'a>> {
        let field = self.dynamic.find(|field| field.number == span::LINK.number())?;
        Some(LinkView { message: field.content.as_bytes() })
    }
}

/// A link to another span.
#[derive(Clone, Copy, Debug)]
pub struct LinkView<'a> {
    message: &'a [u8],
}

impl<'a> LinkView<'a> {
    /// The trace of the linked span.
    #[must_use]
    pub fn trace_id(&self) -> TraceId {
        find(self.message, link::TRACE_ID).as_bytes().try_into().map_or(TraceId::INVALID, TraceId::from_bytes)
    }

    /// The linked span.
    #[must_use]
    pub fn span_id(&self) -> SpanId {
        find(self.message, link::SPAN_ID).as_bytes().try_into().map_or(SpanId::INVALID, SpanId::from_bytes)
    }

    /// The linked span's W3C `tracestate`; often empty.
    #[must_use]
    pub fn trace_state(&self) -> &'a str {
        find(self.message, link::TRACE_STATE).as_str()
    }

    /// The linked span's W3C trace flags.
    #[must_use]
    pub fn trace_flags(&self) -> TraceFlags {
        TraceFlags::from_byte(find(self.message, link::FLAGS).as_u64() as u8)
    }

    /// Whether the linked span is of another process.
    #[must_use]
    pub fn is_remote(&self) -> bool {
        find(self.message, link::FLAGS).as_u64() & 0x200 != 0
    }

    /// The link's attributes.
    #[must_use]
    pub const fn attributes(&self) -> Attributes<'a> {
        Attributes { fixed: None, dynamic: Fields::new(self.message), tag: link::ATTRIBUTE.number() }
    }

    /// How many of its attributes were dropped at the limit.
    #[must_use]
    pub fn dropped_attributes(&self) -> u64 {
        find(self.message, link::DROPPED_ATTRIBUTES).as_u64()
    }
}

impl StatusView<'_> {
    /// A copy that owns its data.
    #[must_use]
    pub fn to_owned(self) -> Status {
        match self {
            Self::Unset => Status::Unset,
            Self::Ok => Status::Ok,
            Self::Error(description) => Status::error(description.to_owned()),
        }
    }
}
