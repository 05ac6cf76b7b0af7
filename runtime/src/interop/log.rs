//! The trace's ids in log lines of [`tracing_subscriber`].

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use serde_json::Value;
use tracing_core::field::Visit;
use tracing_core::{Event, Field, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::tracing::{context_of, key};
use traced_core::__runtime::current;
use traced_core::__runtime::outcome::SourceChain;
use traced_core::__runtime::outcome::written;
use traced_core::SpanContext;
use traced_core::current_ids;

/// A text format whose lines begin with the ids of the span that they are about; made by [`with_ids`].
#[derive(Clone, Debug, Default)]
pub struct WithIds<F>(F);

/// Puts `trace_id=… span_id=… trace_flags=…` before what `format` writes, where there is a span.
///
/// With the [layer](super::tracing::layer) added before the formatting one, the ids are right from the first line of a
/// span; lines of an event with an explicit parent have that span's.
///
/// ```
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry()
///     .with(traced::subscriber::layer())
///     .with(fmt::layer().event_format(traced::subscriber::with_ids(fmt::format())));
/// ```
pub fn with_ids<F>(format: F) -> WithIds<F> {
    WithIds(format)
}

impl<S, N, F> FormatEvent<S, N> for WithIds<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        if let Some(ids) = ids(context, event) {
            let (trace_id, span_id, flags) = (ids.trace_id(), ids.span_id(), ids.trace_flags());
            write!(out, "trace_id={trace_id} span_id={span_id} trace_flags={:02x} ", flags.to_byte())?;
        }
        self.0.format_event(context, out, event)
    }
}

/// The ids of the span that an event is about.
fn ids<S, N>(context: &FmtContext<'_, S, N>, event: &Event<'_>) -> Option<SpanContext>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    match event.parent() {
        Some(id) => {
            let parent = context.span(id).and_then(|span| context_of(&span))?;
            Some(parent.span_context().clone()).filter(SpanContext::is_valid)
        }
        None if event.is_contextual() => current_ids(),
        None => None,
    }
}

/// A format of one JSON object a line; made by [`json`].
#[derive(Clone, Default)]
pub struct JsonFormat {
    attributes: Vec<String>,
    fields: Vec<(String, ReadField)>,
}

type ReadField = Arc<dyn Fn() -> Option<String> + Send + Sync>;

impl fmt::Debug for JsonFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let fields: Vec<_> = self.fields.iter().map(|(name, _)| name).collect();
        f.debug_struct("JsonFormat").field("attributes", &self.attributes).field("fields", &fields).finish()
    }
}

impl JsonFormat {
    /// Puts these attributes of the span that a line is about into the line, under `attributes`, as far as they are
    /// recorded by then.
    ///
    /// ```
    /// use tracing_subscriber::fmt;
    ///
    /// let format = traced::subscriber::json().attributes(["order.id", "user.id"]);
    /// let layer = fmt::layer::<tracing_subscriber::Registry>().event_format(format);
    /// ```
    #[must_use]
    pub fn attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.attributes.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Puts a field of your own beside `trace_id`: what `read` says on the thread that logs, if it says something. For
    /// the correlation id of the request, and for what a log store is to find lines by. A name is given once, and is none
    /// of those that the line has anyway.
    ///
    /// ```
    /// use tracing_subscriber::fmt;
    ///
    /// # fn correlation_id() -> Option<std::sync::Arc<str>> { None }
    /// let format = traced::subscriber::json()
    ///     .field("service_name", || Some("shop"))
    ///     .field("correlation_id", correlation_id); // `traced_conventions::correlation::CorrelationId::current`
    /// let layer = fmt::layer::<tracing_subscriber::Registry>().event_format(format);
    /// ```
    #[must_use]
    pub fn field<T: fmt::Display>(
        mut self,
        name: impl Into<String>,
        read: impl Fn() -> Option<T> + Send + Sync + 'static,
    ) -> Self {
        self.fields.push((name.into(), Arc::new(move || read().map(|value| value.to_string()))));
        self
    }
}

/// One JSON object a line: `timestamp`, `level`, `target`, `message`, `fields`, and the `trace_id`, `span_id` and
/// `trace_flags` of the span that the line is about.
///
/// The names of the ids are those of OpenTelemetry's trace context in log formats that are not OTLP, in lower-case
/// hexadecimal. What is said of [`with_ids`] goes for them, too.
///
/// ```
/// use tracing_subscriber::fmt;
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry()
///     .with(traced::subscriber::layer())
///     .with(fmt::layer().event_format(traced::subscriber::json()));
/// ```
#[must_use]
pub const fn json() -> JsonFormat {
    JsonFormat { attributes: Vec::new(), fields: Vec::new() }
}

