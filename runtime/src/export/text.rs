//! How values and foreign text look on a screen.

use std::borrow::Cow;
use std::fmt::Write;

use traced_core::KeyValue;
use traced_core::Value;

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
        // A kind of value that a later core knows.
        other => to.push_str(&clean(&format!("{other:?}"))),
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
    fn foreign_text_cannot_steer_the_terminal() {
        assert_eq!(clean("plain ü 漢字"), "plain ü 漢字");
        assert_eq!(clean("a\u{1b}[2Jb\r\n\u{9b}\u{7f}"), "a\\u{1b}[2Jb\\r\\n\\u{9b}\\u{7f}");
        assert_eq!(clean("\u{202e}abc\u{2028}"), "\\u{202e}abc\\u{2028}");
        assert_eq!(clean(&"x".repeat(5000)).chars().count(), MAX_TEXT + 1);
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
