//! The formats of Zipkin: the header `b3`, and the headers `x-b3-…`.
//!
//! Follows the OpenTelemetry context specification, "B3 Requirements", and the B3 specification.

use super::format::{Extractor, Injector, Propagator};
use crate::model::id::{SpanId, TraceFlags, TraceId};
use crate::model::span_context::SpanContext;
use crate::model::trace_state::{TraceState, trim_whitespace};
use crate::process::diagnostics::warn_once;
use crate::tracer::context::Context;

const SINGLE: &str = "b3";
const TRACE_ID: &str = "x-b3-traceid";
const SPAN_ID: &str = "x-b3-spanid";
const PARENT_SPAN_ID: &str = "x-b3-parentspanid";
const SAMPLED: &str = "x-b3-sampled";
const FLAGS: &str = "x-b3-flags";

/// The B3 format, as Zipkin and many service meshes have it.
///
/// Both encodings are read, the single header first; one is sent. Trace ids of 64 bits are padded with zeros. The
/// debug flag implies that the trace is sampled, and is sent on with it. The id of the parent's parent is never sent.
///
/// B3 allows to leave the sampling decision to the receiver; this library then sees a parent that is not sampled.
#[derive(Clone, Copy, Debug)]
pub struct B3Propagator {
    sends_one_header: bool,
}

impl B3Propagator {
    /// Sends the single header `b3`.
    pub const SINGLE: Self = Self { sends_one_header: true };
    /// Sends `x-b3-traceid`, `x-b3-spanid`, and `x-b3-sampled` or `x-b3-flags`.
    pub const MULTI: Self = Self { sends_one_header: false };
}

/// Kept in the context that was extracted: this trace is to be debugged.
struct DebuggedTrace(TraceId);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Sampling {
    Deferred,
    Denied,
    Accepted,
    Debug,
}

type Parsed = (TraceId, SpanId, Sampling);

impl Propagator for B3Propagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        if !span.is_valid() {
            return;
        }
        let is_debug = context.value::<DebuggedTrace>().is_some_and(|debugged| debugged.0 == span.trace_id());
        let sampling = match (is_debug, span.is_sampled()) {
            (true, _) => Sampling::Debug,
            (false, true) => Sampling::Accepted,
            (false, false) => Sampling::Denied,
        };
        if self.sends_one_header {
            carrier.set(SINGLE, write_single(span, sampling));
        } else {
            inject_multi(span, sampling, carrier);
        }
    }

    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        let Some((trace_id, span_id, sampling)) = read_single(carrier).or_else(|| read_multi(carrier)) else {
            warn_if_present(carrier);
            return context.clone();
        };
        let flags = TraceFlags::NONE.with_sampled(matches!(sampling, Sampling::Accepted | Sampling::Debug));
        let span = SpanContext::remote(trace_id, span_id, flags, TraceState::EMPTY);
        let context = context.clone().with_span_context(span);
        if sampling == Sampling::Debug { context.with_value(DebuggedTrace(trace_id)) } else { context }
    }

    fn fields(&self) -> Vec<&str> {
        if self.sends_one_header { vec![SINGLE] } else { vec![TRACE_ID, SPAN_ID, SAMPLED, FLAGS] }
    }
}

fn write_single(span: &SpanContext, sampling: Sampling) -> String {
    let state = match sampling {
        Sampling::Debug => 'd',
        Sampling::Accepted => '1',
        Sampling::Denied | Sampling::Deferred => '0',
    };
    format!("{}-{}-{state}", span.trace_id(), span.span_id())
}

fn inject_multi(span: &SpanContext, sampling: Sampling, carrier: &mut dyn Injector) {
    carrier.set(TRACE_ID, span.trace_id().to_string());
    carrier.set(SPAN_ID, span.span_id().to_string());
    carrier.remove(PARENT_SPAN_ID);
    if sampling == Sampling::Debug {
        carrier.remove(SAMPLED);
        carrier.set(FLAGS, "1".to_owned());
    } else {
        carrier.remove(FLAGS);
        carrier.set(SAMPLED, if sampling == Sampling::Accepted { "1" } else { "0" }.to_owned());
    }
}

/// `trace-span`, `trace-span-sampling` or `trace-span-sampling-parent`.
fn read_single(carrier: &dyn Extractor) -> Option<Parsed> {
    let mut parts = trim_whitespace(carrier.get(SINGLE)?).split('-');
    let (trace_id, span_id) = (read_trace_id(parts.next()?)?, SpanId::from_hex(parts.next()?)?);
    let sampling = match parts.next() {
        None => Sampling::Deferred,
        Some("0") => Sampling::Denied,
        Some("1") => Sampling::Accepted,
        Some("d") => Sampling::Debug,
        Some(_) => return None,
    };
    if let Some(parent) = parts.next() {
        SpanId::from_hex(parent)?;
    }
    parts.next().is_none().then_some((trace_id, span_id, sampling))
}

fn read_multi(carrier: &dyn Extractor) -> Option<Parsed> {
    let read = |key| carrier.get(key).map(trim_whitespace);
    let (trace_id, span_id) = (read_trace_id(read(TRACE_ID)?)?, SpanId::from_hex(read(SPAN_ID)?)?);
    let sampling = match (read(FLAGS), read(SAMPLED)) {
        (Some("1"), _) => Sampling::Debug,
        (_, None) => Sampling::Deferred,
        // The words are what the first tracers of this format sent.
        (_, Some("1" | "true")) => Sampling::Accepted,
        (_, Some("0" | "false")) => Sampling::Denied,
        (_, Some(_)) => return None,
    };
    Some((trace_id, span_id, sampling))
}

/// 32 or 16 digits; the latter are the right half.
fn read_trace_id(digits: &str) -> Option<TraceId> {
    if digits.len() == 16 {
        return SpanId::from_hex(digits).map(|half| TraceId::from_u128(half.to_u64().into()));
    }
    TraceId::from_hex(digits)
}

/// A `b3: 0` alone is a decision without a trace, and nothing is wrong with it.
fn warn_if_present(carrier: &dyn Extractor) {
    let is_malformed = carrier.get(SINGLE).is_some_and(|value| value.contains('-')) || carrier.get(TRACE_ID).is_some();
    if is_malformed {
        warn_once("b3", || {
            "a request came with malformed b3 or x-b3-… headers; such requests start new traces".to_owned()
        });
    }
}
