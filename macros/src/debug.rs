//! `TRACED_MACROS_DEBUG=1` prints what `#[traced]` expands to.

use std::io::Write as _;

use proc_macro2::TokenStream;

/// Prints the tokens if the environment asks for it, and passes them on.
pub(crate) fn show(tokens: TokenStream) -> TokenStream {
    if std::env::var_os("TRACED_MACROS_DEBUG").is_some_and(|value| value == "1") {
        // Nobody reads it if it cannot be written.
        let _ = writeln!(std::io::stderr(), "{}", lay_out(&tighten(&tokens.to_string())));
    }
    tokens
}

/// Takes out the spaces that the compiler puts around generated punctuation, but not those in strings.
fn tighten(text: &str) -> String {
    text.split('"')
        .enumerate()
        .map(|(index, part)| if index % 2 == 0 { tighten_code(part) } else { part.to_owned() })
        .collect::<Vec<_>>()
        .join("\"")
}

fn tighten_code(text: &str) -> String {
    const BETTER: [(&str, &str); 17] = [
        ("->", "\u{0}"),
        (" :: ", "::"),
        (":: ", "::"),
        (" ::", "::"),
        (" : ", ": "),
        (":::", ": ::"),
        ("=::", "= ::"),
        (",::", ", ::"),
        ("|::", "| ::"),
        ("return::", "return ::"),
        (" !", "!"),
        ("! (", "!("),
        ("& ", "&"),
        ("< ", "<"),
        (" <", "<"),
        (" >", ">"),
        ("> (", ">("),
    ];
    let words: Vec<_> = text.split_whitespace().collect();
    let edge = |is_space: bool| if is_space { " " } else { "" };
    let (before, after) = (text.starts_with(char::is_whitespace), text.ends_with(char::is_whitespace));
    let text = format!("{}{}{}", edge(before), words.join(" "), edge(after && !words.is_empty()));
    BETTER.iter().fold(text, |text, (long, short)| text.replace(long, short)).replace('\u{0}', "->")
}

/// Gives each statement and each brace a line of its own.
fn lay_out(text: &str) -> String {
    let mut lines = Lines::default();
    let mut quoted = false;
    let mut escaped = false;
    let words = text.split_inclusive(char::is_whitespace).flat_map(str::chars);
    for c in words.map(|c| if c == '\n' { ' ' } else { c }) {
        match c {
            _ if quoted => {
                lines.current.push(c);
                quoted = escaped || c != '"';
                escaped = !escaped && c == '\\';
            }
            '"' => {
                quoted = true;
                lines.current.push(c);
            }
            '{' => {
                lines.current.push(c);
                lines.end();
                lines.depth += 1;
            }
            '}' => {
                lines.end();
                lines.depth = lines.depth.saturating_sub(1);
                lines.current.push(c);
                lines.is_after_brace = true;
                continue;
            }
            ';' => {
                lines.current.push(c);
                lines.end();
            }
            ' ' if lines.current.ends_with(' ') || lines.current.is_empty() => {}
            c => lines.push(c),
        }
        lines.is_after_brace &= c == ' ';
    }
    lines.end();
    lines.done
}

/// The lines so far.
#[derive(Default)]
struct Lines {
    done: String,
    current: String,
    depth: usize,
    /// Whether the line so far is a closing brace.
    is_after_brace: bool,
}

impl Lines {
    /// What follows a closing brace stays with it if it belongs to the same expression.
    fn push(&mut self, c: char) {
        if self.is_after_brace && !matches!(c, ',' | ')' | ' ' | '.' | '?') {
            self.end();
        }
        self.current.push(c);
    }

    fn end(&mut self) {
        let line = self.current.trim();
        if !line.is_empty() {
            self.done += &"    ".repeat(self.depth);
            self.done += line;
            self.done.push('\n');
        }
        self.current.clear();
        self.is_after_brace = false;
    }
}

#[cfg(test)]
mod tests {
    use super::lay_out;

    #[test]
    fn statements_and_braces_have_lines() {
        let text = r#"fn f() { let a = g({ 1 }, "{;}"); if a { b } c }"#;
        let expected =
            "fn f() {\n    let a = g({\n        1\n    }, \"{;}\");\n    if a {\n        b\n    }\n    c\n}\n";
        assert_eq!(lay_out(text), expected);
    }
}
