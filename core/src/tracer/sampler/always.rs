//! The two samplers that don't look, and the one that records what another drops.

use super::decision::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use super::threshold::keeping_state;

/// Samples everything, whatever the parent says.
///
/// Costs a nanosecond; what it costs further on depends on the traffic. Take it, below [`ParentBased`], as long as
/// you can afford to keep every trace: it is what happens without any configuration.
///
/// Follows the OpenTelemetry trace SDK, "AlwaysOn".
///
/// ```
/// use traced::sampler::{AlwaysOn, Sampler};
/// assert_eq!(AlwaysOn.description(), "AlwaysOnSampler");
/// ```
///
/// [`ParentBased`]: super::ParentBased
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AlwaysOn;

/// Samples nothing. Trace context still travels on.
///
/// Costs a nanosecond. Take it to switch recording off in one service without breaking its neighbours' traces, or as
/// a delegate of [`ParentBased`].
///
/// Follows the OpenTelemetry trace SDK, "AlwaysOff".
///
/// ```
/// use traced::sampler::{AlwaysOff, Sampler};
/// assert_eq!(AlwaysOff.description(), "AlwaysOffSampler");
/// ```
///
/// [`ParentBased`]: super::ParentBased
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct AlwaysOff;

/// Records what the sampler inside drops, without sampling it: for processors that look at every span, to count or to
/// measure. Exporters don't get those spans.
///
/// Costs what recording costs, on every span. Take it only when such a processor is there.
///
/// Follows the OpenTelemetry trace SDK, "AlwaysRecord".
///
/// ```
/// use traced::sampler::{AlwaysRecord, Probability, Sampler};
/// let sampler = AlwaysRecord::new(Probability::new(0.01));
/// assert_eq!(sampler.description(), "AlwaysRecordSampler{ProbabilitySampler{0.010000}}");
/// ```
#[derive(Clone, Debug)]
pub struct AlwaysRecord<S> {
    inner: S,
}

impl<S: Sampler> AlwaysRecord<S> {
    /// Records what `inner` drops.
    pub const fn new(inner: S) -> Self {
        Self { inner }
    }
}

impl Sampler for AlwaysOn {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        keeping_state(SamplingDecision::RecordAndSample, request.parent)
    }

    fn description(&self) -> String {
        "AlwaysOnSampler".to_owned()
    }

    fn reads_attributes(&self) -> bool {
        false
    }
}

impl Sampler for AlwaysOff {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        keeping_state(SamplingDecision::Drop, request.parent)
    }

    fn description(&self) -> String {
        "AlwaysOffSampler".to_owned()
    }

    fn reads_attributes(&self) -> bool {
        false
    }
}

impl<S: Sampler> Sampler for AlwaysRecord<S> {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        let result = self.inner.should_sample(request);
        match result.decision {
            SamplingDecision::Drop => SamplingResult { decision: SamplingDecision::RecordOnly, ..result },
            SamplingDecision::RecordOnly | SamplingDecision::RecordAndSample => result,
        }
    }

    fn description(&self) -> String {
        format!("AlwaysRecordSampler{{{}}}", self.inner.description())
    }

    fn reads_attributes(&self) -> bool {
        self.inner.reads_attributes()
    }
}
