//! Identities of spans as OpenTelemetry's API has them.

use opentelemetry::trace::{
    SpanContext as OtelSpanContext, SpanId as OtelSpanId, TraceFlags as OtelFlags, TraceId as OtelTraceId,
    TraceState as OtelTraceState,
};

use traced::SpanContext;
use traced::SpanId;
use traced::TraceFlags;
use traced::TraceId;
use traced::TraceState;

pub(crate) fn to_trace_id(id: TraceId) -> OtelTraceId {
    OtelTraceId::from_bytes(id.to_bytes())
}

pub(crate) fn to_span_id(id: SpanId) -> OtelSpanId {
    OtelSpanId::from_bytes(id.to_bytes())
}

pub(crate) fn from_span_id(id: OtelSpanId) -> SpanId {
    SpanId::from_bytes(id.to_bytes())
}

pub(crate) fn from_trace_id(id: OtelTraceId) -> TraceId {
    TraceId::from_bytes(id.to_bytes())
}

pub(crate) fn to_flags(flags: TraceFlags) -> OtelFlags {
    OtelFlags::new(flags.known().to_byte())
}

pub(crate) fn to_span_context(context: &SpanContext) -> OtelSpanContext {
    OtelSpanContext::new(
        to_trace_id(context.trace_id()),
        to_span_id(context.span_id()),
        to_flags(context.trace_flags()),
        context.is_remote(),
        to_trace_state(context.trace_state().as_str()),
    )
}

pub(crate) fn from_span_context(context: &OtelSpanContext) -> SpanContext {
    let make = if context.is_remote() { SpanContext::remote } else { SpanContext::new };
    let flags = TraceFlags::from_byte(context.trace_flags().to_u8());
    make(
        from_trace_id(context.trace_id()),
        from_span_id(context.span_id()),
        flags,
        from_trace_state(context.trace_state()),
    )
}

/// Their keys follow an older grammar than ours: entries that they refuse are left out.
pub(crate) fn to_trace_state(header: &str) -> OtelTraceState {
    if header.is_empty() {
        return OtelTraceState::NONE;
    }
    header.parse().unwrap_or_else(|_| {
        let members = header.split(',').filter_map(|member| member.split_once('='));
        let accepted = members.filter(|member| OtelTraceState::from_key_value([*member]).is_ok());
        OtelTraceState::from_key_value(accepted).unwrap_or_default()
    })
}

pub(crate) fn from_trace_state(state: &OtelTraceState) -> TraceState {
    if *state == OtelTraceState::NONE { TraceState::EMPTY } else { state.header().parse().unwrap_or_default() }
}
