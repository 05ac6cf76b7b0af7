//! Head sampling: a fixed share of the traces, decided by the trace id.

use super::decision::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use super::threshold::{PRECISION, Stated, Threshold, of_unknown_probability, randomness_of};
use crate::process::diagnostics::warn_once;

/// Samples a share of the traces and says so in `tracestate`, so that every service, Collector and backend that
/// follows the specification decides alike and can tell how many traces a sampled one stands for.
///
/// A trace is sampled when its randomness (`ot=rv`, or else the rightmost 56 bits of its id) is not below the
/// threshold; then `ot=th` is the threshold. All decisions are consistent: what a smaller share samples, a larger one
/// samples too.
///
/// Costs 5 ns for a dropped trace and 15 for a sampled one; 400 when it has to add to a `tracestate` that is there.
/// Take it, below [`ParentBased`], when the traffic is steady and a share of it is enough: it is head sampling at its best. When the
/// traffic changes a lot, [`Adaptive`] keeps the volume instead of the share.
///
/// Follows the OpenTelemetry trace SDK, "ProbabilitySampler".
///
/// ```
/// use traced::sampler::{ParentBased, Probability, Sampler};
/// let sampler = ParentBased::new(Probability::new(0.25));
/// assert!(sampler.description().starts_with("ParentBased{root:ProbabilitySampler{0.250000},"));
/// ```
///
/// [`ParentBased`]: super::ParentBased
/// [`Adaptive`]: super::Adaptive
#[derive(Clone, PartialEq, Debug)]
pub struct Probability {
    share: f64,
    stated: Stated,
}

impl Probability {
    /// Samples the `share`, from 2^-56 to 1, of all traces. 0 samples nothing. A share out of range counts as the
    /// nearest one that is not, with a warning; a NaN as 1.
    #[must_use]
    pub fn new(share: f64) -> Self {
        let share = valid_share(share);
        Self { share, stated: Stated::new(Threshold::of_share(share, PRECISION)) }
    }

    /// This sampler with more or less precise thresholds: `digits` significant hexadecimal digits, from 1 to 14. The
    /// default is 4, which is off by less than 0.01 %; each digit more makes `tracestate` a byte longer.
    ///
    /// ```
    /// # use traced::sampler::Probability;
    /// let exact = Probability::new(0.01).with_precision(5); // sends `ot=th:fd70a4`
    /// ```
    #[must_use]
    pub fn with_precision(self, digits: u32) -> Self {
        Self { stated: Stated::new(Threshold::of_share(self.share, digits)), ..self }
    }
}

/// Samples a share of the traces by their ids alone, without a word in `tracestate`.
///
/// Deprecated by the specification, which keeps it as it is until 2027 and then lets it become what [`Probability`]
/// is now. Both sample the same traces here, so that this changes nothing but `tracestate`. It is what
/// `OTEL_TRACES_SAMPLER=traceidratio` means.
///
/// Costs 3 ns. Take it where backends don't read `ot=th` and a longer `tracestate` is unwelcome. It ignores the
/// parent's decision, and so tears traces apart when other services' ratios differ: it warns when it finds itself
/// with a parent; put it below [`ParentBased`].
///
/// Follows the OpenTelemetry trace SDK, "TraceIdRatioBased".
///
/// ```
/// use traced::sampler::{Sampler, TraceIdRatioBased};
/// assert_eq!(TraceIdRatioBased::new(0.0001).description(), "TraceIdRatioBased{0.000100}");
/// ```
///
/// [`ParentBased`]: super::ParentBased
#[derive(Clone, PartialEq, Debug)]
pub struct TraceIdRatioBased {
    ratio: f64,
    threshold: Threshold,
}

impl TraceIdRatioBased {
    /// Samples the `ratio`, from 0 to 1, of all traces. A ratio out of range counts as the nearest one that is not,
    /// with a warning; a NaN as 1.
    #[must_use]
    pub fn new(ratio: f64) -> Self {
        let ratio = valid_share(ratio);
        Self { ratio, threshold: Threshold::of_share(ratio, PRECISION) }
    }
}

impl Sampler for Probability {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        let is_random = !request.parent.is_valid() || request.trace_id_is_random;
        if !is_random && request.parent.trace_state().ot().rv().is_none() {
            warn_once("sampler without randomness", || {
                "a sampler that counts on random trace ids was given a parent that does not set the W3C Random flag; \
                 upgrade the service that started the trace, or its share of sampled traces may be off"
                    .to_owned()
            });
        }
        self.stated.decide(request.parent, request.trace_id)
    }

    fn description(&self) -> String {
        format!("ProbabilitySampler{{{}}}", decimal(self.share))
    }

    fn reads_attributes(&self) -> bool {
        false
    }
}

impl Sampler for TraceIdRatioBased {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        if request.parent.is_valid() {
            warn_once("ratio with a parent", || {
                "TraceIdRatioBased decides about a span that has a parent, which may tear traces apart; \
                 use it as the root of ParentBased (OTEL_TRACES_SAMPLER=parentbased_traceidratio), or take Probability"
                    .to_owned()
            });
        }
        let is_sampled = self.threshold.samples(randomness_of(request.trace_id));
        let decision = if is_sampled { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        of_unknown_probability(decision, request.parent)
    }

    fn description(&self) -> String {
        format!("TraceIdRatioBased{{{}}}", decimal(self.ratio))
    }

    fn reads_attributes(&self) -> bool {
        false
    }
}

/// A share between 0 and 1; what is none counts as the nearest, with a warning.
pub fn valid_share(share: f64) -> f64 {
    if (0.0..=1.0).contains(&share) {
        return share;
    }
    let valid = if share.is_nan() { 1.0 } else { share.clamp(0.0, 1.0) };
    warn_once("sampling share out of range", || {
        format!("a sampler was given the share {share}, which is not between 0 and 1; it uses {valid}")
    });
    valid
}

/// Six digits, or as many as tell the number from all others.
fn decimal(number: f64) -> String {
    let short = format!("{number:.6}");
    if short.parse() == Ok(number) { short } else { number.to_string() }
}
