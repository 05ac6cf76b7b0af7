//! How much a receiver takes at once, as far as it has said so.

use std::time::{Duration, Instant};

/// How long a receiver that found something too large is not asked for more. Then a proxy that was to blame may be gone.
const AGAIN: Duration = Duration::from_secs(60);

/// The largest batch that may be sent, as records.
#[derive(Debug, Default)]
pub(super) struct Largest {
    /// In bytes, and since when.
    known: Option<(usize, Instant)>,
}

impl Largest {
    /// So many bytes were too large: half of them are tried.
    pub(super) fn refused(&mut self, bytes: usize, now: Instant) {
        self.known = Some(((bytes / 2).max(1), now));
    }

    /// What is not too large; `None` when that is not known. Twice as much is tried after a minute without a refusal,
    /// up to `enough`, which is forgotten.
    pub(super) fn bytes(&mut self, enough: usize, now: Instant) -> Option<usize> {
        let (bytes, since) = self.known?;
        if now.saturating_duration_since(since) >= AGAIN {
            self.known = Some((bytes.saturating_mul(2), now)).filter(|(bytes, _)| *bytes < enough);
        }
        self.known.map(|(bytes, _)| bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_tried_and_twice_as_much_after_each_minute_without_a_refusal() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let mut largest = Largest::default();
        assert_eq!(largest.bytes(1_000, start), None);
        largest.refused(900, start);
        assert_eq!(largest.bytes(1_000, after(59)), Some(450));
        largest.refused(450, after(59));
        assert_eq!(largest.bytes(1_000, after(118)), Some(225));
        assert_eq!(largest.bytes(1_000, after(119)), Some(450));
        assert_eq!(largest.bytes(1_000, after(178)), Some(450));
        assert_eq!(largest.bytes(1_000, after(179)), Some(900));
        assert_eq!(largest.bytes(1_000, after(239)), None);
        largest.refused(1, after(240));
        assert_eq!(largest.bytes(1_000, after(240)), Some(1));
    }
}
