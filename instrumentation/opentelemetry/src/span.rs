//! One of our spans as OpenTelemetry's API has it.

use std::borrow::Cow;
use std::time::{Duration, SystemTime};

use opentelemetry::trace as otel;
use opentelemetry::{Context as OtelContext, KeyValue as OtelKeyValue};

use super::convert::{Foreign, from_attributes, from_status};
use super::ids::{from_span_context, to_span_context};
use super::known::{self, Listed};
use traced::Span;

/// A time that is younger than this was taken for this very call.
const JUST_NOW: Duration = Duration::from_micros(20);

/// One of our spans, which takes what is said in their words. It ends when it is told to, or dropped.
pub(crate) struct BridgeSpan {
    span: Span,
    context: otel::SpanContext,
    /// What finds the span by the ids that contexts have.
    _listed: Option<Listed>,
}

impl BridgeSpan {
    /// A span of its own, or one that was not made and has the identity of what it is in.
    pub(crate) fn new(span: Span, is_made: bool) -> Self {
        let listed = is_made.then(|| known::list(&span));
        Self { context: to_span_context(&span.span_context()), span, _listed: listed }
    }

    /// The current context of theirs with `span` in it.
    pub(crate) fn in_context(span: Span) -> OtelContext {
        otel::TraceContextExt::current_with_span(Self::new(span, true))
    }

    pub(crate) fn add(&self, event: otel::Event) {
        self.span.add_event_at(&event.name, event.timestamp, &from_attributes(event.attributes));
    }
}

/// Their API reads the wall clock before it calls. The spans of a trace have one clock, so that children lie inside
/// parents: what was meant to be now is now.
fn is_now(time: SystemTime) -> bool {
    SystemTime::now().duration_since(time).is_ok_and(|age| age < JUST_NOW)
}

impl otel::Span for BridgeSpan {
    fn add_event_with_timestamp<T>(&mut self, name: T, time: SystemTime, attributes: Vec<OtelKeyValue>)
    where
        T: Into<Cow<'static, str>>,
    {
        if !self.span.is_recording() {
            return;
        }
        let (name, attributes) = (name.into(), from_attributes(attributes));
        if is_now(time) {
            self.span.add_event(&name, &attributes);
        } else {
            self.span.add_event_at(&name, time, &attributes);
        }
    }

    fn span_context(&self) -> &otel::SpanContext {
        &self.context
    }

    fn is_recording(&self) -> bool {
        self.span.is_recording()
    }

    fn set_attribute(&mut self, attribute: OtelKeyValue) {
        self.span.set_attribute(attribute.key.as_str(), Foreign(&attribute.value));
    }

    fn set_status(&mut self, status: otel::Status) {
        self.span.set_status(from_status(status));
    }

    fn update_name<T: Into<Cow<'static, str>>>(&mut self, name: T) {
        self.span.update_name(&name.into());
    }

    fn add_link(&mut self, context: otel::SpanContext, attributes: Vec<OtelKeyValue>) {
        self.span.add_link(&from_span_context(&context), &from_attributes(attributes));
    }

    fn end_with_timestamp(&mut self, time: SystemTime) {
        if is_now(time) { self.span.end() } else { self.span.end_at(time) }
    }
}
