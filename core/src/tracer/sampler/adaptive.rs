//! A share that follows the traffic, so that the volume stays.
//!
//! Time is cut into slots of a tenth of a second. Within a slot, all threads use one probability and count what comes
//! and what is sampled. The first thread that finds the slot over sets the probability of the next one: the target
//! over the rate of late, corrected by what was sampled too much or too little so far. When far more comes within a
//! slot than its probability was made for, the probability falls with every further trace, so that a burst out of
//! nowhere costs at most twice the slot's budget.
//!
//! The probability of a trace depends only on traces before it, never on its own randomness, so each `th` is right
//! for the trace that carries it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::clock::SamplerClock;
use super::decision::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use super::rate_limit::valid_rate;
use super::threshold::{PRECISION, Stated, Threshold, randomness};

/// The length of a slot, in nanoseconds and in seconds.
const SLOT: u64 = 100_000_000;
const SLOT_SECONDS: f64 = 0.1;
/// How many slots the rate is averaged over, with weights that fall exponentially.
const MEMORY: f64 = 12.0;
/// In how many slots a surplus or deficit is to be made up for.
const REPAY: f64 = 10.0;
/// How many seconds' worth of unused target may be caught up, and of surplus is remembered.
const MAX_CREDIT: f64 = 1.0;
const MAX_DEBT: f64 = 3.0;

/// Aims at N traces a second, whatever the traffic: samples a share that rises and falls as needed, and says the
/// share that each trace was sampled with in `ot=th`.
///
/// With less traffic than N everything is sampled. When it jumps, a few more than N are sampled in the first second,
/// and fewer in the next ones; over ten seconds and more the average is within 10 % of N.
///
/// Costs a clock read and one atomic addition, 30 ns, and for a sampled trace the making of its `tracestate`, 400 ns;
/// ten times a second one thread settles the share of the next tenth, while the others go on. Take it, below
/// [`ParentBased`](super::ParentBased), when the traffic changes and the volume of traces should not, and counts are
/// to be right after scaling by `th`. For a bound that holds in every second take [`RateLimit`](super::RateLimit).
///
/// ```
/// use traced::sampler::{Adaptive, ParentBased, Sampler};
/// let sampler = ParentBased::new(Adaptive::per_second(100.0));
/// assert_eq!(Adaptive::per_second(100.0).description(), "AdaptiveSampler{100}");
/// ```
#[derive(Debug)]
pub struct Adaptive {
    per_second: f64,
    clock: SamplerClock,
    slot_end: AtomicU64,
    arrived: AtomicU64,
    sampled: AtomicU64,
    plan: Plan,
    all: Stated,
    controller: Mutex<Controller>,
}

/// What a slot is sampled with. Read without care for its parts belonging together: whatever threshold comes out, it is
/// the one that the trace is sampled with and says.
#[derive(Debug, Default)]
struct Plan {
    /// The bits of an `f64`.
    probability: AtomicU64,
    /// The threshold of the probability.
    threshold: AtomicU64,
    /// Up to how many arrivals they hold.
    enough_for: AtomicU64,
}

impl Plan {
    fn set(&self, (probability, enough_for): (f64, f64)) {
        self.probability.store(probability.to_bits(), Ordering::Relaxed);
        self.threshold.store(Threshold::of_share(probability, PRECISION).0, Ordering::Relaxed);
        self.enough_for.store(enough_for as u64, Ordering::Relaxed);
    }
}

/// What is remembered from slot to slot.
#[derive(Debug, Default)]
struct Controller {
    /// Arrivals of a slot, averaged over [`MEMORY`].
    arrivals: f64,
    /// Traces that should have been sampled but were not; negative when too many were.
    credit: f64,
    /// Whether a slot has been seen at all.
    has_history: bool,
}

impl Adaptive {
    /// Aims at so many traces a second; 0 is none. A negative number or a NaN counts as 0, with a warning.
    #[must_use]
    pub fn per_second(traces: f64) -> Self {
        Self::with_clock(valid_rate(traces), SamplerClock::default())
    }

