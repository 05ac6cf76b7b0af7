//! A bound on the traces of a second.

use std::sync::atomic::{AtomicU64, Ordering};

use super::clock::SamplerClock;
use super::decision::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use super::threshold::of_unknown_probability;
use crate::process::diagnostics::warn_once;

const SECOND: f64 = 1e9;

/// Samples at most N traces a second: a token bucket that holds one second's worth, but at least one trace.
///
/// In any span of T seconds no more than N × (T + 1) are sampled; under steady load exactly N a second. The first
/// ones to come are taken, so what is sampled is not a fair share of the traffic and carries no `ot=th`.
///
/// Costs a clock read, 15 ns, and for a sampled trace one atomic exchange, 10 more; it takes no lock. Take it, below
/// [`ParentBased`](super::ParentBased), when a hard bound matters and statistics don't: to protect a backend or a
/// budget. [`Adaptive`](super::Adaptive) aims at the same rate with a fair share.
///
/// ```
/// use traced::sampler::{ParentBased, RateLimit, Sampler};
/// let sampler = ParentBased::new(RateLimit::per_second(100.0));
/// assert_eq!(RateLimit::per_second(0.5).description(), "RateLimitSampler{0.5}");
/// ```
#[derive(Debug)]
pub struct RateLimit {
    per_second: f64,
    /// Nanoseconds that one trace uses up.
    cost: u64,
    /// Nanoseconds that may be used up in advance.
    credit: u64,
    /// Until when the time is used up. It lies before now when traces may be sampled at once.
    used_until: AtomicU64,
    clock: SamplerClock,
}

impl RateLimit {
    /// Samples at most so many traces a second; fractions are fine: 0.1 is one in ten seconds, 0 is none. A negative
    /// number or a NaN counts as 0, with a warning.
    #[must_use]
    pub fn per_second(traces: f64) -> Self {
        Self::with_clock(valid_rate(traces), SamplerClock::default())
    }

    pub(super) fn with_clock(per_second: f64, clock: SamplerClock) -> Self {
        // `as` turns an infinite cost, that of a rate of 0, into the highest number.
        let cost = (SECOND / per_second) as u64;
        let credit = ((per_second.max(1.0) - 1.0) * cost as f64) as u64;
        Self { per_second, cost, credit, used_until: AtomicU64::new(0), clock }
    }

    fn has_room(&self) -> bool {
        if self.per_second == 0.0 {
            return false;
        }
        let now = self.clock.nanos();
        let mut used_until = self.used_until.load(Ordering::Relaxed);
        loop {
            // What was not used for longer than the bucket can hold is lost.
            let start = used_until.max(now);
            if start - now > self.credit {
                return false;
            }
            let next = start.saturating_add(self.cost);
            match self.used_until.compare_exchange_weak(used_until, next, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(seen) => used_until = seen,
            }
        }
    }
}

impl Sampler for RateLimit {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        let decision = if self.has_room() { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop };
        of_unknown_probability(decision, request.parent)
    }

    fn description(&self) -> String {
        format!("RateLimitSampler{{{}}}", self.per_second)
    }

    fn reads_attributes(&self) -> bool {
        false
    }
}

pub(super) fn valid_rate(per_second: f64) -> f64 {
    if per_second >= 0.0 {
        return per_second;
    }
    warn_once("sampling rate out of range", || {
        format!("a sampler was given the rate {per_second}, which is no rate; it samples nothing. Give 0 or more")
    });
    0.0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn bucket(per_second: f64) -> (RateLimit, Arc<AtomicU64>) {
        let now = Arc::new(AtomicU64::new(0));
        (RateLimit::with_clock(per_second, SamplerClock::of(&now)), now)
    }

    fn taken(limit: &RateLimit, offered: usize) -> usize {
        (0..offered).filter(|_| limit.has_room()).count()
    }

    #[test]
    fn a_full_bucket_holds_one_second() {
        let (limit, now) = bucket(10.0);
        assert_eq!(taken(&limit, 100), 10);
        now.store(100_000_000, Ordering::Relaxed);
        assert_eq!(taken(&limit, 100), 1);
        now.store(3_600_000_000_000, Ordering::Relaxed);
        assert_eq!(taken(&limit, 100), 10);
    }

    #[test]
    fn slow_rates_and_none() {
        let (limit, now) = bucket(0.1);
        assert_eq!(taken(&limit, 5), 1);
        now.store(9_999_999_999, Ordering::Relaxed);
        assert_eq!(taken(&limit, 5), 0);
        now.store(10_000_000_000, Ordering::Relaxed);
        assert_eq!(taken(&limit, 5), 1);
        assert_eq!(taken(&bucket(0.0).0, 5), 0);
        assert_eq!(taken(&RateLimit::per_second(f64::NAN), 5), 0);
        assert_eq!(taken(&bucket(f64::INFINITY).0, 1000), 1000);
    }

    #[test]
    fn threads_share_one_bucket() {
        let (limit, _now) = bucket(1000.0);
        let total: usize = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| taken(&limit, 1000))).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).sum()
        });
        assert_eq!(total, 1000);
    }
}
