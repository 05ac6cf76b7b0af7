//! What is said about the current span: recorded if it records, and else not even evaluated.

use std::fmt::{self, Write as _};
use std::sync::Arc;

#[cfg(feature = "opentelemetry")]
use super::bridge;
use super::exception::{Described, Exception, Recorder};
use super::frame::{Frame, Identity, SharedSpan};
use super::panic::backtrace;
use super::storage::{Local, with_local};
use crate::model::outcome::message_of;
use crate::model::span_context::SpanContext;
use crate::model::status::Status;
use crate::process::clock;
use crate::tracer::context::Context;
use crate::tracer::provider::Provider;
use crate::wire::encode::{self, warn_empty_key};
use crate::wire::fields::Fields;
use crate::wire::site::Site;
use crate::wire::value::AttributeValue;

/// Whether the current span records.
#[inline]
#[must_use]
pub fn is_recording() -> bool {
    with_top(|top| top.is_recording()).unwrap_or(false)
}

/// The current span's identity.
pub(crate) fn span_context() -> SpanContext {
    with_top(|top| top.identity.span_context()).unwrap_or_default()
}

/// The current context.
pub(crate) fn context() -> Context {
    with_top(|top| top.context()).unwrap_or_default()
}

/// A handle to the current span, if it records; else its context.
pub(crate) fn share() -> Result<Arc<SharedSpan>, Context> {
    with_top(|top| if top.is_recording() { Ok(top.share()) } else { Err(top.context()) })
        .unwrap_or_else(|| Err(Context::default()))
}

/// Uses the innermost frame, which stands for a span of OpenTelemetry's API if that is innermost.
#[inline]
fn with_top<R>(use_top: impl FnOnce(&mut Frame) -> R) -> Option<R> {
    with_local(|local| with_top_of(local, use_top))?
}

#[inline]
fn with_top_of<R>(local: &Local, use_top: impl FnOnce(&mut Frame) -> R) -> Option<R> {
    #[cfg(feature = "opentelemetry")]
    if bridge::is_installed() {
        return with_innermost(local, use_top);
    }
    local.with_stack(|stack| stack.top_mut().map(use_top))?
}

#[cfg(feature = "opentelemetry")]
#[cold]
#[inline(never)]
fn with_innermost<R>(local: &Local, use_top: impl FnOnce(&mut Frame) -> R) -> Option<R> {
    match bridge::innermost(local) {
        Some(mut frame) => Some(use_top(&mut frame)),
        None => local.with_stack(|stack| stack.top_mut().map(use_top))?,
    }
}

/// What recording into the current span needs.
#[derive(Clone, Copy)]
struct Current {
    provider: &'static Provider,
    site: &'static Site,
    offset: i64,
}

/// The current span, if it records.
#[inline]
fn recording() -> Option<Current> {
    with_top(|top| {
        let Identity { provider, site, offset, .. } = top.identity;
        top.is_recording().then_some(Current { provider: provider?, site: site?, offset })
    })?
}

/// Encodes with nothing borrowed, then lets the current span's fields take the bytes.
#[inline]
fn encode_then(encode: impl FnOnce(&mut Vec<u8>), take: impl FnOnce(&mut Fields, &[u8])) {
    with_local(|local| {
        local.with_scratch(|scratch| {
            encode(scratch);
            // Looked at again: the value's code may have left another frame there.
            with_top_of(local, |top| top.is_recording().then(|| top.with_fields(|fields| take(fields, scratch))));
        });
    });
}

/// Sets an attribute of the current span. The value's code runs with nothing borrowed.
#[inline]
pub fn set(key: &str, value: &(impl AttributeValue + ?Sized)) {
    let Some(Current { provider, site, .. }) = recording() else { return };
    if key.is_empty() {
        return warn_empty_key();
    }
    if value.is_present() {
        encode_then(
            |out| encode::attribute(out, key, value, provider.limits.value()),
            |fields, encoded| fields.attribute(site, &provider.limits, key, encoded),
        );
    }
}

/// Adds an event to the current span; `fill` writes its attributes.
pub(crate) fn event(name: &str, fill: &mut dyn FnMut(&mut EventAttributes<'_, '_>)) {
    timed_event(|out, provider| {
        encode::event(out, name, &provider.limits, |list| fill(&mut EventAttributes(list)));
    });
}

/// Adds an event to the current span, as `encode` writes it: without its time.
#[cfg(feature = "tracing")]
pub(crate) fn encoded_event(encode: &mut dyn FnMut(&mut Vec<u8>, &'static Provider)) {
    timed_event(encode);
}

#[inline]
fn timed_event(encode: impl FnOnce(&mut Vec<u8>, &'static Provider)) {
    let Some(Current { provider, offset, .. }) = recording() else { return };
    let now = clock::unix_nanos_now(offset);
    encode_then(
        |out| encode::event_at(out, now, |out| encode(out, provider)),
        |fields, encoded| fields.event(&provider.limits, encoded),
    );
}

/// Takes the attributes of an event, whose keys are known to be unique.
pub struct EventAttributes<'a, 'b>(&'a mut encode::List<'b>);

impl EventAttributes<'_, '_> {
    /// A typed attribute.
    #[inline]
    pub fn attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        self.0.unique_attribute(key, value);
    }

    /// A formatted attribute.
    pub fn format(&mut self, key: &str, value: fmt::Arguments<'_>) {
        self.0.unique_attribute(key, &encode::Formatted(value));
    }
}

/// Sets the status of the current span.
pub(crate) fn set_status(status: Status) {
    with_top(|top| if top.is_recording() { top.with_fields(|fields| fields.set_status(status)) } else { None });
}

/// Renames the current span.
pub(crate) fn update_name(name: &str) {
    with_top(|top| if top.is_recording() { top.with_fields(|fields| fields.set_name(name)) } else { None });
}

/// Records an exception that was handled: an event, no status.
pub(crate) fn record_exception(exception: &Exception<'_>) {
    let Some(Current { provider, site, offset }) = recording() else { return };
    let unix_nanos = clock::unix_nanos_now(offset);
    with_top(|top| {
        top.with_fields(|fields| {
            Recorder { provider, site, fields, unix_nanos }.exception(exception);
        })
    });
}

/// Records an error that leaves the body of a function that has no span of its own, or an item of a stream.
pub(crate) fn record_failure(error_type: &str, message: Option<&dyn fmt::Display>, event: bool) {
    let Some(Current { provider, site, offset }) = recording() else { return };
    // Formatted and captured here, where nothing is borrowed.
    let message = message.map_or_else(String::new, message_of);
    let described = Described { error_type, stacktrace: if event { backtrace() } else { None } };
    let unix_nanos = clock::unix_nanos_now(offset);
    with_top(|top| {
        top.with_fields(|fields| {
            let write = |text: &mut String| text.write_str(&message);
            Recorder { provider, site, fields, unix_nanos }.described(described, &write, event);
        })
    });
}
