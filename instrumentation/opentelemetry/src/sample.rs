//! Their samplers and id generators in place of ours.

use opentelemetry::Context as OtelContext;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::trace as sdk;

use super::convert::{from_attributes, to_attributes, to_kind, to_link};
use super::ids::{from_span_id, from_trace_id, from_trace_state, to_span_context, to_trace_id};
use traced::IdGenerator;
use traced::SpanId;
use traced::TraceId;
use traced::sampler::Sampler;
use traced::sampler::SamplingDecision;
use traced::sampler::SamplingRequest;
use traced::sampler::SamplingResult;
use traced_core::__runtime::diagnostics::warn_once;
use traced_core::__runtime::id_generator::Ids;

/// Makes a sampler of OpenTelemetry's SDK one of ours.
///
/// The context that it is given holds the parent's identity and nothing else; there is none for roots.
///
/// ```
/// use opentelemetry_sdk::trace::Sampler;
///
/// let theirs = Sampler::ParentBased(Box::new(Sampler::TraceIdRatioBased(0.1)));
/// let builder = traced::builder().sampler(traced_opentelemetry::sampler(theirs));
/// ```
pub fn sampler(sampler: impl sdk::ShouldSample + 'static) -> impl Sampler {
    ForeignSampler(sampler)
}

struct ForeignSampler<S>(S);

impl<S: sdk::ShouldSample + 'static> Sampler for ForeignSampler<S> {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        let parent = request.parent;
        let context = parent.is_valid().then(|| OtelContext::new().with_remote_span_context(to_span_context(parent)));
        let links: Vec<_> = request.links.map(|link| to_link(&link)).collect();
        let attributes = to_attributes(request.attributes);
        let trace_id = to_trace_id(request.trace_id);
        let kind = to_kind(request.kind);
        let result = self.0.should_sample(context.as_ref(), trace_id, request.name, &kind, &attributes, &links);
        let decision = match result.decision {
            sdk::SamplingDecision::Drop => SamplingDecision::Drop,
            sdk::SamplingDecision::RecordOnly => SamplingDecision::RecordOnly,
            sdk::SamplingDecision::RecordAndSample => SamplingDecision::RecordAndSample,
        };
        SamplingResult::new(decision, request)
            .with_attributes(from_attributes(result.attributes))
            .with_trace_state(from_trace_state(&result.trace_state))
    }

    fn description(&self) -> String {
        format!("{:?}", self.0)
    }
}

/// Makes an id generator of OpenTelemetry's SDK one of ours.
///
/// It cannot say whether its trace ids are random, so the W3C Random flag is not set. An invalid id is replaced.
///
/// ```
/// use opentelemetry_sdk::trace::RandomIdGenerator;
///
/// let builder = traced::builder().id_generator(traced_opentelemetry::id_generator(RandomIdGenerator::default()));
/// ```
pub fn id_generator(generator: impl sdk::IdGenerator + 'static) -> impl IdGenerator {
    ForeignIds(generator)
}

struct ForeignIds<G>(G);

impl<G: sdk::IdGenerator + 'static> IdGenerator for ForeignIds<G> {
    fn new_trace_id(&self) -> TraceId {
        let id = from_trace_id(self.0.new_trace_id());
        if id.is_valid() { id } else { replacement().trace_id() }
    }

    fn new_span_id(&self) -> SpanId {
        let id = from_span_id(self.0.new_span_id());
        if id.is_valid() { id } else { replacement().span_id() }
    }
}

#[cold]
fn replacement() -> Ids {
    warn_once("invalid id", || {
        "an OpenTelemetry id generator made an id of zeros, which is invalid; a random one is used instead".to_owned()
    });
    Ids::from_entropy()
}
