//! When to try again. Follows the OTLP specification, "OTLP/HTTP Throttling" and "Retryable Response Codes".

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime};

use ureq::http::{HeaderMap, StatusCode, header};

const FIRST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(5);
/// A receiver that asks for more is not believed.
const LONGEST_ASKED: Duration = Duration::from_secs(300);

/// The pauses between attempts: each twice the one before, up to 5 s, shortened by up to a half at random so that
/// many programs do not return at the same moment.
#[derive(Debug)]
pub(super) struct Backoff {
    next: Duration,
}

impl Backoff {
    pub(super) const fn new() -> Self {
        Self { next: FIRST }
    }

    pub(super) fn next(&mut self) -> Duration {
        let longest = self.next;
        self.next = (longest * 2).min(LONGEST);
        // The standard library seeds every `RandomState` differently.
        let random = RandomState::new().build_hasher().finish() as u32;
        longest.mul_f64(0.5 + 0.5 * f64::from(random) / f64::from(u32::MAX))
    }
}

/// Whether a status says that the same request may succeed later.
pub(super) const fn is_retryable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 429 | 502 | 503 | 504)
}

/// The pause that `Retry-After` asks for, in either of its forms.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim();
    let pause = match value.parse() {
        Ok(seconds) => Duration::from_secs(seconds),
        // A time that has passed asks for no pause.
        Err(_) => httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(pause.min(LONGEST_ASKED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_limit_and_differ() {
        let mut backoff = Backoff::new();
        let pauses = (0..10).map(|_| backoff.next()).collect::<Vec<_>>();
        for (index, pause) in pauses.iter().enumerate() {
            let longest = LONGEST.min(FIRST * (1 << index));
            assert!((longest / 2..=longest).contains(pause), "{pauses:?}");
        }
        assert_ne!(pauses[8], pauses[9]);
    }

    #[test]
    fn retry_after_has_two_forms() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let asked = |value: &str| {
            let headers = HeaderMap::from_iter([(header::RETRY_AFTER, value.parse().unwrap())]);
            retry_after(&headers, now)
        };
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("99999999999"), Some(LONGEST_ASKED));
        assert_eq!(asked("-1"), None);
        assert_eq!(asked("soon"), None);
        assert_eq!(retry_after(&HeaderMap::new(), now), None);
    }

    #[test]
    fn only_four_statuses_are_tried_again() {
        let retryable = (100..600).filter(|status| StatusCode::from_u16(*status).is_ok_and(is_retryable));
        assert_eq!(retryable.collect::<Vec<_>>(), [429, 502, 503, 504]);
    }
}
