//! Trace and span ids, and the W3C trace flags.
//!
//! Follows the OpenTelemetry trace API, "SpanContext".

use std::fmt;
use std::str::FromStr;

/// The 16-byte id that all spans of one trace share.
///
/// ```
/// use traced::TraceId;
/// let id = TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").unwrap();
/// assert_eq!(id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert!(!TraceId::INVALID.is_valid());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct TraceId(u128);

/// The 8-byte id of one span.
///
/// ```
/// use traced::SpanId;
/// let id = SpanId::from_hex("00f067aa0ba902b7").unwrap();
/// assert_eq!(id.to_bytes(), [0, 0xf0, 0x67, 0xaa, 0x0b, 0xa9, 0x02, 0xb7]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct SpanId(u64);

/// The W3C trace flags: bit 0 is Sampled, bit 1 is Random (Level 2).
///
/// Other bits are kept while reading and zeroed when sent, as the W3C text demands.
///
/// ```
/// use traced::TraceFlags;
/// let flags = TraceFlags::SAMPLED.with_random(true);
/// assert!(flags.is_sampled() && flags.is_random());
/// assert_eq!(flags.to_byte(), 3);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct TraceFlags(u8);

impl TraceId {
    /// The all-zero id, which is not valid.
    pub const INVALID: Self = Self(0);

    /// From an integer whose big-endian bytes are the id.
    #[must_use]
    pub const fn from_u128(id: u128) -> Self {
        Self(id)
    }

    /// The integer whose big-endian bytes are the id.
    #[must_use]
    pub const fn to_u128(self) -> u128 {
        self.0
    }

    /// From the 16 bytes of the id.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_be_bytes(bytes))
    }

    /// The 16 bytes of the id.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    /// From exactly 32 lower-case hexadecimal digits; anything else, all zeros included, is `None`.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        parse_lower_hex(hex, 32).filter(|id| *id != 0).map(Self)
    }

    /// Whether at least one byte is not zero.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }
}

impl SpanId {
    /// The all-zero id, which is not valid.
    pub const INVALID: Self = Self(0);

    /// From an integer whose big-endian bytes are the id.
    #[must_use]
    pub const fn from_u64(id: u64) -> Self {
        Self(id)
    }

    /// The integer whose big-endian bytes are the id.
    #[must_use]
    pub const fn to_u64(self) -> u64 {
        self.0
    }

    /// From the 8 bytes of the id.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }

    /// The 8 bytes of the id.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// From exactly 16 lower-case hexadecimal digits; anything else, all zeros included, is `None`.
    #[must_use]
    pub fn from_hex(hex: &str) -> Option<Self> {
        let id = parse_lower_hex(hex, 16).filter(|id| *id != 0)?;
        u64::try_from(id).ok().map(Self)
    }

    /// Whether at least one byte is not zero.
    #[must_use]
    pub const fn is_valid(self) -> bool {
        self.0 != 0
    }
}

impl TraceFlags {
    /// No flag set.
    pub const NONE: Self = Self(0);
    /// The trace is sampled.
    pub const SAMPLED: Self = Self(1);
    /// At least the rightmost 56 bits of the trace id are random.
    pub const RANDOM: Self = Self(2);

    /// From the byte of a `traceparent` header.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Self {
        Self(byte)
    }

    /// The byte, unknown bits included.
    #[must_use]
    pub const fn to_byte(self) -> u8 {
        self.0
    }

    /// Only the bits this version knows; what is sent on.
    #[must_use]
    pub const fn known(self) -> Self {
        Self(self.0 & 3)
    }

    /// Whether the Sampled bit is set.
    #[must_use]
    pub const fn is_sampled(self) -> bool {
        self.0 & 1 != 0
    }

    /// Whether the Random bit is set.
    #[must_use]
    pub const fn is_random(self) -> bool {
        self.0 & 2 != 0
    }

    /// These flags with the Sampled bit as given.
    #[must_use]
    pub const fn with_sampled(self, sampled: bool) -> Self {
        Self(self.0 & !1 | sampled as u8)
    }

    /// These flags with the Random bit as given.
    #[must_use]
    pub const fn with_random(self, random: bool) -> Self {
        Self(self.0 & !2 | (random as u8) << 1)
    }
}

fn parse_lower_hex(hex: &str, digits: usize) -> Option<u128> {
    let lower = hex.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    if hex.len() != digits || !lower {
        return None;
    }
    u128::from_str_radix(hex, 16).ok()
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text is no valid id: not of exactly 32 or 16 lower-case hexadecimal digits, or all zeros.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct ParseIdError;

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an id has 32 (of a trace) or 16 (of a span) lower-case hexadecimal digits, not all zeros")
    }
}

impl std::error::Error for ParseIdError {}

macro_rules! text_of_id {
    ($($id:ty),*) => {$(
        impl FromStr for $id {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                Self::from_hex(text).ok_or(ParseIdError)
            }
        }

        impl fmt::LowerHex for $id {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        /// As text.
        #[cfg(feature = "serde")]
        impl serde::Serialize for $id {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        /// From text.
        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $id {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str> as serde::Deserialize>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

text_of_id!(TraceId, SpanId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips_and_rejects() {
        let id = TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736);
        assert_eq!(TraceId::from_hex(&id.to_string()), Some(id));
        assert_eq!(TraceId::from_bytes(id.to_bytes()), id);
        for bad in ["", "0", &"0".repeat(32), &"A".repeat(32), &"a".repeat(33), &"é".repeat(16)] {
            assert_eq!(TraceId::from_hex(bad), None, "{bad}");
        }
        assert_eq!(SpanId::from_hex("+0f067aa0ba902b7"), None);
        assert_eq!((id.to_string().parse(), "x".parse::<SpanId>()), (Ok(id), Err(ParseIdError)));
        assert_eq!(format!("{id:x}"), id.to_string());
    }

    #[test]
    fn flags() {
        let all = TraceFlags::from_byte(0xff);
        assert_eq!(all.known().to_byte(), 3);
        assert_eq!(all.with_sampled(false).with_random(false).to_byte(), 0xfc);
    }
}
