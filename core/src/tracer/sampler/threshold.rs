//! Consistent probability: a trace's randomness against a rejection threshold, and the `th` that says so.
//!
//! Follows the OpenTelemetry specification, "TraceState: Probability Sampling".

use super::decision::{SamplingDecision, SamplingResult};
use crate::model::id::TraceId;
use crate::model::span_context::SpanContext;
use crate::model::trace_state::TraceState;

/// How many randomness values there are: 56 bits of them.
const RANGE: u64 = 1 << 56;
/// How many hexadecimal digits they have.
const DIGITS: u32 = 14;
/// How many significant digits a `th` has unless somebody asks for more, as the specification recommends.
pub const PRECISION: u32 = 4;

/// Of 2^56 randomness values, those below it are not sampled.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Threshold(pub(super) u64);

impl Threshold {
    /// Nothing is sampled; no `th` can say so.
    const NEVER: Self = Self(RANGE);

    /// Everything is sampled.
    pub(super) const ALWAYS: Self = Self(0);

    /// The threshold of a share of the traces, rounded to `precision` hexadecimal digits after the leading `f`s.
    /// Shares below 2^-56 but above 0 count as 2^-56, which is the least that there is.
    pub fn of_share(share: f64, precision: u32) -> Self {
        // Scaling by a power of two is exact, and so is the conversion: an f64 has no more than 53 bits.
        let sampled = (share * RANGE as f64).round() as u64;
        match (share > 0.0, sampled.min(RANGE)) {
            (false, _) => Self::NEVER,
            (true, RANGE) => Self(0),
            (true, sampled) => Self(round(RANGE - sampled.max(1), precision)),
        }
    }

    /// Whether a trace of this randomness is sampled.
    pub const fn samples(self, randomness: u64) -> bool {
        randomness >= self.0
    }

    /// Decides by the trace's randomness, and says the probability in `th`: other stages can then count what one
    /// sampled trace stands for. A dropped span says none.
    pub(super) fn decide(self, parent: &SpanContext, trace_id: TraceId) -> SamplingResult {
        let state = parent.trace_state();
        if self.samples(randomness(state, trace_id)) {
            let trace_state = with_th(state, Some(self.0));
            SamplingResult { decision: SamplingDecision::RecordAndSample, attributes: Vec::new(), trace_state }
        } else {
            of_unknown_probability(SamplingDecision::Drop, parent)
        }
    }
}

/// A threshold with the trace state that says it alone, so that a root does not have to make it.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Stated {
    threshold: Threshold,
    state: TraceState,
}

impl Stated {
    pub(super) fn new(threshold: Threshold) -> Self {
        Self { threshold, state: with_th(&TraceState::default(), Some(threshold.0)) }
    }

    /// As [`Threshold::decide`].
    pub(super) fn decide(&self, parent: &SpanContext, trace_id: TraceId) -> SamplingResult {
        if parent.trace_state().is_empty() && self.threshold.samples(randomness_of(trace_id)) {
            let decision = SamplingDecision::RecordAndSample;
            return SamplingResult { decision, attributes: Vec::new(), trace_state: self.state.clone() };
        }
        self.threshold.decide(parent, trace_id)
    }
}

/// Rounds to nearest; what would round up to "never" becomes the highest threshold with so many digits.
fn round(threshold: u64, precision: u32) -> u64 {
    let leading_ones = (threshold << (64 - 4 * DIGITS)).leading_ones();
    let digits = (leading_ones / 4 + precision.max(1)).min(DIGITS);
    let unit = 1_u64 << (4 * (DIGITS - digits));
    let rounded = (threshold + unit / 2) / unit * unit;
    if rounded >= RANGE { RANGE - unit } else { rounded }
}

/// The randomness that a trace id itself has: its rightmost 56 bits.
pub const fn randomness_of(trace_id: TraceId) -> u64 {
    trace_id.to_u128() as u64 % RANGE
}

/// A decision whose probability nobody knows: `th` is erased, the rest of the parent's trace state kept.
pub(super) fn of_unknown_probability(decision: SamplingDecision, parent: &SpanContext) -> SamplingResult {
    let trace_state = with_th(parent.trace_state(), None);
    SamplingResult { decision, attributes: Vec::new(), trace_state }
}

/// A decision that keeps the parent's trace state, without a `th` that contradicts it.
pub(super) fn keeping_state(decision: SamplingDecision, parent: &SpanContext) -> SamplingResult {
    let is_sampled = decision == SamplingDecision::RecordAndSample;
    let state = parent.trace_state();
    let contradicts = |threshold| Threshold(threshold).samples(randomness(state, parent.trace_id())) != is_sampled;
    let is_wrong = !state.is_empty() && state.ot().th().is_some_and(contradicts);
    let trace_state = if is_wrong { with_th(state, None) } else { state.clone() };
    SamplingResult { decision, attributes: Vec::new(), trace_state }
}

