//! `TRACED_MACROS_DEBUG=1` prints what `#[traced]` expands to.

use std::io::Write as _;

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};

/// Prints the tokens if the environment asks for it, and passes them on.
pub(crate) fn show(tokens: TokenStream) -> TokenStream {
    if std::env::var_os("TRACED_MACROS_DEBUG").is_some_and(|value| value == "1") {
        let mut text = String::new();
        write(&tokens, 0, &mut text);
        // Nobody reads it if it cannot be written.
        let _ = writeln!(std::io::stderr(), "{}\n", text.trim_end());
    }
    tokens
}

/// Writes tokens with a line for each statement.
fn write(tokens: &TokenStream, depth: usize, text: &mut String) {
    let mut glued = true;
    for token in tokens.clone() {
        if !glued
            && !matches!(&token, TokenTree::Punct(punct) if matches!(punct.as_char(), ',' | ';' | '.' | ':' | '?'))
        {
            space(text);
        }
        glued = false;
        match &token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::None => ("", ""),
                };
                if group.delimiter() != Delimiter::Brace {
                    trim(text, group.delimiter());
                    text.push_str(open);
                    write(&group.stream(), depth, text);
                    text.push_str(close);
                    continue;
                }
                text.push_str(open);
                if !group.stream().is_empty() {
                    new_line(text, depth + 1);
                    write(&group.stream(), depth + 1, text);
                    new_line(text, depth);
                }
                text.push_str(close);
            }
            TokenTree::Punct(punct) => {
                text.push(punct.as_char());
                glued =
                    punct.spacing() == Spacing::Joint || matches!(punct.as_char(), '&' | '#' | '.' | '\'' | '!' | ':');
                if punct.as_char() == ';' {
                    new_line(text, depth);
                    glued = true;
                }
            }
            other => text.push_str(&other.to_string()),
        }
    }
}

fn space(text: &mut String) {
    if !text.ends_with([' ', '\n', '(', '[']) && !text.is_empty() {
        text.push(' ');
    }
}

/// Calls and indexing follow a name without a space.
fn trim(text: &mut String, delimiter: Delimiter) {
    let before = text.trim_end_matches(' ').len();
    let follows_name = text[..before].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | '!' | '>' | ')'));
    if delimiter == Delimiter::Parenthesis && follows_name {
        text.truncate(before);
    }
}

fn new_line(text: &mut String, depth: usize) {
    while text.ends_with([' ', '\n']) {
        text.pop();
    }
    text.push('\n');
    text.push_str(&"    ".repeat(depth));
}
