//! What an answer means, for all exporters that send over a network.
//!
//! Follows the OTLP specification, "Retryable Response Codes", "OTLP/HTTP Throttling" and "OTLP/gRPC Throttling".

use std::time::{Duration, SystemTime};

use super::error::ExportError;

/// Larger requests are not sent. OTLP exporter specification, "Request size limit".
const MAX_REQUEST: usize = 64 << 20;

/// Whether a request may be sent. Incompressible bytes grow by a few in a thousand at most, so what passes here passes
/// compressed.
pub(crate) fn check_size(bytes: usize) -> Result<(), ExportError> {
    if bytes > MAX_REQUEST {
        let reason = format!("a request of {bytes} bytes is over the limit of {MAX_REQUEST}: make batches smaller");
        return Err(ExportError::too_large(reason));
    }
    Ok(())
}

/// How much of a receiver's explanation is repeated.
const MAX_EXPLANATION: usize = 300;

/// What a status other than 2xx means. `reason` says it in words.
pub(crate) fn of_http_status(status: u16, reason: String, retry_after: Option<Duration>) -> ExportError {
    let error = match status {
        429 | 502 | 503 | 504 => match retry_after {
            Some(pause) => ExportError::later(reason).after(pause),
            None => ExportError::later(reason),
        },
        413 => ExportError::too_large(reason),
        _ => ExportError::new(reason),
    };
    error.answered().of_class(format!("status {status}"))
}

/// What to do about a status, in words that go on from it.
pub(crate) const fn advice_for_http_status(status: u16) -> &'static str {
    match status {
        300..=399 => "; redirects are not followed: set the endpoint to where it points",
        401 | 403 => "; check the credentials in OTEL_EXPORTER_OTLP_HEADERS",
        404 | 405 => "; check the path of the endpoint: receivers of OTLP/HTTP listen at /v1/traces",
        407 => "; the proxy wants a user name and password in its URL",
        413 => "; make batches smaller, or raise the receiver's limit",
        415 => "; the receiver must accept the content type that is sent: see OTEL_EXPORTER_OTLP_PROTOCOL",
        _ => "",
    }
}

/// The pause that `Retry-After` asks for, in either of its forms.
pub(crate) fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    match value.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        // A time that has passed asks for no pause.
        Err(_) => Some(httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default()),
    }
}

/// What a gRPC status means. `details` is the encoded `google.rpc.Status` that may come with it.
#[cfg(feature = "otlp-grpc")]
pub(crate) fn of_grpc_status(code: i32, reason: String, details: &[u8]) -> ExportError {
    let asked = traced_core::__runtime::response::retry_delay(details);
    let later = |reason| match asked {
        Some(pause) => ExportError::later(reason).after(pause),
        None => ExportError::later(reason),
    };
    let error = match code {
        // OUT_OF_RANGE is what servers made with tonic say of a request over their limit.
        11 if reason.contains("message length too large") => ExportError::too_large(reason),
        // CANCELLED, DEADLINE_EXCEEDED, ABORTED, OUT_OF_RANGE, UNAVAILABLE, DATA_LOSS.
        1 | 4 | 10 | 11 | 14 | 15 => later(reason),
        // RESOURCE_EXHAUSTED: for a time if it says so, else what was sent is too large.
        8 if asked.is_some() => later(reason),
        8 => ExportError::too_large(reason),
        _ => ExportError::new(reason),
    };
    error.answered().of_class(format!("code {code}"))
}

/// A receiver's explanation as it may be shown: it ends up in a terminal or a log, so that it is one line without
/// control characters.
pub(crate) fn explanation(text: &str) -> Option<String> {
    let text = text.trim().chars().take(MAX_EXPLANATION).map(|c| if c.is_control() { ' ' } else { c });
    Some(text.collect::<String>()).filter(|text| !text.is_empty())
}

#[cfg(all(test, feature = "otlp-grpc"))]
mod grpc_tests {
    use std::time::Duration;

    use super::of_grpc_status;
    use crate::export::error::Verdict;

    #[test]
    fn seven_codes_pass_two_ask_for_less_and_all_others_are_final() {
        for code in 1..=16 {
            let error = of_grpc_status(code, "why".to_owned(), b"");
            let is_right = match error.verdict() {
                Verdict::Later(pause) => {
                    [1, 4, 10, 11, 14, 15].contains(&code) && pause.is_answer && pause.asked.is_none()
                }
                Verdict::TooLarge => code == 8,
                Verdict::Refused(None) => ![1, 4, 8, 10, 11, 14, 15].contains(&code),
                Verdict::Refused(Some(_)) => false,
            };
            assert!(is_right, "{code}: {error:?}");
        }
        let reason = "decoded message length too large: found 9 bytes, the limit is: 7 bytes";
        assert_eq!(of_grpc_status(11, reason.to_owned(), b"").verdict(), Verdict::TooLarge);
    }

    #[test]
    fn a_delay_that_is_asked_for_is_taken_over() {
        let details = b"\x08\x08\x1a\x31\x0a\x28type.googleapis.com/google.rpc.RetryInfo\x12\x05\x0a\x03\x08\xac\x02";
        for (code, passes) in [(8, true), (14, true), (13, false)] {
            let asked = match of_grpc_status(code, String::new(), details).verdict() {
                Verdict::Later(pause) => pause.asked,
                _ => None,
            };
            assert_eq!(asked, passes.then_some(Duration::from_secs(300)), "{code}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::export::error::Verdict;

    #[test]
    fn retry_after_has_two_forms() {
        let now = httpdate::parse_http_date("Sun, 06 Nov 1994 08:49:37 GMT").unwrap();
        let asked = |value: &str| retry_after(value, now);
        assert_eq!(asked("7"), Some(Duration::from_secs(7)));
        assert_eq!(asked(" 0 "), Some(Duration::ZERO));
        assert_eq!(asked("Sun, 06 Nov 1994 08:49:47 GMT"), Some(Duration::from_secs(10)));
        assert_eq!(asked("Sun, 06 Nov 1994 08:00:00 GMT"), Some(Duration::ZERO));
        assert_eq!(asked("-1"), None);
        assert_eq!(asked("soon"), None);
        assert_eq!(asked(""), None);
    }

    #[test]
    fn four_statuses_pass_one_asks_for_less_and_all_others_are_final() {
        for status in (100..200).chain(300..600) {
            let error = of_http_status(status, String::new(), None);
            let is_right = match error.verdict() {
                Verdict::Later(pause) => [429, 502, 503, 504].contains(&status) && pause.is_answer,
                Verdict::TooLarge => status == 413,
                Verdict::Refused(None) => ![413, 429, 502, 503, 504].contains(&status),
                Verdict::Refused(Some(_)) => false,
            };
            assert!(is_right, "{status}: {error:?}");
        }
    }
}