    pub(super) fn with_clock(per_second: f64, clock: SamplerClock) -> Self {
        let per_slot = per_second * SLOT_SECONDS;
        let plan = Plan::default();
        plan.set(Controller::default().plan(per_slot));
        Self {
            per_second,
            slot_end: AtomicU64::new(clock.nanos() + SLOT),
            clock,
            arrived: AtomicU64::new(0),
            sampled: AtomicU64::new(0),
            plan,
            all: Stated::new(Threshold::ALWAYS),
            controller: Mutex::default(),
        }
    }

    /// The threshold for the trace that comes now.
    fn threshold(&self, randomness: u64) -> Threshold {
        let now = self.clock.nanos();
        if now >= self.slot_end.load(Ordering::Relaxed) {
            self.settle(now);
        }
        let place = self.arrived.fetch_add(1, Ordering::Relaxed);
        let threshold = Threshold(self.plan.threshold.load(Ordering::Relaxed));
        let enough_for = self.plan.enough_for.load(Ordering::Relaxed);
        // What the plan's threshold drops, a higher one drops as well.
        if place <= enough_for || !threshold.samples(randomness) {
            return threshold;
        }
        // The sum over all further places is at most that of the places up to here.
        let excess = enough_for as f64 / place as f64;
        let probability = f64::from_bits(self.plan.probability.load(Ordering::Relaxed));
        Threshold::of_share(probability * excess * excess, PRECISION)
    }

    /// Ends the slot and plans the next one. One thread does it; others that come meanwhile go on with the old plan.
    #[cold]
    fn settle(&self, now: u64) {
        let mut controller = match self.controller.try_lock() {
            Ok(controller) => controller,
            Err(std::sync::TryLockError::Poisoned(poisoned)) => PoisonError::into_inner(poisoned),
            Err(std::sync::TryLockError::WouldBlock) => return,
        };
        let slot_end = self.slot_end.load(Ordering::Relaxed);
        if now < slot_end {
            return;
        }
        let slots = 1 + (now - slot_end) / SLOT;
        self.slot_end.store(slot_end + slots * SLOT, Ordering::Relaxed);
        let arrived = self.arrived.swap(0, Ordering::Relaxed) as f64;
        let sampled = self.sampled.swap(0, Ordering::Relaxed) as f64;
        let per_slot = self.per_second * SLOT_SECONDS;
        controller.learn(slots as f64, [arrived, sampled], per_slot);
        self.plan.set(controller.plan(per_slot));
    }
}

impl Controller {
    /// Takes in a slot, and idle ones after it.
    fn learn(&mut self, slots: f64, [arrived, sampled]: [f64; 2], per_slot: f64) {
        let weight = if self.has_history { 1.0 / MEMORY } else { 1.0 };
        self.has_history = true;
        self.arrivals += (arrived - self.arrivals) * weight;
        self.arrivals *= (1.0 - 1.0 / MEMORY).powf(slots - 1.0);
        let per_second = per_slot / SLOT_SECONDS;
        let credit = self.credit + per_slot * slots - sampled;
        self.credit = credit.clamp(-MAX_DEBT * per_second, MAX_CREDIT * per_second);
    }

    /// The probability of the next slot, and up to how many arrivals it holds.
    fn plan(&self, per_slot: f64) -> (f64, f64) {
        if per_slot == 0.0 {
            return (0.0, f64::INFINITY);
        }
        let wanted = (per_slot + self.credit / REPAY).max(per_slot / 10.0);
        let probability = (wanted / self.arrivals).min(1.0);
        // Traffic that varies by chance, or by half, is within the plan; so is what was saved up for a burst.
        let room = 1.5 * wanted + self.credit.max(0.0) + 2.0 * per_slot.sqrt();
        (probability, room / probability)
    }
}

impl Sampler for Adaptive {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        let (parent, trace_id) = (request.parent, request.trace_id);
        let threshold = self.threshold(randomness(parent.trace_state(), trace_id));
        let result = match threshold {
            Threshold::ALWAYS => self.all.decide(parent, trace_id),
            threshold => threshold.decide(parent, trace_id),
        };
        if result.decision == SamplingDecision::RecordAndSample {
            self.sampled.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    fn description(&self) -> String {
        format!("AdaptiveSampler{{{}}}", self.per_second)
    }

    fn reads_attributes(&self) -> bool {
        false
    }
}
