//! The caller's context from the headers of HTTP, without a general carrier.

use http::header::HeaderMap;

use crate::model::id::{SpanId, TraceFlags, TraceId};
use crate::model::span_context::SpanContext;
use crate::model::trace_state::TraceState;
use crate::propagate::global;
use crate::tracer::context::Context;

/// Reads the context of a header map as [`propagation::extract`](crate::propagation::extract) does, faster where the W3C's formats are
/// used, as they are by default: a request with one well-formed `traceparent` and neither `tracestate` nor `baggage`
/// takes no allocation. Everything else goes the general way.
#[must_use]
pub fn extract(headers: &HeaderMap) -> Context {
    fast(headers).unwrap_or_else(|| global::extract(headers))
}

/// `None` where there is more to it.
#[inline]
fn fast(headers: &HeaderMap) -> Option<Context> {
    let reads_baggage = global::is_w3c()?;
    let mut parent = None;
    // One look at all names is cheaper than three by hash.
    for (name, value) in headers {
        match name.as_str() {
            "traceparent" if parent.is_none() => parent = Some(value),
            "traceparent" | "tracestate" => return None,
            "baggage" if reads_baggage => return None,
            _ => {}
        }
    }
    let Some(parent) = parent else { return Some(Context::current()) };
    let (trace_id, span_id, flags) = traceparent(parent.as_bytes())?;
    Some(Context::current().with_span_context(SpanContext::remote(trace_id, span_id, flags, TraceState::EMPTY)))
}

/// A `traceparent` of version 00 as it is written: `00-32 digits-16 digits-2 digits`.
fn traceparent(value: &[u8]) -> Option<(TraceId, SpanId, TraceFlags)> {
    let (version, rest) = value.split_first_chunk::<3>()?;
    let (high_digits, rest) = rest.split_first_chunk::<16>()?;
    let (low_digits, rest) = rest.split_first_chunk::<16>()?;
    let (dash, rest) = rest.split_first_chunk::<1>()?;
    let (span_id, rest) = rest.split_first_chunk::<16>()?;
    let [b'-', high, low] = *rest else { return None };
    if version != b"00-" || dash != b"-" {
        return None;
    }
    let trace = u128::from(number(high_digits)?) << 64 | u128::from(number(low_digits)?);
    let span = number(span_id)?;
    let flags = eight_digits([b'0', b'0', b'0', b'0', b'0', b'0', high, low])?;
    let (trace_id, span_id) = (TraceId::from_u128(trace), SpanId::from_u64(span));
    let is_valid = trace_id.is_valid() && span_id.is_valid();
    is_valid.then(|| (trace_id, span_id, TraceFlags::from_byte(flags as u8)))
}

/// The number that sixteen lower-case hexadecimal digits are.
#[inline]
fn number(digits: &[u8; 16]) -> Option<u64> {
    let (high, low) = digits.split_first_chunk::<8>()?;
    let low = low.first_chunk::<8>()?;
    Some(u64::from(eight_digits(*high)?) << 32 | u64::from(eight_digits(*low)?))
}

/// Eight digits at once, a byte of a word each.
#[inline]
fn eight_digits(digits: [u8; 8]) -> Option<u32> {
    const EACH: u64 = 0x0101_0101_0101_0101;
    let text = u64::from_be_bytes(digits);
    // Letters have the bit 0x40, and count from 1.
    let values = (text & (0x0f * EACH)) + 9 * ((text >> 6) & EACH);
    // Written back, they must be what was read: anything else, upper case too, becomes something else.
    let letters = ((values + 6 * EACH) >> 4) & EACH;
    let written = values + 0x30 * EACH + 0x27 * letters;
    if written != text || values & (0xf0 * EACH) != 0 {
        return None;
    }
    let pairs = (values | (values >> 4)) & 0x00ff_00ff_00ff_00ff;
    let fours = (pairs | (pairs >> 8)) & 0x0000_ffff_0000_ffff;
    Some((fours | (fours >> 16)) as u32)
}

#[cfg(test)]
mod tests {
    use super::traceparent;

    #[test]
    fn only_what_is_surely_right_is_read_here() {
        let right = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        let (trace_id, span_id, flags) = traceparent(right.as_bytes()).expect("well-formed");
        assert_eq!(trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(span_id.to_string(), "00f067aa0ba902b7");
        assert_eq!(flags.to_byte(), 1);
        for at in 0..right.len() {
            for byte in (0..=0xff).filter(|byte| !matches!(byte, b'0'..=b'9' | b'a'..=b'f')) {
                let mut wrong = right.as_bytes().to_vec();
                if wrong[at] != byte {
                    wrong[at] = byte;
                    assert!(traceparent(&wrong).is_none(), "{}", String::from_utf8_lossy(&wrong));
                }
            }
            assert!(traceparent(&right.as_bytes()[..at]).is_none());
        }
        let zero = [
            right.replace("4bf92f3577b34da6a3ce929d0e0e4736", &"0".repeat(32)),
            right.replace("00f067aa0ba902b7", &"0".repeat(16)),
        ];
        assert!(zero.iter().all(|wrong| traceparent(wrong.as_bytes()).is_none()));
    }
}
