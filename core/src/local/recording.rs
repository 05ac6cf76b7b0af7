//! What is said about a span that has started, wherever its fields are: in a frame of this thread's stack, or behind a
//! handle.

use std::fmt::Write as _;

use super::exception::{Described, Exception, Meant, Recorder, stack, type_of, wants_stack};
use super::identity::Identity;
use super::panic::{forget_older, last_panic};
use super::shared::SharedSpan;
use super::storage::quietly_caught;
use crate::model::outcome::{ExceptionEvent, Failure};
use crate::model::span_context::SpanContext;
use crate::model::span_kind::SpanKind;
use crate::model::status::Status;
use crate::model::value::{KeyValue, Value};
use crate::process::clock;
use crate::tracer::provider::Provider;
use crate::wire::attributes::{Attributes, ValueView};
use crate::wire::encode::{self, List, warn_empty_key};
use crate::wire::fields::Fields;
use crate::wire::site::Site;
use crate::wire::value::AttributeValue;

/// A span that may take what is said about it.
pub(crate) trait Recording {
    /// What encoding needs to know of the span; `None` when it does not record.
    fn facts(&self) -> Option<Facts>;

    /// The kind; `None` when the span does not record, or has ended.
    fn kind(&self) -> Option<SpanKind>;

    /// Changes the fields; `None` when the span does not record, or has ended.
    fn with_fields<R>(&self, change: impl FnOnce(&mut Fields) -> R) -> Option<R>;

    /// If the span records: encodes with nothing borrowed, since that may run code of the user, then lets the fields take
    /// the bytes.
    fn record(&self, encode: impl FnOnce(Facts, &mut Vec<u8>), take: impl FnOnce(Facts, &mut Fields, &[u8]));
}

/// What recording into a span needs to know of it.
#[derive(Clone, Copy)]
pub(crate) struct Facts {
    pub(crate) provider: &'static Provider,
    pub(crate) site: &'static Site,
    /// The time base of its trace.
    pub(crate) offset: i64,
}

impl Facts {
    /// Now, in Unix nanoseconds on the clock of the span's trace.
    #[inline]
    pub(crate) fn now(&self) -> u64 {
        clock::unix_nanos_now(self.offset)
    }
}

impl Recording for SharedSpan {
    fn facts(&self) -> Option<Facts> {
        let (provider, site) = self.identity.provider.zip(self.identity.site)?;
        Some(Facts { provider, site, offset: self.identity.offset })
    }

    fn kind(&self) -> Option<SpanKind> {
        self.look(|fields| fields.kind().unwrap_or(self.identity.bits.kind()))
    }

    fn with_fields<R>(&self, change: impl FnOnce(&mut Fields) -> R) -> Option<R> {
        self.with_fields(change)
    }

    fn record(&self, encode: impl FnOnce(Facts, &mut Vec<u8>), take: impl FnOnce(Facts, &mut Fields, &[u8])) {
        let Some(facts) = self.facts() else { return };
        let mut encoded = Vec::new();
        encode(facts, &mut encoded);
        self.with_fields(|fields| take(facts, fields, &encoded));
    }
}

/// Sets an attribute; the same key again overwrites.
#[inline]
pub(crate) fn set_attribute(span: &impl Recording, key: &str, value: &(impl AttributeValue + ?Sized)) {
    span.record(
        |facts, out| {
            if key.is_empty() {
                warn_empty_key();
            } else if value.is_present() {
                encode::attribute(out, key, value, facts.provider.limits.value());
            }
        },
        |facts, fields, encoded| {
            if !encoded.is_empty() {
                fields.attribute(facts.site, &facts.provider.limits, key, encoded);
            }
        },
    );
}

