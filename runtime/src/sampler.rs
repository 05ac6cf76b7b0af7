//! Which traces are recorded: the trait, and the samplers that come with the crate.
//!
//! Follows the OpenTelemetry trace SDK, "Sampling".

use crate::context::SpanContext;
use crate::id::TraceId;
use crate::kind::SpanKind;
use crate::trace_state::TraceState;
use crate::value::KeyValue;
use crate::wire::view::{Attributes, Links};

/// Decides at the start of a span whether it is recorded and whether its trace is sampled.
///
/// Called on the thread that starts the span; it must be quick and must not block.
pub trait Sampler: Send + Sync + 'static {
    /// Decides about one span.
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult;

    /// What the sampler is, with its settings, such as `TraceIdRatioBased{0.000100}`.
    fn description(&self) -> String;

    /// Whether it looks at the attributes or links. When `false`, those of spans that it drops are never evaluated.
    fn reads_attributes(&self) -> bool {
        true
    }

    /// Whether it always gives the child of a local parent the parent's decision, and nothing else. When `true`, it
    /// is asked for roots and children of remote spans only.
    fn follows_local_parent(&self) -> bool {
        false
    }
}

/// What a sampler is told.
#[derive(Debug)]
pub struct SamplingRequest<'a> {
    /// The parent's identity; invalid for a root.
    pub parent: &'a SpanContext,
    /// The trace that the span is or would be part of.
    pub trace_id: TraceId,
    /// Whether the rightmost 56 bits of the trace id are random.
    pub trace_id_is_random: bool,
    /// The span's name.
    pub name: &'a str,
    /// The span's kind.
    pub kind: SpanKind,
    /// The attributes given at the start, the call site's literal ones included; empty unless
    /// [`Sampler::reads_attributes`].
    pub attributes: Attributes<'a>,
    /// The links given at the start; empty unless [`Sampler::reads_attributes`].
    pub links: Links<'a>,
}

/// Whether a span is recorded and its trace sampled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SamplingDecision {
    /// Neither recorded nor sampled.
    Drop,
    /// Recorded for processors, not exported, not sampled.
    RecordOnly,
    /// Recorded and exported, and the Sampled flag is set.
    RecordAndSample,
}

/// What a sampler answers.
#[derive(Clone, PartialEq, Debug)]
pub struct SamplingResult {
    /// The decision.
    pub decision: SamplingDecision,
    /// Attributes to add to the span.
    pub attributes: Vec<KeyValue>,
    /// The trace state of the span; an empty one clears the parent's.
    pub trace_state: TraceState,
}

impl SamplingResult {
    /// A decision that keeps the parent's trace state and adds nothing.
    #[must_use]
    pub fn new(decision: SamplingDecision, request: &SamplingRequest<'_>) -> Self {
        Self { decision, attributes: Vec::new(), trace_state: request.parent.trace_state().clone() }
    }
}

/// Whether a trace is among the sampled share, by the rightmost 56 bits of its id.
pub(crate) fn ratio_samples(ratio: f64, trace_id: TraceId) -> bool {
    const RANGE: u64 = 1 << 56;
    let rejected = ((1.0 - ratio.clamp(0.0, 1.0)) * RANGE as f64) as u64;
    trace_id.to_u128() as u64 % RANGE >= rejected
}
