//! Which traces are recorded: who is asked, what for, and what the answer is.

use crate::model::id::TraceId;
use crate::model::span_context::SpanContext;
use crate::model::span_kind::SpanKind;
use crate::model::trace_state::TraceState;
use crate::model::value::KeyValue;
use crate::tracer::context::Context;
use crate::wire::attributes::Attributes;
use crate::wire::view::Links;

/// Decides at the start of a span whether it is recorded and whether its trace is sampled.
///
/// Called on the thread that starts the span, on many at once; it must be quick and must not block.
///
/// ```
/// use traced::sampler::{AlwaysOn, ParentBased, Probability, Sampler, SamplingRequest, SamplingResult};
///
/// /// Everything but health checks, of which one in a thousand is enough.
/// struct FewHealthChecks(Probability);
///
/// impl Sampler for FewHealthChecks {
///     fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
///         if request.name == "GET /health" {
///             self.0.should_sample(request)
///         } else {
///             AlwaysOn.should_sample(request)
///         }
///     }
///
///     fn description(&self) -> String {
///         format!("FewHealthChecks{{{}}}", self.0.description())
///     }
///
///     fn reads_attributes(&self) -> bool {
///         false
///     }
/// }
///
/// let sampler = ParentBased::new(FewHealthChecks(Probability::new(0.001)));
/// ```
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

/// A span that is about to start, as a sampler sees it.
#[derive(Debug)]
#[non_exhaustive]
pub struct SamplingRequest<'a> {
    /// The parent's identity; invalid for a root.
    pub parent: &'a SpanContext,
    /// The context that the span starts in, with its baggage and values; `None` only when a sampler is tried out.
    pub context: Option<&'a Context>,
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

impl<'a> SamplingRequest<'a> {
    /// A request for an internal span without attributes and links, of a trace whose id is random: for
    /// trying samplers out. The fields can be changed.
    ///
    /// ```
    /// use traced::sampler::{Probability, Sampler, SamplingDecision, SamplingRequest};
    /// use traced::{SpanContext, TraceId};
    ///
    /// let parent = SpanContext::default();
    /// let request = SamplingRequest::new(&parent, TraceId::from_u128(0xc0_0000_0000_0000), "request");
    /// let result = Probability::new(0.25).should_sample(&request);
    /// assert_eq!(result.decision, SamplingDecision::RecordAndSample);
    /// assert_eq!(result.trace_state.as_str(), "ot=th:c");
    /// ```
    #[must_use]
    pub const fn new(parent: &'a SpanContext, trace_id: TraceId, name: &'a str) -> Self {
        Self {
            parent,
            context: None,
            trace_id,
            trace_id_is_random: true,
            name,
            kind: SpanKind::Internal,
            attributes: Attributes::EMPTY,
            links: Links::of_span_fields(&[]),
        }
    }
}

/// Whether a span is recorded and its trace sampled.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SamplingDecision {
    /// Neither recorded nor sampled.
    Drop,
    /// Recorded for processors, not exported, not sampled.
    RecordOnly,
    /// Recorded and exported, and the Sampled flag is set.
    RecordAndSample,
}

/// The answer of a sampler.
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
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
    ///
    /// ```
    /// use traced::sampler::{SamplingDecision, SamplingRequest, SamplingResult};
    /// use traced::{KeyValue, SpanContext, TraceId};
    ///
    /// let parent = SpanContext::default();
    /// let request = SamplingRequest::new(&parent, TraceId::from_u128(1), "request");
    /// let result = SamplingResult::new(SamplingDecision::RecordAndSample, &request)
    ///     .with_attributes(vec![KeyValue::new("sampling.rule", "canary")]);
    /// assert_eq!(result.attributes.len(), 1);
    /// ```
    #[must_use]
    pub fn new(decision: SamplingDecision, request: &SamplingRequest<'_>) -> Self {
        Self { decision, attributes: Vec::new(), trace_state: request.parent.trace_state().clone() }
    }

    /// This answer, with attributes to add to the span.
    #[must_use]
    pub fn with_attributes(self, attributes: Vec<KeyValue>) -> Self {
        Self { attributes, ..self }
    }

    /// This answer, with another trace state.
    #[must_use]
    pub fn with_trace_state(self, trace_state: TraceState) -> Self {
        Self { trace_state, ..self }
    }
}
