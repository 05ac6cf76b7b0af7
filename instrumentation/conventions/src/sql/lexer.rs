//! Text in pieces: strings, numbers, names, comments and the rest.

use super::Dialect;

/// What a piece of text is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Kind {
    /// White space.
    Space,
    /// A keyword or a name without quotes.
    Word,
    /// A name in quotes.
    Quoted,
    /// A string, a number, a boolean; what is not closed as well.
    Literal,
    /// A comment.
    Comment,
    /// `?`, `$1`, `:name`.
    Parameter,
    /// Any other character.
    Mark,
}

/// A piece of text; all of them together are the text.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// Splits text, of which every byte ends up in one token. All boundaries are those of ASCII characters, so that they
/// are boundaries of characters, too.
pub(super) struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    dialect: Dialect,
    /// Whether the last token may end an operand, so that `.` after it is no decimal point.
    follows_name: bool,
}

impl<'a> Lexer<'a> {
    pub(super) fn new(text: &'a str, dialect: Dialect) -> Self {
        Self { text: text.as_bytes(), at: 0, dialect, follows_name: false }
    }

    fn byte(&self, at: usize) -> u8 {
        self.text.get(at).copied().unwrap_or(0)
    }

    fn starts_with(&self, at: usize, what: &[u8]) -> bool {
        self.text.get(at..).is_some_and(|rest| rest.starts_with(what))
    }

