//! Finished spans as exporters read them: borrowed views of the encoded record.

use std::time::{Duration, SystemTime};

use super::attributes::Attributes;
use super::proto::{self, Content, Fields, event, find, link, span, status};
use super::record::Head;
use crate::model::id::{SpanId, TraceFlags, TraceId};
use crate::model::span_kind::SpanKind;
use crate::model::status::Status;
use crate::process::clock::system_time;
use crate::wire::site::{Scope, Site};

/// A finished span, read from its record without a copy.
///
/// ```
/// # use traced::view::{SpanView, StatusView};
/// fn is_interesting(span: &SpanView<'_>) -> bool {
///     matches!(span.status(), StatusView::Error(_)) || span.duration().as_millis() > 500
/// }
/// ```
#[derive(Clone, Copy, Debug)]
pub struct SpanView<'a> {
    head: Head<'a>,
    site: &'static Site,
    dynamic: &'a [u8],
}

/// The status of a finished span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum StatusView<'a> {
    /// Nothing was said.
    Unset,
    /// The application said that the operation succeeded.
    Ok,
    /// The operation failed, with this description; it may be empty.
    Error(&'a str),
}

impl<'a> SpanView<'a> {
    pub(crate) const fn new(head: Head<'a>, site: &'static Site, dynamic: &'a [u8]) -> Self {
        Self { head, site, dynamic }
    }

    /// The header of the record.
    pub(crate) const fn head(&self) -> Head<'a> {
        self.head
    }

    /// The call site.
    pub(crate) const fn site(&self) -> &'static Site {
        self.site
    }

    /// The encoded dynamic fields.
    pub const fn dynamic(&self) -> &'a [u8] {
        self.dynamic
    }

    /// The trace that the span is part of.
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.head.trace_id()
    }

    /// The span's own id.
    #[must_use]
    pub const fn span_id(&self) -> SpanId {
        self.head.span_id()
    }

    /// The parent's id; `None` for the root of a trace.
    #[must_use]
    pub fn parent_span_id(&self) -> Option<SpanId> {
        Some(self.head.parent_id()).filter(|id| id.is_valid())
    }

    /// Whether the parent is a span of another process.
    #[must_use]
    pub const fn parent_is_remote(&self) -> bool {
        self.head.parent_is_remote()
    }

    /// Whether the span is the first of its trace in this process: a root, or the child of a remote span.
    #[must_use]
    pub fn is_local_root(&self) -> bool {
        self.head.parent_is_remote() || !self.head.parent_id().is_valid()
    }

    /// The W3C trace flags.
    #[must_use]
    pub const fn trace_flags(&self) -> TraceFlags {
        self.head.flags()
    }

    /// The W3C `tracestate` header value; often empty.
    #[must_use]
    pub fn trace_state(&self) -> &'a str {
        self.find(span::TRACE_STATE).as_str()
    }

    /// The span's name.
    #[must_use]
    pub fn name(&self) -> &'a str {
        if self.head.has_own_name() { self.find(span::NAME).as_str() } else { self.site.name }
    }

    /// The span's kind.
    #[must_use]
    pub fn kind(&self) -> SpanKind {
        self.head.kind()
    }

    /// The instrumentation scope.
    #[must_use]
    pub const fn scope(&self) -> Scope {
        self.site.scope()
    }

    /// Start, in nanoseconds since 1970.
    #[must_use]
    pub fn start_unix_nanos(&self) -> u64 {
        self.head.start()
    }

    /// End, in nanoseconds since 1970; never before the start.
    #[must_use]
    pub fn end_unix_nanos(&self) -> u64 {
        self.head.end()
    }

    /// When the span started.
    #[must_use]
    pub fn start_time(&self) -> SystemTime {
        system_time(self.head.start())
    }

    /// When the span ended.
    #[must_use]
    pub fn end_time(&self) -> SystemTime {
        system_time(self.head.end())
    }

    /// How long the span lasted.
    #[must_use]
    pub fn duration(&self) -> Duration {
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
        Attributes::of_span(self.site, self.head.masked(), self.dynamic)
    }

    /// How many attributes were dropped at the limit.
    #[must_use]
    pub fn dropped_attributes(&self) -> u64 {
        self.find(span::DROPPED_ATTRIBUTES).as_u64()
    }

    /// The events, in the order of recording.
    pub fn events(&self) -> impl Iterator<Item = EventView<'a>> + use<'a> {
        EventView::of_span_fields(self.dynamic)
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

/// An event of a span.
#[derive(Clone, Copy, Debug)]
pub struct EventView<'a> {
    message: &'a [u8],
}

impl<'a> EventView<'a> {
    /// Those of a span's dynamic fields, in the order of recording.
    pub(crate) fn of_span_fields(dynamic: &'a [u8]) -> impl Iterator<Item = Self> + use<'a> {
        let events = Fields::new(dynamic).filter(|field| field.number == span::EVENT.number());
        events.map(|field| Self { message: field.content.as_bytes() })
    }

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
        Attributes::of_fields(self.message, event::ATTRIBUTE)
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
        Attributes::of_fields(self.message, link::ATTRIBUTE)
    }

    /// How many of its attributes were dropped at the limit.
    #[must_use]
    pub fn dropped_attributes(&self) -> u64 {
        find(self.message, link::DROPPED_ATTRIBUTES).as_u64()
    }
}

impl StatusView<'_> {
    /// Whether this is an error.
    #[must_use]
    pub const fn is_error(&self) -> bool {
        matches!(self, Self::Error(_))
    }

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
