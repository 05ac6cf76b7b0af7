//! What arrived at the parent's receiver: whether a trace is complete, and what it looks like.

use std::collections::HashSet;
use std::env;
use std::io::{self, IsTerminal as _};

use opentelemetry_proto::tonic::common::v1::any_value::Value as ReceivedValue;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue as ReceivedKeyValue};
use opentelemetry_proto::tonic::trace::v1::span::{Event, SpanKind as ReceivedKind};
use terminal_size::terminal_size;
use traced::waterfall::{Row, RowEvent, Waterfall};
use traced::{KeyValue, SpanId, SpanKind, TraceId, Value};
use traced_tests::receiver::ReceivedSpan;

use crate::role::Role;

/// Attributes that the tree leaves out, by the beginnings of their keys: they say again what names and kinds say.
const REPEATING: [&str; 10] = [
    "client.",
    "db.",
    "error.type",
    "http.",
    "messaging.",
    "network.",
    "server.",
    "url.",
    "user_agent.",
    "traced.correlation",
];

/// The spans of one trace.
pub(crate) struct Trace<'a> {
    id: TraceId,
    spans: Vec<&'a ReceivedSpan>,
}

impl<'a> Trace<'a> {
    /// The spans among `received` that belong to trace `id`.
    pub(crate) fn of(received: &'a [ReceivedSpan], id: TraceId) -> Self {
        Self { id, spans: received.iter().filter(|span| span.trace_id == id.to_bytes()).collect() }
    }

    /// All traces among `received`, in the order of arrival.
    pub(crate) fn all(received: &'a [ReceivedSpan]) -> Vec<Self> {
        let mut seen = HashSet::new();
        let ids = received.iter().filter_map(|span| span.trace_id.as_slice().try_into().ok());
        ids.filter(|id| seen.insert(*id)).map(|id| Self::of(received, TraceId::from_bytes(id))).collect()
    }

    /// What keeps the trace from being complete: the root, a service or the parent of a span has not arrived.
    pub(crate) fn missing(&self) -> Option<String> {
        let roots = self.spans.iter().filter(|span| span.parent_span_id.is_empty()).count();
        if roots != 1 {
            return Some(format!("trace {}: {roots} root spans instead of one", self.id));
        }
        let absent =
            Role::CALLERS_FIRST.iter().find(|role| self.spans.iter().all(|span| span.service() != role.name()));
        absent.map(|role| format!("trace {}: no span of {role}", self.id)).or_else(|| self.missing_parent())
    }

    /// A span whose parent has not arrived.
    pub(crate) fn missing_parent(&self) -> Option<String> {
        let known = self.spans.iter().map(|span| span.span_id.as_slice()).collect::<HashSet<_>>();
        let orphan = self.spans.iter().find(|span| {
            let parent = span.parent_span_id.as_slice();
            !parent.is_empty() && !known.contains(parent)
        })?;
        Some(format!("trace {}: no parent of {:?} in {}", self.id, orphan.name, orphan.service()))
    }

    /// The trace as a tree, as wide and as colourful as the terminal allows.
    pub(crate) fn waterfall(&self, title: &str) -> String {
        let rows = self.spans.iter().map(|span| row(span)).collect::<Vec<_>>();
        let columns = terminal_size().map_or(120, |(width, _)| width.0.into());
        let is_plain = env::var_os("TERM").is_some_and(|terminal| terminal == "dumb")
            || env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let color = io::stdout().is_terminal() && !is_plain;
        Waterfall::new(self.id, &rows).title(title).width(columns).color(color).to_string()
    }
}

fn row(span: &ReceivedSpan) -> Row {
    let mut row = Row::default();
    row.service = span.service().to_owned();
    row.name = span.name.clone();
    row.kind = kind(span.kind());
    row.span_id = span_id(&span.span_id).unwrap_or_default();
    row.parent = span_id(&span.parent_span_id);
    row.start_unix_nanos = span.start_time_unix_nano;
    row.end_unix_nanos = span.end_time_unix_nano;
    row.error = span.error_message().map(str::to_owned);
    row.attributes = key_values(&span.attributes);
    // The row's error says what its exception event says.
    row.events = span.events.iter().filter(|event| event.name != "exception").map(event).collect();
    row
}

fn event(event: &Event) -> RowEvent {
    let mut row = RowEvent::default();
    row.name = event.name.clone();
    row.unix_nanos = event.time_unix_nano;
    row.attributes = key_values(&event.attributes);
    row
}

fn span_id(bytes: &[u8]) -> Option<SpanId> {
    bytes.try_into().ok().map(SpanId::from_bytes)
}

fn kind(kind: ReceivedKind) -> SpanKind {
    match kind {
        ReceivedKind::Server => SpanKind::Server,
        ReceivedKind::Client => SpanKind::Client,
        ReceivedKind::Producer => SpanKind::Producer,
        ReceivedKind::Consumer => SpanKind::Consumer,
        ReceivedKind::Internal | ReceivedKind::Unspecified => SpanKind::Internal,
    }
}

fn key_values(attributes: &[ReceivedKeyValue]) -> Vec<KeyValue> {
    let shown = attributes.iter().filter(|pair| !REPEATING.iter().any(|beginning| pair.key.starts_with(beginning)));
    shown.map(|pair| KeyValue::new(pair.key.clone(), value(pair.value.as_ref()))).collect()
}

fn value(received: Option<&AnyValue>) -> Value {
    match received.and_then(|any| any.value.as_ref()) {
        None | Some(ReceivedValue::StringValueStrindex(_)) => Value::Empty,
        Some(ReceivedValue::BoolValue(value)) => Value::Bool(*value),
        Some(ReceivedValue::IntValue(value)) => Value::Int(*value),
        Some(ReceivedValue::DoubleValue(value)) => Value::Double(*value),
        Some(ReceivedValue::StringValue(text)) => Value::String(text.clone().into()),
        Some(ReceivedValue::BytesValue(bytes)) => Value::Bytes(bytes.clone()),
        Some(ReceivedValue::ArrayValue(array)) => {
            Value::Array(array.values.iter().map(|item| value(Some(item))).collect())
        }
        Some(ReceivedValue::KvlistValue(map)) => Value::Map(key_values(&map.values)),
    }
}