/// Adds an event at `time`, in Unix nanoseconds, or now; `list` writes its attributes.
#[inline]
pub(crate) fn add_event(span: &impl Recording, name: &str, time: Option<u64>, list: impl FnOnce(&mut List<'_>)) {
    add_encoded_event(span, time, |out, provider| encode::event(out, name, &provider.limits, list));
}

/// Adds an event as `encode` writes it: without its time.
#[inline]
pub(crate) fn add_encoded_event(
    span: &impl Recording,
    time: Option<u64>,
    encode: impl FnOnce(&mut Vec<u8>, &'static Provider),
) {
    span.record(
        |facts, out| {
            let time = time.unwrap_or_else(|| facts.now());
            encode::event_at(out, time, |out| encode(out, facts.provider));
        },
        |facts, fields, encoded| fields.event(&facts.provider.limits, encoded),
    );
}

/// Adds a link.
pub(crate) fn add_link(span: &impl Recording, context: &SpanContext, attributes: &[KeyValue]) {
    let Some(Facts { provider, .. }) = span.facts() else { return };
    if let Some(link) = encode::useful_link(&provider.limits, context, attributes) {
        span.with_fields(|fields| fields.link(&provider.limits, &link));
    }
}

/// Records an exception that was handled: an event, no status. `attributes` win over what is known of it.
pub(crate) fn record_exception(span: &impl Recording, exception: &Exception<'_>, attributes: &[KeyValue]) {
    let Some(Facts { provider, .. }) = span.facts() else { return };
    add_event(span, "exception", None, |list| {
        exception.list(list, provider);
        attributes.iter().for_each(|KeyValue { key, value }| list.attribute(key, value));
    });
}

/// The value of an attribute that is recorded so far, as it may leave.
pub(crate) fn attribute(span: &impl Recording, key: &str) -> Option<Value> {
    let Facts { provider, site, .. } = span.facts()?;
    if provider.redacted.iter().any(|redacted| redacted == key) {
        return None;
    }
    span.with_fields(|fields| {
        Attributes::of_span(site, fields.masked, &fields.encoded).get(key).map(ValueView::to_owned)
    })?
}

/// Sets the status: `Ok` is final, the last error wins, `Unset` is ignored.
pub(crate) fn set_status(span: &impl Recording, status: Status) {
    span.with_fields(|fields| fields.set_status(status));
}

/// Renames the span.
pub(crate) fn update_name(span: &impl Recording, name: &str) {
    span.with_fields(|fields| fields.set_name(name));
}

/// Records a failure: what it means, then status, `error.type` and what its event says.
#[cold]
pub(crate) fn record_failure(span: &impl Recording, failure: &Failure<'_>) {
    let Some(facts) = span.facts() else { return };
    // Asked, formatted and captured here, where nothing is borrowed.
    if let Some(meaning) = failure.meaning() {
        let meant = Meant::of(meaning, span.kind().unwrap_or_default());
        meant.attributes.iter().for_each(|KeyValue { key, value }| set_attribute(span, key, value));
        if !meant.is_failure {
            return;
        }
    }
    let mut message = String::new();
    if quietly_caught(|| _ = failure.write_message(&mut message)).is_none() {
        message.push_str("(the error's Display panicked)");
    }
    let error_type = type_of(failure);
    let stacktrace = wants_stack(failure.event(), facts.provider).then(stack);
    let described = Described { error_type: &error_type, stacktrace, ends: false };
    record_described(span, facts, described, (&message, failure.event() != ExceptionEvent::None));
}

/// Records the panic that this thread is unwinding with.
#[cold]
pub(crate) fn record_panic(span: &SharedSpan) {
    let Some(facts) = span.facts() else { return };
    let Identity { bits, start, .. } = span.identity;
    if !bits.has_unix_start() {
        forget_older(start);
    }
    let panic = last_panic();
    let described = Described { error_type: "panic", stacktrace: panic.stacktrace, ends: false };
    record_described(span, facts, described, (&panic.message, true));
}

fn record_described(span: &impl Recording, facts: Facts, described: Described<'_>, (message, event): (&str, bool)) {
    let (Facts { provider, site, .. }, unix_nanos) = (facts, facts.now());
    span.with_fields(|fields| {
        let write = |text: &mut String| text.write_str(message);
        Recorder { provider, site, fields, unix_nanos }.described(described, &write, event);
    });
}
