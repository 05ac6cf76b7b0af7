//! How many columns of a terminal text takes.

use std::borrow::Cow;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Columns of a terminal that a text takes.
pub(super) fn width(text: &str) -> usize {
    text.width()
}

/// The text if it fits into so many columns, or its beginning and an ellipsis.
pub(super) fn shorten(text: &str, columns: usize) -> Cow<'_, str> {
    if text.width() <= columns {
        return Cow::Borrowed(text);
    }
    let mut used = 1;
    let mut fits = |char: char| {
        used += char.width().unwrap_or(0);
        used <= columns
    };
    let kept = text.chars().take_while(|char| fits(*char)).chain(Some('…').filter(|_| columns > 0));
    // Joined emoji may come out narrower than the sum of their parts, never wider.
    Cow::Owned(kept.collect())
}

/// Appends `text` and blanks up to so many columns.
pub(super) fn pad(to: &mut String, text: &str, columns: usize) {
    to.push_str(text);
    to.extend(std::iter::repeat_n(' ', columns.saturating_sub(text.width())));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shortened_text_fits() {
        assert_eq!(shorten("abcdef", 6), "abcdef");
        assert_eq!(shorten("abcdef", 5), "abcd…");
        assert_eq!(shorten("漢字漢字", 6), "漢字…");
        assert_eq!(shorten("abc", 0), "");
    }
}
