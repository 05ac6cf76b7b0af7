//! Tail sampling under a simulated load: error storms, bursts, too little memory. Shown with `--nocapture`.

use std::time::Duration;

use rand_xoshiro::Xoroshiro128PlusPlus;
use rand_xoshiro::rand_core::{Rng as _, SeedableRng as _};

use super::{Fate, Finished, TailBuffer, TailSampling};
use traced_core::{SpanId, TraceId};

struct Chance(Xoroshiro128PlusPlus);

impl Chance {
    fn new() -> Self {
        Self(Xoroshiro128PlusPlus::seed_from_u64(7))
    }

    fn trace_id(&mut self) -> TraceId {
        TraceId::from_u128(u128::from(self.0.next_u64()) << 64 | u128::from(self.0.next_u64()))
    }

    /// A number from 0 to 1.
    fn share(&mut self) -> f64 {
        (self.0.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

struct TailLoad {
    what: &'static str,
    traces: u64,
    errors: f64,
    /// Milliseconds between the starts of two traces.
    apart: f64,
    memory: usize,
    /// Whether that is too little for the traces that are under way at one moment.
    tears: bool,
}

const TAIL_LOADS: [TailLoad; 4] = [
    TailLoad { what: "few errors", traces: 20_000, errors: 0.01, apart: 1.0, memory: 32 << 20, tears: false },
    TailLoad { what: "error storm", traces: 20_000, errors: 0.9, apart: 1.0, memory: 32 << 20, tears: false },
    TailLoad {
        what: "burst, 50 times more",
        traces: 40_000,
        errors: 0.01,
        apart: 0.02,
        memory: 32 << 20,
        tears: false,
    },
    TailLoad { what: "burst over the memory", traces: 40_000, errors: 0.01, apart: 0.02, memory: 1 << 20, tears: true },
];

/// A span as it ends: when, of which trace, and its place in it; the last one is the root and may be the error.
type Ending = (u64, u64, u64);
const SPANS: u64 = 5;

impl TailLoad {
    /// The ends of all spans, in the order of time: traces overlap, spans of one are about 40 ms apart.
    fn endings(&self, chance: &mut Chance) -> Vec<Ending> {
        let mut endings = Vec::new();
        for trace in 0..self.traces {
            let mut time = (trace as f64 * self.apart * 1e6) as u64;
            for place in 0..SPANS {
                time += (chance.share() * 8e7) as u64;
                endings.push((time, trace, place));
            }
        }
        endings.sort_unstable();
        endings
    }

    fn run(&self) {
        let mut chance = Chance::new();
        let ids: Vec<(TraceId, bool)> =
            (0..self.traces).map(|_| (chance.trace_id(), chance.share() < self.errors)).collect();
        let settings = TailSampling::default().with_share(0.05).with_memory(self.memory);
        let mut buffer = TailBuffer::new(settings);
        let mut sent: Vec<u64> = vec![0; ids.len()];
        let (mut most, mut let_go) = (0, 0);
        for (time, trace, place) in self.endings(&mut chance) {
            let (trace_id, fails) = ids[trace as usize];
            let is_local_root = place == SPANS - 1;
            let span = Finished {
                trace_id,
                span_id: SpanId::from_u64(place + 1),
                parent_id: SpanId::from_u64(if is_local_root { 0 } else { SPANS }),
                is_error: fails && is_local_root,
                is_local_root,
                are_others_open: false,
                duration: Duration::from_millis(40),
                record: &[trace; 30],
            };
            buffer.offer(Duration::from_nanos(time), span, &mut |fate, record| match fate {
                Fate::Kept => sent[record[0] as usize] += 1,
                Fate::LetGo => let_go += 1,
            });
            most = most.max(buffer.bytes());
        }
        buffer.finish(&mut |_, _| let_go += 1);
        assert_eq!(let_go + sent.iter().sum::<u64>(), self.traces * SPANS, "each record has one fate");
        self.check(&buffer, &ids, &sent, most);
    }

    fn check(&self, buffer: &TailBuffer<u64>, ids: &[(TraceId, bool)], sent: &[u64], most: usize) {
        let counts = *buffer.counts();
        let errors = ids.iter().filter(|(_, fails)| *fails).count() as u64;
        let whole_errors = ids.iter().zip(sent).filter(|((_, fails), sent)| *fails && **sent == SPANS).count() as u64;
        println!(
            "{:<24}{:>8}{errors:>8}{whole_errors:>8}{:>8}{:>9}{:>9}{:>9}{:>10}",
            self.what,
            self.traces,
            counts.incomplete,
            counts.kept.traces,
            counts.dropped.traces,
            counts.evicted.traces,
            most
        );
        assert!(most <= self.memory);
        assert_eq!(whole_errors + counts.incomplete, errors, "every error trace is whole or counted");
        assert_eq!(sent.iter().sum::<u64>(), counts.kept.spans);
        let spans = counts.kept.spans + counts.dropped.spans + counts.evicted.spans;
        assert_eq!(spans, self.traces * SPANS, "every span is accounted for");
        let torn = sent.iter().filter(|sent| **sent != 0 && **sent != SPANS).count() as u64;
        assert_eq!(torn, counts.incomplete, "traces are kept whole");
        let unremarkable = (self.traces - errors) as f64;
        let share = ids.iter().zip(sent).filter(|((_, fails), sent)| !fails && **sent == SPANS).count() as f64;
        assert!((share / unremarkable - 0.05).abs() < 0.01, "{share} of {unremarkable}");
        assert_eq!(counts.incomplete > 0, self.tears, "errors come 0.2 s after their traces began");
        assert_eq!(buffer.bytes(), 0);
    }
}

#[test]
fn tail_keeps_every_error_that_fits_and_counts_the_others() {
    println!("\ntail sampling: errors and 5 % of the rest");
    println!(
        "{:<24}{:>8}{:>8}{:>8}{:>8}{:>9}{:>9}{:>9}{:>10}",
        "load", "traces", "errors", "whole", "torn", "kept", "dropped", "evicted", "bytes"
    );
    for load in TAIL_LOADS {
        load.run();
    }
}
