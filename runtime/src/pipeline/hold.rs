//! The pause after a trouble that passes. It belongs to the exporter, not to a batch: while it lasts nothing is exported
//! and spans wait.
//!
//! Follows the OTLP specification, "OTLP/HTTP Throttling": the longer of the exporter's own pause and the one that the
//! receiver asks for is kept.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, Instant};

use crate::export::error::Pause;

/// A receiver that asks for more is not believed.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// The pauses that follow each other.
const SHORT: Pauses = Pauses { first: Duration::from_millis(100), longest: Duration::from_secs(5) };
/// The same where people have to repair something.
const LONG: Pauses = Pauses { first: Duration::from_secs(5), longest: Duration::from_secs(60) };

#[derive(Debug)]
struct Pauses {
    first: Duration,
    longest: Duration,
}

/// Whether and until when an exporter is left alone.
#[derive(Debug, Default)]
pub(super) struct Hold {
    current: Option<Current>,
}

#[derive(Debug)]
struct Current {
    since: Instant,
    until: Instant,
    failures: u32,
    pause: Pause,
}

impl Hold {
    /// An export met a trouble that passes.
    pub(super) fn begin(&mut self, pause: Pause, now: Instant) {
        let (since, failures) = self.current.as_ref().map_or((now, 0), |current| (current.since, current.failures));
        let own = if pause.is_long { LONG } else { SHORT }.after(failures);
        let asked = pause.asked.unwrap_or_default().min(LONGEST_ASKED);
        self.current = Some(Current { since, until: now + own.max(asked), failures: failures + 1, pause });
    }

    /// An export came to an end.
    pub(super) fn end(&mut self) {
        self.current = None;
    }

    /// When the next attempt is due; `None` when there is no trouble.
    pub(super) fn until(&self) -> Option<Instant> {
        self.current.as_ref().map(|current| current.until)
    }

    /// How often in a row an export met a trouble.
    pub(super) fn failures(&self) -> u32 {
        self.current.as_ref().map_or(0, |current| current.failures)
    }

    /// Whether the receiver wants to be left alone until then.
    pub(super) fn is_asked(&self) -> bool {
        self.current.as_ref().is_some_and(|current| current.pause.asked.is_some_and(|asked| !asked.is_zero()))
    }

    /// For how long there has been no answer at all.
    pub(super) fn silence(&self, now: Instant) -> Option<Duration> {
        let silent = self.current.as_ref().filter(|current| !current.pause.is_answer)?;
        Some(now.saturating_duration_since(silent.since))
    }
}

impl Pauses {
    /// Each twice the one before up to the longest, and shortened by up to a half at random so that many programs do
    /// not return at the same moment.
    fn after(&self, failures: u32) -> Duration {
        let pause = self.first.saturating_mul(1 << failures.min(16)).min(self.longest);
        // The standard library seeds every `RandomState` differently.
        let random = RandomState::new().build_hasher().finish() as u32;
        pause.mul_f64(0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pauses(pause: Pause) -> Vec<Duration> {
        let (mut hold, now) = (Hold::default(), Instant::now());
        let mut next = || {
            hold.begin(pause, now);
            hold.until().unwrap() - now
        };
        (0..12).map(|_| next()).collect()
    }

    #[test]
    fn pauses_grow_to_a_limit_and_differ() {
        for (is_long, first, longest) in [(false, 100, 5_000), (true, 5_000, 60_000)] {
            let pauses = pauses(Pause { is_long, ..Pause::default() });
            for (index, pause) in pauses.iter().enumerate() {
                let most = Duration::from_millis(longest.min(first << index));
                assert!((most / 2..=most).contains(pause), "{pauses:?}");
            }
            assert_ne!(pauses[10], pauses[11]);
        }
    }

    #[test]
    fn what_is_asked_for_is_kept_unless_it_is_less_or_far_too_much() {
        let asked = |seconds| pauses(Pause { asked: Some(Duration::from_secs(seconds)), ..Pause::default() });
        assert_eq!(asked(60)[0], Duration::from_secs(60));
        assert_eq!(asked(86_400)[3], LONGEST_ASKED);
        assert!(asked(0).iter().all(|pause| *pause >= Duration::from_millis(50)), "no hot loop");
        assert!(asked(0)[11] >= Duration::from_millis(2_500), "and it grows");
    }

    #[test]
    fn silence_is_no_answer_at_all() {
        let (mut hold, start) = (Hold::default(), Instant::now());
        let later = start + Duration::from_secs(3);
        assert_eq!(hold.silence(later), None);
        hold.begin(Pause::default(), start);
        hold.begin(Pause::default(), start + Duration::from_secs(1));
        assert_eq!(hold.silence(later), Some(Duration::from_secs(3)));
        hold.begin(Pause { is_answer: true, ..Pause::default() }, later);
        assert_eq!(hold.silence(later), None);
        hold.end();
        assert_eq!((hold.until(), hold.is_asked(), hold.failures()), (None, false, 0));
    }

    #[test]
    fn failures_in_a_row_are_counted_and_a_pause_is_asked_for_if_it_is_one() {
        let (mut hold, now) = (Hold::default(), Instant::now());
        for (seconds, failures, is_asked) in [(None, 1, false), (Some(0), 2, false), (Some(1), 3, true)] {
            hold.begin(Pause { asked: seconds.map(Duration::from_secs), ..Pause::default() }, now);
            assert_eq!((hold.failures(), hold.is_asked()), (failures, is_asked));
        }
        hold.end();
        hold.begin(Pause::default(), now);
        assert_eq!(hold.failures(), 1);
    }
}
