//! The entry `ot` of a `tracestate`.
//!
//! Follows the OpenTelemetry specification, "TraceState Handling" and "TraceState: Probability Sampling".

use std::fmt;

/// How many bits a threshold and a randomness value have.
const BITS: u32 = 56;
/// How many hexadecimal digits that is.
const DIGITS: usize = 14;

/// OpenTelemetry's entry `ot` of a `tracestate`: the sampling threshold `th`, the explicit
/// randomness `rv`, and whatever else is there, which is kept as it came.
///
/// ```
/// use traced::TraceState;
/// let state: TraceState = "ot=rv:6e6d1a75832a2f;x:1,rojo=7".parse()?;
/// assert_eq!(state.ot().rv(), Some(0x6e6d1a75832a2f));
/// let sampled = state.with_ot(&state.ot().with_th(Some(1 << 55)))?;
/// assert_eq!(sampled.as_str(), "ot=th:8;rv:6e6d1a75832a2f;x:1,rojo=7");
/// # Ok::<(), traced::TraceStateError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct OtelTraceState {
    th: Option<u64>,
    rv: Option<u64>,
    /// Well-formed sub-keys that this version does not know, joined by `;`.
    others: String,
}

impl OtelTraceState {
    /// Reads the value of an `ot` entry. What is malformed is left out; of a repeated `th` or `rv` the first counts.
    pub(super) fn parse(value: &str) -> Self {
        let mut state = Self::default();
        for (key, part) in value.split(';').filter_map(split_member) {
            match key {
                "th" => state.th = state.th.or_else(|| parse_threshold(part)),
                "rv" => state.rv = state.rv.or_else(|| parse_randomness(part)),
                _ => state.push_other(key, part),
            }
        }
        state
    }

    /// The rejection threshold: of 2^56 randomness values, those below it are not sampled. Always below 2^56.
    #[must_use]
    pub const fn th(&self) -> Option<u64> {
        self.th
    }

    /// The explicit randomness of the trace, which replaces that of its id. Always below 2^56.
    #[must_use]
    pub const fn rv(&self) -> Option<u64> {
        self.rv
    }

    /// This entry with another rejection threshold. From 2^56 on, nothing is sampled, which `th` cannot say: `None`.
    #[must_use]
    pub fn with_th(self, threshold: Option<u64>) -> Self {
        Self { th: threshold.filter(|threshold| threshold >> BITS == 0), ..self }
    }

    /// This entry with another explicit randomness, of which the low 56 bits count.
    #[must_use]
    pub fn with_rv(self, randomness: Option<u64>) -> Self {
        Self { rv: randomness.map(|randomness| randomness & ((1 << BITS) - 1)), ..self }
    }

    /// Whether there is nothing to carry.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.th.is_none() && self.rv.is_none() && self.others.is_empty()
    }

    fn push_other(&mut self, key: &str, value: &str) {
        if !self.others.is_empty() {
            self.others.push(';');
        }
        self.others.extend([key, ":", value]);
    }
}

/// The value of the `ot` entry.
impl fmt::Display for OtelTraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        if let Some(threshold) = self.th {
            let digits = format!("{threshold:0DIGITS$x}");
            let significant = digits.trim_end_matches('0');
            write!(f, "th:{}", if significant.is_empty() { "0" } else { significant })?;
            separator = ";";
        }
        if let Some(randomness) = self.rv {
            write!(f, "{separator}rv:{randomness:0DIGITS$x}")?;
            separator = ";";
        }
        if !self.others.is_empty() {
            f.write_str(separator)?;
            f.write_str(&self.others)?;
        }
        Ok(())
    }
}

fn split_member(member: &str) -> Option<(&str, &str)> {
    let (key, value) = member.split_once(':')?;
    let key_is_valid = key.starts_with(|first: char| first.is_ascii_lowercase())
        && key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let value_is_valid = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    (key_is_valid && value_is_valid).then_some((key, value))
}

/// One to 14 hexadecimal digits, the left ones of a number of 14.
fn parse_threshold(digits: &str) -> Option<u64> {
    let missing = DIGITS.checked_sub(digits.len())?;
    parse_hex(digits).map(|number| number << (4 * missing))
}

/// Exactly 14 hexadecimal digits.
fn parse_randomness(digits: &str) -> Option<u64> {
    parse_hex(digits).filter(|_| digits.len() == DIGITS)
}

fn parse_hex(digits: &str) -> Option<u64> {
    let all_valid = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !all_valid { None } else { u64::from_str_radix(digits, 16).ok() }
}
