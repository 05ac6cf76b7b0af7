//! How values, durations and foreign text look on a screen.

use std::borrow::Cow;
use std::fmt::Write;

use crate::value::{KeyValue, Value};

/// Longer texts are cut before anything else is done with them.
const MAX_TEXT: usize = 4096;

/// Makes text from anywhere harmless: control characters, which could steer the terminal or break a line, and the
/// characters that reverse the direction of writing, are shown as escapes. Very long text is cut.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    let text = match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    };
    if !text.contains(is_harmful) {
        return text;
    }
    let mut cleaned = String::with_capacity(text.len() + 16);
    for char in text.chars() {
        match char {
            '\n' | '\r' | '\t' => cleaned.extend(char.escape_default()),
            _ if is_harmful(char) => cleaned.extend(char.escape_unicode()),
            _ => cleaned.push(char),
        }
    }
    Cow::Owned(cleaned)
}

fn is_harmful(char: char) -> bool {
    let turns_direction =
        matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let breaks_line = matches!(char, '\u{2028}' | '\u{2029}');
    char.is_control() || turns_direction || breaks_line
}

/// Three significant digits and a unit: `850 ns`, `68.4 ms`, `2 min 05 s`.
pub(crate) fn duration(nanos: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    // A value that rounds up to the next unit is written in that unit.
    match nanos {
        0..1_000 => format!("{nanos} ns"),
        1_000..999_500 => three_digits(nanos, 1_000, "µs"),
        999_500..999_500_000 => three_digits(nanos, 1_000_000, "ms"),
        999_500_000..60_000_000_000 => three_digits(nanos, SECOND, "s"),
        _ => {
            let seconds = nanos / SECOND;
            let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
            if hours > 0 { format!("{hours} h {minutes:02} min") } else { format!("{minutes} min {seconds:02} s") }
        }
    }
}

fn three_digits(nanos: u64, unit: u64, name: &str) -> String {
    let thousandths = (nanos * 10 + unit / 200) / (unit / 100);
    match thousandths {
        0..9_995 => hundredths(nanos, unit, 100, 2, name),
        9_995..99_950 => hundredths(nanos, unit, 10, 1, name),
        _ => format!("{} {name}", (nanos + unit / 2) / unit),
    }
}

fn hundredths(nanos: u64, unit: u64, parts: u64, digits: usize, name: &str) -> String {
    let value = (nanos + unit / parts / 2) / (unit / parts);
    format!("{}.{:0digits$} {name}", value / parts, value % parts)
}

/// A whole number with separators: `12,345`.
pub(crate) fn count(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `key=value`, harmless on a terminal.
pub(crate) fn attribute(attribute: &KeyValue) -> String {
    let mut text = clean(&attribute.key).into_owned();
    text.push('=');
    value(&attribute.value, &mut text);
    text
}

/// Appends a value so that its type can be seen: text is quoted when it is empty, holds white space or a quotation
/// mark, or would read as a number, a boolean, a list or a map.
pub(crate) fn value(value: &Value, to: &mut String) {
    match value {
        Value::Empty => to.push_str("(empty)"),
        Value::Bool(value) => to.push_str(if *value { "true" } else { "false" }),
        Value::Int(value) => push(to, format_args!("{value}")),
        Value::Double(value) => push(to, format_args!("{value:?}")),
        Value::String(text) if needs_quotes(text) => push(to, format_args!("\"{}\"", clean(&escape_quotes(text)))),
        Value::String(text) => to.push_str(&clean(text)),
        Value::Bytes(bytes) => {
            to.push_str("0x");
            bytes.iter().take(MAX_TEXT / 2).for_each(|byte| push(to, format_args!("{byte:02x}")));
            to.push_str(if bytes.len() > MAX_TEXT / 2 { "…" } else { "" });
        }
        Value::Array(items) => list(to, ["[", "]"], items, self::value),
        Value::Map(entries) => list(to, ["{", "}"], entries, |entry, to| to.push_str(&attribute(entry))),
    }
}

fn list<T>(to: &mut String, brackets: [&str; 2], items: &[T], item: impl Fn(&T, &mut String)) {
    to.push_str(brackets[0]);
    for (index, each) in items.iter().enumerate() {
        to.push_str(if index > 0 { ", " } else { "" });
        if to.len() > MAX_TEXT {
            to.push('…');
            break;
        }
        item(each, to);
    }
    to.push_str(brackets[1]);
}

fn needs_quotes(text: &str) -> bool {
    let ambiguous = matches!(text, "true" | "false" | "(empty)") || text.parse::<f64>().is_ok();
    ambiguous
        || text.is_empty()
        || text.starts_with(['[', '{'])
        || text.contains(|c: char| c.is_whitespace() || c == '"')
}

fn escape_quotes(text: &str) -> Cow<'_, str> {
    if text.contains('"') { Cow::Owned(text.replace('"', "\\\"")) } else { Cow::Borrowed(text) }
}

fn push(to: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = to.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_three_digits() {
        let cases = [
            (0, "0 ns"),
            (999, "999 ns"),
            (1_000, "1.00 µs"),
            (9_994, "9.99 µs"),
            (9_996, "10.0 µs"),
            (68_449, "68.4 µs"),
            (99_960, "100 µs"),
            (999_499, "999 µs"),
            (999_500, "1.00 ms"),
            (68_400_000, "68.4 ms"),
            (999_600_000, "1.00 s"),
            (59_990_000_000, "60.0 s"),
            (125_000_000_000, "2 min 05 s"),
            (3_720_000_000_000, "1 h 02 min"),
            (u64::MAX, "5124095 h 34 min"),
        ];
        for (nanos, text) in cases {
            assert_eq!(duration(nanos), text, "{nanos}");
        }
    }

    #[test]
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(clean("plain ü 漢字"), "plain ü 漢字");
        assert_eq!(clean("a\u{1b}[2Jb\r\n\u{9b}\u{7f}"), "a\\u{1b}[2Jb\\r\\n\\u{9b}\\u{7f}");
        assert_eq!(clean("\u{202e}abc\u{2028}"), "\\u{202e}abc\\u{2028}");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), MAX_TEXT + 1);
    }

    #[test]
    fn counts_have_separators() {
        assert_eq!([0, 999, 1_000, 1_234_567].map(count), ["0", "999", "1,000", "1,234,567"]);
    }

    #[test]
    fn values_show_their_type() {
        let cases = [
            (Value::from("ann"), "ann"),
            (Value::from("42"), "\"42\""),
            (Value::from(42), "42"),
            (Value::from(1.0), "1.0"),
            (Value::from(""), "\"\""),
            (Value::from("say \"hi\"\n"), "\"say \\\"hi\\\"\\n\""),
            (Value::from("true"), "\"true\""),
            (Value::Bytes(vec![0, 255]), "0x00ff"),
            (Value::from(vec![Value::from(1), Value::from("a b")]), "[1, \"a b\"]"),
            (Value::from(vec![KeyValue::new("k", true)]), "{k=true}"),
            (Value::Empty, "(empty)"),
        ];
        for (value, text) in cases {
            assert_eq!(attribute(&KeyValue::new("k", value)), format!("k={text}"));
        }
    }
}
