//! What is said about the current span: recorded if it records, and else not even evaluated.

use std::fmt;
use std::sync::Arc;

use super::foreign;
use super::frame::Frame;
use super::identity::Identity;
use super::measuring::counted_as;
use super::recording::{self, Facts, Recording};
use super::shared::SharedSpan;
use super::storage::{Local, quietly, with_local};
use crate::model::outcome::Failure;
use crate::model::span_context::SpanContext;
use crate::model::span_kind::SpanKind;
use crate::model::value::Value;
use crate::tracer::context::Context;
use crate::tracer::provider::Provider;
use crate::wire::encode;
use crate::wire::fields::Fields;
use crate::wire::value::AttributeValue;

/// Whether the current span records.
#[inline]
#[must_use]
pub fn is_recording() -> bool {
    with_top(|top| top.is_recording()).unwrap_or(false)
}

/// Whether it matters how the current span ends: it records, or is measured.
#[inline]
pub(crate) fn has_outcome() -> bool {
    with_top(|top| top.is_recording() || top.measuring.is_on()).unwrap_or(false)
}

/// The current span's identity.
pub(crate) fn span_context() -> SpanContext {
    with_top(|top| top.identity.span_context()).unwrap_or_default()
}

/// The current context.
pub(crate) fn context() -> Context {
    with_top(|top| top.context()).unwrap_or_default()
}

/// The current context, and the span itself in it if it records.
pub(crate) fn holding_context() -> Context {
    with_top(Frame::holding_context).unwrap_or_default()
}

/// A handle to the current span, if it records; else its context.
pub(crate) fn share() -> Result<Arc<SharedSpan>, Context> {
    with_top(|top| if top.is_recording() { Ok(top.share()) } else { Err(top.context()) })
        .unwrap_or_else(|| Err(Context::default()))
}

/// Uses the innermost frame, which stands for a span of OpenTelemetry's API if that is innermost.
#[inline(always)]
fn with_top<R>(use_top: impl FnOnce(&mut Frame) -> R) -> Option<R> {
    with_local(|local| with_top_of(local, use_top))?
}

/// What is innermost is put on our stack meanwhile if it is another library's, so that `use_top` stands in one place and
/// is inlined there.
#[inline(always)]
fn with_top_of<R>(local: &Local, use_top: impl FnOnce(&mut Frame) -> R) -> Option<R> {
    let is_theirs = foreign::is_installed() && foreign::push_innermost(local);
    // Without closures in closures, which are not all inlined.
    #[expect(clippy::manual_map, reason = "a closure in a closure is not inlined here, which costs 4 % of an event")]
    let used = match local.stack_mut()?.top_mut() {
        Some(top) => Some(use_top(top)),
        None => None,
    };
    if is_theirs {
        foreign::pop_innermost(local);
    }
    used
}

/// The current span, to be told something.
pub(crate) struct CurrentSpan;

impl Recording for CurrentSpan {
    #[inline]
    fn facts(&self) -> Option<Facts> {
        with_local(facts_of)?
    }

    fn kind(&self) -> Option<SpanKind> {
        with_top(|top| {
            let started_as = top.identity.bits.kind();
            top.with_fields(|fields| fields.kind()).flatten().unwrap_or(started_as)
        })
    }

    #[inline]
    fn with_fields<R>(&self, change: impl FnOnce(&mut Fields) -> R) -> Option<R> {
        with_top(|top| if top.is_recording() { top.with_fields(change) } else { None })?
    }

    #[inline]
    fn record(&self, encode: impl FnOnce(Facts, &mut Vec<u8>), take: impl FnOnce(Facts, &mut Fields, &[u8])) {
        with_local(|local| {
            let Some(facts) = facts_of(local) else { return };
            local.with_scratch(|scratch| {
                encode(facts, scratch);
                // Looked at again: the value's code may have left another frame there.
                with_top_of(local, |top| {
                    top.is_recording().then(|| top.with_fields(|fields| take(facts, fields, scratch)))
                });
            });
        });
    }
}

#[inline(always)]
fn facts_of(local: &Local) -> Option<Facts> {
    with_top_of(local, |top| {
        let Identity { provider, site, offset, .. } = top.identity;
        top.is_recording().then_some(Facts { provider: provider?, site: site?, offset })
    })?
}

/// Sets an attribute of the current span. The value's code runs with nothing borrowed.
#[inline]
pub fn set(key: &str, value: &(impl AttributeValue + ?Sized)) {
    recording::set_attribute(&CurrentSpan, key, value);
}

/// Adds an event to the current span; `fill` writes its attributes.
pub(crate) fn event(name: &str, fill: &mut dyn FnMut(&mut EventAttributes<'_, '_>)) {
    recording::add_event(&CurrentSpan, name, None, |list| fill(&mut EventAttributes(list)));
}

/// Adds an event to the current span, as `encode` writes it: without its time. Nothing is borrowed meanwhile.
pub fn add_encoded_event(encode: &mut dyn FnMut(&mut Vec<u8>, &'static Provider)) {
    recording::add_encoded_event(&CurrentSpan, None, encode);
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
        quietly(|| self.0.unique_attribute(key, &encode::Formatted(value)));
    }
}

/// Records an error that leaves the body of a function that has no span of its own, or an item of a stream.
pub(crate) fn record_failure(failure: &Failure<'_>) {
    let measured = with_top(|top| top.measuring.is_on().then(|| top.identity.bits.kind())).flatten();
    if let Some(error_type) = measured.and_then(|kind| counted_as(failure, kind)) {
        with_top(|top| top.measuring.fail(&error_type));
    }
    recording::record_failure(&CurrentSpan, failure);
}

/// The value of an attribute of the current span, as it may leave.
#[must_use]
pub fn attribute(key: &str) -> Option<Value> {
    recording::attribute(&CurrentSpan, key)
}
