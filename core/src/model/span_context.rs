//! The identity of a span.

use super::id::{SpanId, TraceFlags, TraceId};
use super::trace_state::TraceState;

/// The identity of a span, as it is sent to other services.
///
/// Follows the OpenTelemetry trace API, "SpanContext".
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct SpanContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: TraceFlags,
    pub(crate) is_remote: bool,
    pub(crate) trace_state: TraceState,
}

impl SpanContext {
    /// The identity of a span of this process.
    #[must_use]
    pub const fn new(trace_id: TraceId, span_id: SpanId, flags: TraceFlags, trace_state: TraceState) -> Self {
        Self { trace_id, span_id, flags, is_remote: false, trace_state }
    }

    /// The identity of a span of another process, as a propagator extracts it.
    #[must_use]
    pub const fn remote(trace_id: TraceId, span_id: SpanId, flags: TraceFlags, trace_state: TraceState) -> Self {
        Self { trace_id, span_id, flags, is_remote: true, trace_state }
    }

    /// The trace.
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span.
    #[must_use]
    pub const fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The W3C trace flags.
    #[must_use]
    pub const fn trace_flags(&self) -> TraceFlags {
        self.flags
    }

    /// The W3C `tracestate`.
    #[must_use]
    pub const fn trace_state(&self) -> &TraceState {
        &self.trace_state
    }

    /// Whether it was extracted from a carrier.
    #[must_use]
    pub const fn is_remote(&self) -> bool {
        self.is_remote
    }

    /// Whether the trace is sampled.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags.is_sampled()
    }

    /// Whether both ids are valid.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.trace_id.is_valid() && self.span_id.is_valid()
    }
}
