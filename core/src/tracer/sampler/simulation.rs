//! The samplers that know time under a simulated load: bursts, lulls, error storms. Shown with `--nocapture`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rand_xoshiro::Xoroshiro128PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

use super::clock::SamplerClock;
use super::{Adaptive, RateLimit, Sampler, SamplingDecision, SamplingRequest};
use crate::model::id::TraceId;
use crate::model::span_context::SpanContext;

const SECOND: u64 = 1_000_000_000;
const TARGET: f64 = 100.0;

/// So many seconds of so many traces a second; with `clumps`, all of a second arrive within its first 10 ms.
struct Phase {
    what: &'static str,
    seconds: u64,
    per_second: u64,
    clumps: bool,
}

const fn phase(what: &'static str, seconds: u64, per_second: u64) -> Phase {
    Phase { what, seconds, per_second, clumps: false }
}

const LOAD: [Phase; 9] = [
    phase("steady", 60, 400),
    phase("burst, 25 times more", 10, 10_000),
    phase("steady again", 30, 400),
    phase("lull", 60, 20),
    phase("burst out of the lull", 20, 4_000),
    phase("idle", 60, 0),
    phase("burst out of nothing", 20, 2_000),
    Phase { what: "clumps", seconds: 60, per_second: 1_000, clumps: true },
    phase("a little over the target", 60, 120),
];

struct World {
    now: Arc<AtomicU64>,
    random: Xoroshiro128PlusPlus,
}

/// What one phase came to: traces offered, sampled, the most of any second, and the number estimated from `th`.
struct Outcome {
    offered: u64,
    sampled: u64,
    most: u64,
    estimated: f64,
}

impl World {
    fn new() -> Self {
        Self { now: Arc::new(AtomicU64::new(0)), random: Xoroshiro128PlusPlus::seed_from_u64(7) }
    }

    fn trace_id(&mut self) -> TraceId {
        TraceId::from_u128(u128::from(self.random.next_u64()) << 64 | u128::from(self.random.next_u64()))
    }

    /// A number from 0 to 1.
    fn chance(&mut self) -> f64 {
        (self.random.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn run(&mut self, phase: &Phase, sampler: &dyn Sampler) -> Outcome {
        let mut outcome = Outcome { offered: 0, sampled: 0, most: 0, estimated: 0.0 };
        for _ in 0..phase.seconds {
            let start = self.now.load(Ordering::Relaxed);
            let spread = if phase.clumps { SECOND / 100 } else { SECOND };
            // A number by chance, at times by chance.
            let offered = (0..2 * phase.per_second).filter(|_| self.chance() < 0.5).count();
            let mut times: Vec<u64> = (0..offered).map(|_| (self.chance() * spread as f64) as u64).collect();
            times.sort_unstable();
            let sampled_before = outcome.sampled;
            for time in times {
                self.now.store(start + time, Ordering::Relaxed);
                let trace_id = self.trace_id();
                outcome.offer(sampler, trace_id);
            }
            outcome.most = outcome.most.max(outcome.sampled - sampled_before);
            self.now.store(start + SECOND, Ordering::Relaxed);
        }
        outcome
    }
}

impl Outcome {
    fn offer(&mut self, sampler: &dyn Sampler, trace_id: TraceId) {
        self.offered += 1;
        let root = SpanContext::default();
        let result = sampler.should_sample(&SamplingRequest::new(&root, trace_id, "request"));
        if result.decision == SamplingDecision::RecordAndSample {
            self.sampled += 1;
            let range = (1_u64 << 56) as f64;
            self.estimated += result.trace_state.ot().th().map_or(0.0, |th| range / (range - th as f64));
        }
    }

    fn report(&self, phase: &Phase) {
        let (offered, sampled, most) = (self.offered, self.sampled, self.most);
        let rate = sampled as f64 / phase.seconds as f64;
        println!("{:<26}{offered:>9}{sampled:>9}{rate:>9.1}{most:>9}{:>12.0}", phase.what, self.estimated);
    }

    /// What is to be sampled of this phase: the target, or all when less comes.
    fn wanted(phase: &Phase, offered: u64) -> f64 {
        (TARGET * phase.seconds as f64).min(offered as f64)
    }
}

fn header(sampler: &dyn Sampler) {
    println!("\n{}, aiming at {TARGET} a second", sampler.description());
    println!("{:<26}{:>9}{:>9}{:>9}{:>9}{:>12}", "phase", "offered", "sampled", "a second", "most", "by th");
}

/// Runs the whole load: each phase samples what is wanted of it, and no second more than `most` times the target.
fn assert_holds_its_rate(mut world: World, sampler: &dyn Sampler, most: f64) -> Vec<Outcome> {
    header(sampler);
    let run = |phase| {
        let outcome = world.run(phase, sampler);
        outcome.report(phase);
        let wanted = Outcome::wanted(phase, outcome.offered);
        let deviation = (outcome.sampled as f64 - wanted) / wanted.max(1.0);
        assert!(deviation.abs() <= 0.1, "{}: {deviation}", phase.what);
        assert!(outcome.most as f64 <= most * TARGET, "{}", phase.what);
        outcome
    };
    LOAD.iter().map(run).collect()
}

#[test]
fn rate_limit_holds_its_rate() {
    let world = World::new();
    let sampler = RateLimit::with_clock(TARGET, SamplerClock::of(&world.now));
    assert_holds_its_rate(world, &sampler, 2.0);
}

#[test]
fn adaptive_holds_its_rate_and_says_a_right_threshold() {
    let world = World::new();
    let sampler = Adaptive::with_clock(TARGET, SamplerClock::of(&world.now));
    for (phase, outcome) in LOAD.iter().zip(assert_holds_its_rate(world, &sampler, 4.0)) {
        let error = (outcome.estimated - outcome.offered as f64) / outcome.offered.max(1) as f64;
        assert!(error.abs() <= 0.1, "{}: counted by th, {} is off by {error}", phase.what, outcome.offered);
    }
}