    /// Where the first of `stops` is, or the end of the text.
    fn find(&self, from: usize, stops: impl Fn(u8) -> bool) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        from.min(self.text.len()) + rest.iter().position(|byte| stops(*byte)).unwrap_or(rest.len())
    }

    /// Where `what` ends, or the text.
    fn after(&self, from: usize, what: &[u8]) -> usize {
        let rest = self.text.get(from..).unwrap_or_default();
        let found = rest.windows(what.len()).position(|window| window == what);
        found.map_or(self.text.len(), |found| from + found + what.len())
    }

    fn piece(&self, start: usize) -> (Kind, usize) {
        let first = self.byte(start);
        match first {
            _ if first.is_ascii_whitespace() => (Kind::Space, self.find(start, |byte| !byte.is_ascii_whitespace())),
            b'-' if self.begins_dash_comment(start) => (Kind::Comment, self.find(start, |byte| byte == b'\n')),
            b'#' if self.dialect == Dialect::MySql => (Kind::Comment, self.find(start, |byte| byte == b'\n')),
            b'/' if self.byte(start + 1) == b'*' => (Kind::Comment, self.end_of_comment(start)),
            b'\'' => (Kind::Literal, self.end_of_quotes(start, self.dialect == Dialect::MySql)),
            b'"' if self.dialect == Dialect::MySql => (Kind::Literal, self.end_of_quotes(start, true)),
            b'"' | b'`' => self.quoted_name(start),
            b'[' => self.bracket(start),
            b'$' => self.dollar(start),
            b'?' => (Kind::Parameter, start + 1 + usize::from(self.byte(start + 1) == b'?')),
            b':' => self.colon(start),
            b'+' | b'-' if self.begins_number(start + 1) => (Kind::Literal, self.end_of_number(start + 1)),
            _ if self.begins_number(start) => (Kind::Literal, self.end_of_number(start)),
            _ if is_of_name(first) => self.word(start),
            _ => (Kind::Mark, start + 1),
        }
    }

    /// In MySQL `--` must be followed by white space: `5--1` is a difference.
    fn begins_dash_comment(&self, at: usize) -> bool {
        let is_comment = self.dialect != Dialect::MySql || self.byte(at + 2) <= b' ';
        self.byte(at + 1) == b'-' && is_comment
    }

    fn end_of_comment(&self, start: usize) -> usize {
        // Where it is not known whether comments nest, the longer reading shows less.
        let nests = !matches!(self.dialect, Dialect::MySql | Dialect::Sqlite);
        let mut depth = 1;
        let mut at = start + 2;
        while at < self.text.len() {
            if self.starts_with(at, b"*/") {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            } else if nests && self.starts_with(at, b"/*") {
                depth += 1;
                at += 2;
            } else {
                at += 1;
            }
        }
        self.text.len()
    }

    /// Behind the closing quote: doubled ones are part of the text, and escaped ones where there are escapes.
    fn end_of_quotes(&self, start: usize, has_escapes: bool) -> usize {
        let quote = self.byte(start);
        let mut at = start + 1;
        while at < self.text.len() {
            let byte = self.byte(at);
            if byte == b'\\' && has_escapes {
                at += 2;
            } else if byte != quote {
                at += 1;
            } else if self.byte(at + 1) == quote {
                at += 2;
            } else {
                return at + 1;
            }
        }
        self.text.len()
    }

    /// A name that is not closed could be anything.
    fn quoted_name(&self, start: usize) -> (Kind, usize) {
        let end = self.end_of_quotes(start, false);
        let is_closed = end > start + 1 && self.byte(end - 1) == self.byte(start);
        (if is_closed { Kind::Quoted } else { Kind::Literal }, end)
    }

    /// A name in SQL Server and SQLite; elsewhere an index or an array, unless it can only be a name.
    fn bracket(&self, start: usize) -> (Kind, usize) {
        let end = self.find(start, |byte| byte == b']');
        let is_closed = end < self.text.len();
        let inside = &self.text[start + 1..end];
        let is_name = match self.dialect {
            Dialect::SqlServer | Dialect::Sqlite => true,
            Dialect::Standard => {
                let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_';
                inside.first().is_some_and(is_letter) && inside.iter().all(|byte| is_of_name(*byte) || *byte == b' ')
            }
            Dialect::PostgreSql | Dialect::MySql => false,
        };
        if is_name && is_closed { (Kind::Quoted, end + 1) } else { (Kind::Mark, start + 1) }
    }

    /// `$1`, `$tag$text$tag$`, `$9.99`.
    fn dollar(&self, start: usize) -> (Kind, usize) {
        let end = self.find(start + 1, |byte| !is_of_name(byte) || byte == b'$');
        let is_number = self.byte(start + 1).is_ascii_digit();
        match self.dialect {
            Dialect::MySql => (Kind::Word, end.max(start + 1)),
            Dialect::SqlServer => (Kind::Literal, self.end_of_number(start + 1)),
            _ if is_number && self.byte(end) == b'.' => (Kind::Literal, self.end_of_number(start + 1)),
            _ if is_number => (Kind::Parameter, end),
            _ if self.byte(end) == b'$' => (Kind::Literal, self.after(end + 1, &self.text[start..=end])),
            _ => (Kind::Parameter, end.max(start + 1)),
        }
    }

    /// `:name`, but not `::type` and not the `:2` of a slice.
    fn colon(&self, start: usize) -> (Kind, usize) {
        match self.byte(start + 1) {
            b':' => (Kind::Mark, start + 2),
            next if is_of_name(next) && !next.is_ascii_digit() => {
                (Kind::Parameter, self.find(start + 1, |byte| !is_of_name(byte)))
            }
            _ => (Kind::Mark, start + 1),
        }
    }

    fn begins_number(&self, at: usize) -> bool {
        let is_fraction = self.byte(at) == b'.' && self.byte(at + 1).is_ascii_digit();
        self.byte(at).is_ascii_digit() || is_fraction && !(self.follows_name && at == self.at)
    }

    /// Behind a number and whatever clings to it, such as `e-5`, `xFF`, `_000` and a name that begins with digits.
    fn end_of_number(&self, start: usize) -> usize {
        let is_hexadecimal = self.byte(start) == b'0' && self.byte(start + 1).eq_ignore_ascii_case(&b'x');
        let mut at = start;
        loop {
            let byte = self.byte(at);
            let is_exponent = byte.eq_ignore_ascii_case(&b'e') && !is_hexadecimal;
            if is_exponent && matches!(self.byte(at + 1), b'+' | b'-') && self.byte(at + 2).is_ascii_digit() {
                at += 2;
            } else if is_of_name(byte) || byte == b'.' {
                at += 1;
            } else {
                return at;
            }
        }
    }

    /// A word; a prefix such as `N'..'` is part of the string behind it.
    fn word(&self, start: usize) -> (Kind, usize) {
        let end = self.find(start, |byte| !is_of_name(byte));
        let word = &self.text[start..end];
        let is = |other: &[u8]| word.eq_ignore_ascii_case(other);
        if self.byte(end) == b'&' && is(b"U") && self.byte(end + 1) == b'\'' {
            return (Kind::Literal, self.end_of_quotes(end + 1, false));
        }
        let is_prefix = word.first() == Some(&b'_') || is(b"N") || is(b"E") || is(b"X") || is(b"B") || is(b"R");
        if self.byte(end) == b'\'' && is_prefix {
            let has_escapes = self.dialect == Dialect::MySql || is(b"E");
            return (Kind::Literal, self.end_of_quotes(end, has_escapes));
        }
        (if is(b"TRUE") || is(b"FALSE") { Kind::Literal } else { Kind::Word }, end)
    }
}

/// Letters of any script, digits, and the marks that names, variables and temporary tables have.
fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'_' | b'@' | b'#' | b'$')
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.at >= self.text.len() {
            return None;
        }
        let start = self.at;
        let (kind, end) = self.piece(start);
        self.at = end.clamp(start + 1, self.text.len());
        self.follows_name = matches!(kind, Kind::Word | Kind::Quoted);
        Some(Token { kind, start, end: self.at })
    }
}
