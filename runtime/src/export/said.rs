//! Which messages are due: a trouble that lasts is told once a minute, whatever its words are.

use std::time::{Duration, Instant};

/// How often a trouble that lasts is told again.
const AGAIN: Duration = Duration::from_secs(60);
/// Kinds of trouble that are kept apart; more of them count as one.
const MOST: usize = 32;

/// What was said, and when.
#[derive(Debug, Default)]
pub(crate) struct Said {
    kinds: Vec<Kind>,
}

#[derive(Debug)]
struct Kind {
    name: String,
    at: Instant,
    /// What was counted since then.
    unsaid: u64,
}

impl Said {
    /// Counts what happened. Says how many there are to tell of now, if it is time.
    pub(crate) fn count(&mut self, kind: &str, number: u64, now: Instant) -> Option<u64> {
        let place = self.kinds.iter().position(|known| known.name == kind);
        let place = place.or_else(|| (self.kinds.len() == MOST).then_some(MOST - 1));
        let Some(known) = place.and_then(|place| self.kinds.get_mut(place)) else {
            self.kinds.push(Kind { name: kind.to_owned(), at: now, unsaid: 0 });
            return Some(number);
        };
        known.unsaid += number;
        if now.saturating_duration_since(known.at) < AGAIN {
            return None;
        }
        known.at = now;
        Some(std::mem::take(&mut known.unsaid))
    }

    /// Whether this is the first of its kind.
    #[cfg(feature = "otlp-http")]
    pub(crate) fn is_first(&mut self, kind: &str) -> bool {
        let is_new = self.kinds.iter().all(|known| known.name != kind);
        let is_room = self.kinds.len() < MOST;
        if is_new && is_room {
            self.kinds.push(Kind { name: kind.to_owned(), at: Instant::now(), unsaid: 0 });
        }
        is_new && is_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_at_once_then_once_a_minute_with_all_that_was_counted() {
        let mut said = Said::default();
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(said.count("refused", 3, start), Some(3));
        assert_eq!(said.count("dropped", 7, start), Some(7));
        assert_eq!(said.count("refused", 4, after(1)), None);
        assert_eq!(said.count("refused", 5, after(59)), None);
        assert_eq!(said.count("refused", 6, after(60)), Some(15));
        assert_eq!(said.count("refused", 1, after(61)), None);
    }

    #[test]
    fn kinds_without_end_are_one() {
        let mut said = Said::default();
        let now = Instant::now();
        let due = (0..1_000).filter(|kind| said.count(&kind.to_string(), 1, now).is_some()).count();
        assert_eq!(due, MOST);
    }
}