/// The trace's randomness: the explicit one, or else that of its id.
pub(super) fn randomness(state: &TraceState, trace_id: TraceId) -> u64 {
    let explicit = if state.is_empty() { None } else { state.ot().rv() };
    explicit.unwrap_or_else(|| randomness_of(trace_id))
}

/// The trace state with another `th`, or none; also none where there is no room for it.
fn with_th(state: &TraceState, threshold: Option<u64>) -> TraceState {
    if state.is_empty() && threshold.is_none() {
        return state.clone();
    }
    let ot = state.ot();
    if ot.th() == threshold {
        return state.clone();
    }
    let erased = |_| state.with_ot(&state.ot().with_th(None));
    state.with_ot(&ot.with_th(threshold)).or_else(erased).unwrap_or_default()
}

/// What a function says about its own sampling: this share of the traces, whatever the parent's decision is. The whole,
/// and nothing, are not said in `tracestate`.
pub(crate) fn by_ratio(ratio: f64, parent: &SpanContext, trace_id: TraceId) -> SamplingResult {
    let threshold = Threshold::of_share(ratio, PRECISION);
    if ratio < 1.0 {
        return threshold.decide(parent, trace_id);
    }
    of_unknown_probability(SamplingDecision::RecordAndSample, parent)
}

/// What `ParentBased` of `AlwaysOn` says about a root or the child of a remote span.
pub(crate) fn parent_or_always(parent: &SpanContext) -> SamplingResult {
    let is_dropped = parent.is_valid() && !parent.is_sampled();
    let decision = if is_dropped { SamplingDecision::Drop } else { SamplingDecision::RecordAndSample };
    keeping_state(decision, parent)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn th(share: f64, precision: u32) -> String {
        with_th(&TraceState::default(), Some(Threshold::of_share(share, precision).0)).to_string()
    }

    /// The table of the specification, for one in N with 3, 4 and 5 digits.
    #[test]
    fn thresholds_of_the_specification() {
        for (one_in, digits) in [
            (1, ["0", "0", "0"]),
            (2, ["8", "8", "8"]),
            (3, ["aab", "aaab", "aaaab"]),
            (4, ["c", "c", "c"]),
            (5, ["ccd", "cccd", "ccccd"]),
            (8, ["e", "e", "e"]),
            (10, ["e66", "e666", "e6666"]),
            (16, ["f", "f", "f"]),
            (100, ["fd71", "fd70a", "fd70a4"]),
            (1000, ["ffbe7", "ffbe77", "ffbe76d"]),
            (10_000, ["fff972", "fff9724", "fff97247"]),
            (100_000, ["ffff584", "ffff583a", "ffff583a5"]),
            (1_000_000, ["ffffef4", "ffffef39", "ffffef391"]),
        ] {
            for (precision, expected) in (3..).zip(digits) {
                assert_eq!(th(1.0 / f64::from(one_in), precision), format!("ot=th:{expected}"), "1 in {one_in}");
            }
        }
    }

    #[test]
    fn the_ends_of_the_range() {
        assert_eq!(Threshold::of_share(0.0, 4), Threshold::NEVER);
        assert!(!Threshold::NEVER.samples(RANGE - 1));
        assert!(Threshold::of_share(1.0, 4).samples(0));
        for share in [f64::MIN_POSITIVE, 1.0 / RANGE as f64] {
            assert_eq!(th(share, 4), "ot=th:ffffffffffffff");
            assert!(Threshold::of_share(share, 4).samples(RANGE - 1));
        }
        assert_eq!(Threshold::of_share(1.0 - f64::EPSILON, 4), Threshold(0));
    }

    #[test]
    fn a_larger_share_never_samples_less() {
        let mut last = Threshold::NEVER;
        for step in 0..=10_000 {
            let next = Threshold::of_share(f64::from(step) / 10_000.0, PRECISION);
            assert!(next <= last, "{step}");
            last = next;
        }
    }

    #[test]
    fn a_full_ot_entry_loses_its_threshold_only() {
        let full: TraceState = format!("ot=th:8;x:{}", "y".repeat(248)).parse().unwrap();
        let state = with_th(&full, Some(Threshold::of_share(0.01, 5).0));
        assert_eq!(state.as_str(), format!("ot=x:{}", "y".repeat(248)));
    }
}
