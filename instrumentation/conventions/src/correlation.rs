//! Correlation ids: what a caller may choose, and what must not get into logs.

/// The longest id that is taken over, in bytes.
const LONGEST: usize = 128;

/// Whether an id that came from outside may be used: 1 to 128 characters of `A` to `Z`, `a` to `z`, `0` to `9`, `.`, `_`
/// and `-`. Anything else could break a line of a log or a header; take a new one, as the trace id, instead.
///
/// ```
/// use traced_conventions::correlation::is_valid;
/// assert!(is_valid("order-7.b_3"));
/// assert!(!is_valid("a\nb") && !is_valid(""));
/// ```
#[must_use]
pub fn is_valid(id: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    (1..=LONGEST).contains(&id.len()) && id.bytes().all(is_allowed)
}
