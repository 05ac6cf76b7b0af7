//! The name that an error's `Debug` begins with.

use std::fmt::{self, Write};

/// What `Debug` of `std::io::Error`, of `anyhow::Error` and of their like begins with, which says nothing.
const EMPTY_WORDS: [&str; 4] = ["Custom", "Error", "Kind", "Os"];

/// How long a name may be.
const LONGEST: usize = 48;

/// The name that a value's `Debug` begins with: of the variant of an enum, or of the type.
pub(crate) struct Variant(Start);

impl Variant {
    /// `None` when `Debug` does not begin with such a name, as where it writes a text.
    pub(crate) fn of(value: &(impl fmt::Debug + ?Sized)) -> Option<Self> {
        let mut start = Start { bytes: [0; LONGEST], len: 0, is_over: false, is_text: false };
        // It fails on purpose once the name is known, so that the rest is not formatted.
        let _stopped = write!(start, "{value:?}");
        let is_name = start.bytes[0].is_ascii_uppercase() && !start.is_text;
        let is_empty = EMPTY_WORDS.iter().any(|word| word.as_bytes() == &start.bytes[..start.len]);
        (is_name && !is_empty).then_some(Self(start))
    }

    /// Whether a type of this name is meant, and no variant.
    pub(crate) fn is_type(&self, type_name: &str) -> bool {
        let has_generics = type_name.ends_with('>');
        let path = type_name.split_once('<').filter(|_| has_generics).map_or(type_name, |(path, _)| path);
        let name = &self.0.bytes[..self.0.len];
        path.as_bytes().strip_suffix(name).is_some_and(|before| before.ends_with(b"::"))
    }

    /// The name.
    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0.bytes[..self.0.len]).unwrap_or_default()
    }
}

/// Takes what is written up to the end of the first word.
struct Start {
    bytes: [u8; LONGEST],
    len: usize,
    /// A blank has come after the word.
    is_over: bool,
    /// What follows the word is more text, not fields.
    is_text: bool,
}

impl Write for Start {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let bytes = text.as_bytes();
        let word = if self.is_over { 0 } else { bytes.iter().take_while(|byte| is_word(byte)).count() };
        let Some(free) = self.bytes.get_mut(self.len..self.len + word) else {
            self.is_text = true;
            return Err(fmt::Error);
        };
        free.copy_from_slice(&bytes[..word]);
        self.len += word;
        let mut rest = bytes[word..].iter().skip_while(|byte| **byte == b' ');
        self.is_over |= word < bytes.len();
        match rest.next() {
            None => Ok(()),
            Some(b'(' | b'{') => Err(fmt::Error),
            Some(_) => {
                self.is_text = true;
                Err(fmt::Error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Variant;

    #[derive(Debug)]
    #[allow(dead_code, reason = "read by `Debug`")]
    enum Sample {
        Unit,
        Tuple(u8),
        Named { field: u8 },
    }

    fn of(value: impl std::fmt::Debug) -> Option<String> {
        Variant::of(&value).map(|variant| variant.as_str().to_owned())
    }

    #[test]
    fn names_of_variants() {
        let named = [Sample::Unit, Sample::Tuple(1), Sample::Named { field: 1 }].map(of);
        assert_eq!(named, ["Unit", "Tuple", "Named"].map(|name| Some(name.to_owned())));
    }

    #[test]
    fn a_text_is_no_name() {
        assert_eq!(of("Refused"), None, "quoted");
        assert_eq!(of(format_args!("User 7 was not found")), None);
        assert_eq!(of(format_args!("reqwest::Error {{ kind: .. }}")), None);
        assert_eq!(of(format_args!("{}", "A".repeat(100))), None);
        assert_eq!(of(format_args!("")), None);
    }
}