impl<S, N> FormatEvent<S, N> for JsonFormat
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(&self, context: &FmtContext<'_, S, N>, mut out: Writer<'_>, event: &Event<'_>) -> fmt::Result {
        let mut timestamp = String::new();
        SystemTime.format_time(&mut Writer::new(&mut timestamp))?;
        let mut line = Line::of(event);
        event.record(&mut line);
        let mut object = Object::default();
        object.entry("timestamp", timestamp);
        object.entry("level", event.metadata().level().as_str());
        object.entry("target", line.target.unwrap_or_else(|| event.metadata().target().to_owned()));
        if let Some(message) = line.message {
            object.entry("message", message);
        }
        if let Some(ids) = ids(context, event) {
            let (trace_id, span_id, flags) = (ids.trace_id(), ids.span_id(), ids.trace_flags());
            object.entry("trace_id", trace_id.to_string());
            object.entry("span_id", span_id.to_string());
            object.entry("trace_flags", format!("{:02x}", flags.to_byte()));
        }
        for (name, read) in &self.fields {
            if let Some(value) = read() {
                object.entry(name, value);
            }
        }
        let attributes = self.attributes_of(context, event);
        if !attributes.is_empty() {
            object.raw("attributes", &attributes.finish());
        }
        if !line.fields.is_empty() {
            object.raw("fields", &line.fields.finish());
        }
        writeln!(out, "{}", object.finish())
    }
}

impl JsonFormat {
    /// Those of the span that an event is about.
    fn attributes_of<S, N>(&self, context: &FmtContext<'_, S, N>, event: &Event<'_>) -> Object
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
        N: for<'a> FormatFields<'a> + 'static,
    {
        let mut object = Object::default();
        if self.attributes.is_empty() {
            return object;
        }
        let parent = event.parent().and_then(|id| context.span(id).and_then(|span| context_of(&span)));
        let parent = parent.map(|context| context.span());
        for key in &self.attributes {
            let value = match &parent {
                Some(span) => span.attribute(key),
                None if event.is_contextual() => current::attribute(key),
                None => None,
            };
            if let Some(value) = value {
                object.entry(key, json_of(value));
            }
        }
        object
    }
}

fn json_of(value: traced_core::Value) -> Value {
    match value {
        traced_core::Value::Bool(value) => value.into(),
        traced_core::Value::Int(value) => value.into(),
        traced_core::Value::Double(value) => value.into(),
        traced_core::Value::Array(items) => items.into_iter().map(json_of).collect(),
        traced_core::Value::Empty => Value::Null,
        other => other.to_string().into(),
    }
}

/// A JSON object that is written entry by entry.
#[derive(Default)]
struct Object {
    text: String,
}

impl Object {
    fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    fn entry(&mut self, key: &str, value: impl Into<Value>) {
        self.raw(key, &value.into().to_string());
    }

    /// An entry whose value is JSON already.
    fn raw(&mut self, key: &str, json: &str) {
        self.text.push(if self.is_empty() { '{' } else { ',' });
        self.text.push_str(&Value::from(key).to_string());
        self.text.push(':');
        self.text.push_str(json);
    }

    fn finish(mut self) -> String {
        self.text.push_str(if self.is_empty() { "{}" } else { "}" });
        self.text
    }
}

/// What an event says, besides what its call site does.
struct Line {
    /// Whether it comes from the `log` crate by way of `tracing-log`.
    is_log: bool,
    target: Option<String>,
    message: Option<String>,
    fields: Object,
}

impl Line {
    fn of(event: &Event<'_>) -> Self {
        let metadata = event.metadata();
        let is_log = metadata.target() == "log" && metadata.fields().field("log.target").is_some();
        Self { is_log, target: None, message: None, fields: Object::default() }
    }

    fn text(&mut self, field: &Field, value: String) {
        match field.name() {
            "message" => self.message = Some(value),
            "log.target" if self.is_log => self.target = Some(value),
            _ => self.entry(field, value),
        }
    }

    fn entry(&mut self, field: &Field, value: impl Into<Value>) {
        if !(self.is_log && field.name().starts_with("log.")) {
            self.fields.entry(key(field), value);
        }
    }

    /// Numbers that JSON's readers would round are text.
    fn wide(&mut self, field: &Field, value: impl TryInto<i64> + fmt::Display + Copy) {
        match value.try_into() {
            Ok(value) => self.entry(field, value),
            Err(_) => self.entry(field, value.to_string()),
        }
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.entry(field, value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.entry(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.entry(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.wide(field, value);
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        self.wide(field, value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.entry(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field, value.to_owned());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.text(field, written(&SourceChain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field, written(&format_args!("{value:?}")));
    }
}
