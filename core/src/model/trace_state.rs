//! The W3C `tracestate`.
//!
//! Follows W3C Trace Context Level 2, "Tracestate Header", and the OpenTelemetry trace API, "TraceState".

mod otel;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

pub use otel::OtelTraceState;

/// The most entries a list may have.
const MAX_MEMBERS: usize = 32;
/// The most characters a key or a value may have.
const MAX_LENGTH: usize = 256;
/// The key of the one entry that belongs to OpenTelemetry.
const OTEL_KEY: &str = "ot";

/// The W3C `tracestate`: vendors' key-value pairs that travel with a trace. Immutable; changes make a new one.
///
/// It holds a valid list at all times: at most 32 entries, each key once, the latest change first. Cloning
/// counts a reference; an empty one owns no memory, a full one at most 16,447 bytes.
///
/// ```
/// use traced::TraceState;
/// let received: TraceState = "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE".parse()?;
/// let sent = received.insert("congo", "ucfJifl5GOE")?;
/// assert_eq!(sent.get("rojo"), Some("00f067aa0ba902b7"));
/// assert_eq!(sent.as_str(), "congo=ucfJifl5GOE,rojo=00f067aa0ba902b7");
/// assert!(received.insert("Congo", "upper case is not allowed in a key").is_err());
/// # Ok::<(), traced::TraceStateError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct TraceState {
    /// The list as it is sent: valid entries, no white space around them. `None` when there are none.
    header: Option<Arc<str>>,
}

/// Why a `tracestate` was refused.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TraceStateError {
    /// The key is not 1 to 256 of `a-z 0-9 _ - * / @`, starting with a letter or a digit.
    InvalidKey,
    /// The value is not 1 to 256 printable ASCII characters without `,` and `=`, the last one not a space.
    InvalidValue,
    /// An entry has no `=`.
    InvalidMember,
    /// There are more than 32 entries.
    TooManyMembers,
    /// The `ot` entry belongs to OpenTelemetry; its parts are written with [`TraceState::with_ot`].
    ReservedKey,
    /// The `ot` entry would be longer than 256 characters.
    OtelTooLong,
}

impl TraceState {
    /// No entries.
    pub const EMPTY: Self = Self { header: None };

    /// Reads a list from the values of all `tracestate` headers, in the order they arrived.
    ///
    /// Empty entries and white space around entries are ignored. When a key occurs again, the first entry, which is
    /// the latest change, is kept. Memory is taken only for a valid list that is not empty.
    ///
    /// # Errors
    /// One invalid entry, or more than 32 of them, makes the whole list invalid.
    pub fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> Result<Self, TraceStateError> {
        let mut members = [("", ""); MAX_MEMBERS];
        let (mut seen, mut kept) = (0, 0);
        let parts = values.into_iter().flat_map(|value| value.split(','));
        for part in parts.map(trim_whitespace).filter(|part| !part.is_empty()) {
            seen += 1;
            if seen > MAX_MEMBERS {
                return Err(TraceStateError::TooManyMembers);
            }
            let member = parse_member(part)?;
            if !members[..kept].iter().any(|(key, _)| *key == member.0) {
                members[kept] = member;
                kept += 1;
            }
        }
        Ok(Self::join(members[..kept].iter().copied()))
    }

