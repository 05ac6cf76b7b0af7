//! The headers `traceparent` and `tracestate`.
//!
//! Follows W3C Trace Context Level 2, "Trace Context HTTP Request Headers Format".

use std::fmt;
use std::str::FromStr;

use super::format::{Extractor, Injector, Propagator, W3c};
use crate::model::id::{SpanId, TraceFlags, TraceId};
use crate::model::span_context::SpanContext;
use crate::model::trace_state::{TraceState, trim_whitespace};
use crate::process::diagnostics::warn_once;
use crate::tracer::context::Context;

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";
/// The length of a `traceparent` of version 00, and the least of a higher one.
const LENGTH: usize = 55;

/// How much of a `tracestate` is kept: what the W3C wants to be passed on at least. Each span holds it.
const MOST_STATE: usize = 512;

/// The W3C format: `traceparent` and `tracestate`, Level 2.
///
/// Version 00 is sent, with the flags Sampled and Random; higher versions are read as far as they are known. A
/// malformed or repeated `traceparent` starts a new trace; a malformed `tracestate` is dropped, and the trace goes on.
/// Of a long `tracestate`, 512 bytes are kept: entries of more than 128 bytes go first, then the last ones.
///
/// ```
/// use traced::{Context, SpanContext, SpanId, TraceFlags, TraceId, TraceState};
/// use traced::propagation::{Propagator, TraceContextPropagator};
///
/// let span = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED, TraceState::EMPTY);
/// let mut headers = Vec::<(String, String)>::new();
/// TraceContextPropagator.inject(&Context::new().with_span_context(span), &mut headers);
/// assert_eq!(headers[0].1, "00-00000000000000000000000000000001-0000000000000002-01");
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TraceContextPropagator;

impl Propagator for TraceContextPropagator {
    fn inject(&self, context: &Context, carrier: &mut dyn Injector) {
        let span = context.span_context();
        if !span.is_valid() {
            return;
        }
        carrier.set(TRACEPARENT, write_traceparent(span));
        match span.trace_state() {
            state if state.is_empty() => carrier.remove(TRACESTATE),
            state => carrier.set(TRACESTATE, state.to_string()),
        }
    }

    fn extract(&self, context: &Context, carrier: &dyn Extractor) -> Context {
        match extract_span(carrier) {
            Some(span) => context.clone().with_span_context(span),
            None => context.clone(),
        }
    }

    fn fields(&self) -> Vec<&str> {
        vec![TRACEPARENT, TRACESTATE]
    }

    fn w3c(&self) -> Option<W3c> {
        Some(W3c { trace_context: true, baggage: false })
    }
}

/// As in a `traceparent` header: `00-4bf9..4736-00f0..02b7-01`.
impl fmt::Display for SpanContext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let flags = self.trace_flags().known().to_byte();
        write!(f, "00-{}-{}-{flags:02x}", self.trace_id(), self.span_id())
    }
}

/// From a `traceparent`: a span of another process, without trace state.
///
/// ```
/// use traced::{Span, SpanContext, Context};
///
/// let caller: SpanContext = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".parse()?;
/// let span = Span::builder("job").parent(Context::new().with_span_context(caller.clone())).start();
/// assert!(caller.is_remote());
/// assert_eq!(caller.to_string(), "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
/// # Ok::<(), traced::ParseSpanContextError>(())
/// ```
impl FromStr for SpanContext {
    type Err = ParseSpanContextError;

    fn from_str(text: &str) -> Result<Self, ParseSpanContextError> {
        let (trace_id, span_id, flags) = read_traceparent(text).ok_or(ParseSpanContextError)?;
        Ok(Self::remote(trace_id, span_id, flags, TraceState::EMPTY))
    }
}

/// A text is no valid `traceparent`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ParseSpanContextError;

impl fmt::Display for ParseSpanContextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no traceparent of the W3C's format: version, trace id, span id and flags")
    }
}

impl std::error::Error for ParseSpanContextError {}

fn extract_span(carrier: &dyn Extractor) -> Option<SpanContext> {
    let values = carrier.get_all(TRACEPARENT);
    let parsed = match values[..] {
        [] => return None,
        [value] => read_traceparent(value),
        // Which of several callers is the right one cannot be known.
        _ => None,
    };
    let Some((trace_id, span_id, flags)) = parsed else {
        warn_once("traceparent", || {
            "a request came with a malformed or repeated traceparent header; such requests start new traces".to_owned()
        });
        return None;
    };
    Some(SpanContext::remote(trace_id, span_id, flags, extract_state(carrier)))
}

fn extract_state(carrier: &dyn Extractor) -> TraceState {
    let state = TraceState::parse(carrier.get_all(TRACESTATE)).unwrap_or_else(|error| {
        warn_once("tracestate", || format!("a request came with a tracestate header that is dropped: {error}"));
        TraceState::EMPTY
    });
    if state.as_str().len() > MOST_STATE {
        warn_once("tracestate.long", || {
            format!("a request came with a tracestate of more than {MOST_STATE} bytes, of which no more is passed on")
        });
    }
    state.shortened(MOST_STATE)
}

fn write_traceparent(span: &SpanContext) -> String {
    span.to_string()
}

/// The ids and flags of a `traceparent`; `None` if it is malformed.
fn read_traceparent(value: &str) -> Option<(TraceId, SpanId, TraceFlags)> {
    let value = trim_whitespace(value);
    let (known, more) = value.split_at_checked(LENGTH)?;
    let mut fields = known.splitn(4, '-');
    let (version, trace_id, span_id, flags) = (fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let version = read_hex_byte(version)?;
    let more_is_allowed = more.is_empty() || (version > 0 && more.starts_with('-'));
    if version == 0xff || !more_is_allowed {
        return None;
    }
    let flags = TraceFlags::from_byte(read_hex_byte(flags)?);
    Some((TraceId::from_hex(trace_id)?, SpanId::from_hex(span_id)?, flags))
}

/// Exactly two lower-case hexadecimal digits.
fn read_hex_byte(digits: &str) -> Option<u8> {
    let are_lower = digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if digits.len() == 2 && are_lower { u8::from_str_radix(digits, 16).ok() } else { None }
}