    /// Whether there are no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.header.is_none()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// The header's value; empty when there are no entries.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.header.as_deref().unwrap_or_default()
    }

    /// The entries, the latest change first.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.as_str().split(',').filter_map(|member| member.split_once('='))
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.iter().find(|(name, _)| *name == key).map(|(_, value)| value)
    }

    /// A list with this entry added or changed, and in front, as the W3C demands of changed entries.
    ///
    /// When a 33rd entry would arise, the last one, which is the oldest, is left out.
    ///
    /// # Errors
    /// When the key or value is invalid, or the key is `ot`, which belongs to OpenTelemetry.
    pub fn insert(&self, key: &str, value: &str) -> Result<Self, TraceStateError> {
        if key == OTEL_KEY {
            return Err(TraceStateError::ReservedKey);
        }
        check_key(key)?;
        check_value(value)?;
        Ok(self.put_first(key, value))
    }

    /// A list without the entry `key`, in the same order; an equal one when there is no such entry.
    #[must_use]
    pub fn remove(&self, key: &str) -> Self {
        match self.get(key) {
            Some(_) => Self::join(self.iter().filter(|(name, _)| *name != key)),
            None => self.clone(),
        }
    }

    /// OpenTelemetry's own entry `ot`, for samplers.
    #[must_use]
    pub fn ot(&self) -> OtelTraceState {
        self.get(OTEL_KEY).map_or_else(OtelTraceState::default, OtelTraceState::parse)
    }

    /// A list with the entry `ot` replaced, and in front if that changed it; removed when `ot` is empty.
    ///
    /// # Errors
    /// When the entry would exceed 256 characters. `ot.with_th(None)` always fits, so a sampler that cannot state
    /// its threshold should write that, rather than leave one that is wrong.
    pub fn with_ot(&self, ot: &OtelTraceState) -> Result<Self, TraceStateError> {
        let value = ot.to_string();
        if value.is_empty() {
            return Ok(self.remove(OTEL_KEY));
        }
        check_value(&value).map_err(|_| TraceStateError::OtelTooLong)?;
        match self.get(OTEL_KEY) {
            Some(old) if old == value => Ok(self.clone()),
            _ => Ok(self.put_first(OTEL_KEY, &value)),
        }
    }

    /// The same within so many bytes: entries of more than 128 bytes are left out first, then others, from the last one on.
    ///
    /// Follows W3C Trace Context Level 2, "tracestate Limits".
    pub(crate) fn shortened(self, most: usize) -> Self {
        const LONG: usize = 128;
        if self.as_str().len() <= most {
            return self;
        }
        let mut members: Vec<&str> = self.as_str().split(',').collect();
        let mut length = self.as_str().len();
        for least in [LONG, 0] {
            let mut place = members.len();
            while length > most && place > 0 {
                place -= 1;
                if members[place].len() > least {
                    length -= members.remove(place).len() + 1;
                }
            }
        }
        Self { header: (!members.is_empty()).then(|| members.join(",").into()) }
    }

    fn put_first(&self, key: &str, value: &str) -> Self {
        let others = self.iter().filter(|(name, _)| *name != key).take(MAX_MEMBERS - 1);
        Self::join(std::iter::once((key, value)).chain(others))
    }

    fn join<'a>(members: impl Iterator<Item = (&'a str, &'a str)>) -> Self {
        let mut header = String::new();
        for (key, value) in members {
            if !header.is_empty() {
                header.push(',');
            }
            header.extend([key, "=", value]);
        }
        Self { header: (!header.is_empty()).then(|| header.into()) }
    }
}

impl FromStr for TraceState {
    type Err = TraceStateError;

    fn from_str(value: &str) -> Result<Self, Self::Err> {
        Self::parse([value])
    }
}

impl fmt::Display for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for TraceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TraceState").field(&self.as_str()).finish()
    }
}

impl fmt::Display for TraceStateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::InvalidKey => "invalid tracestate key: 1 to 256 of a-z 0-9 _ - * / @, first a letter or digit",
            Self::InvalidValue => "invalid tracestate value: 1 to 256 printable ASCII characters without `,` and `=`",
            Self::InvalidMember => "invalid tracestate entry: it has no `=`",
            Self::TooManyMembers => "invalid tracestate: more than 32 entries",
            Self::ReservedKey => "the tracestate entry `ot` belongs to OpenTelemetry: choose another key",
            Self::OtelTooLong => "the tracestate entry `ot` would exceed 256 characters",
        })
    }
}

impl std::error::Error for TraceStateError {}

/// Without the spaces and tabs around it; other white space is not what HTTP calls optional.
pub(crate) fn trim_whitespace(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

fn parse_member(part: &str) -> Result<(&str, &str), TraceStateError> {
    let (key, value) = part.split_once('=').ok_or(TraceStateError::InvalidMember)?;
    check_key(key)?;
    check_value(value)?;
    Ok((key, value))
}

fn check_key(key: &str) -> Result<(), TraceStateError> {
    let first_is_valid = key.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit());
    let all_valid = key.bytes().all(|byte| {
        byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-' | b'*' | b'/' | b'@')
    });
    match first_is_valid && all_valid && key.len() <= MAX_LENGTH {
        true => Ok(()),
        false => Err(TraceStateError::InvalidKey),
    }
}

fn check_value(value: &str) -> Result<(), TraceStateError> {
    let all_valid = value.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b',' && byte != b'=');
    match !value.is_empty() && value.len() <= MAX_LENGTH && all_valid && !value.ends_with(' ') {
        true => Ok(()),
        false => Err(TraceStateError::InvalidValue),
    }
}

#[cfg(test)]
mod tests;
