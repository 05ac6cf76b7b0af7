//! What a query does to what: `SELECT orders`, `INSERT carts SELECT orders`.

use super::Dialect;
use super::lexer::{Kind, Lexer};

/// The longest summary, in bytes.
const LONGEST: usize = 255;

/// A query's operations and their targets, in order and as they are written, at most 255 bytes and cut between two of
/// them. Few for a program, so it can be a span's name. No literal gets into it.
///
/// ```
/// use traced_conventions::sql::{Dialect, summary};
/// let query = "INSERT INTO carts (id) SELECT o.id FROM orders o JOIN users u ON u.id = o.user_id";
/// assert_eq!(summary(query, Dialect::Standard), "INSERT carts SELECT orders users");
/// ```
#[must_use]
pub fn summary(text: &str, dialect: Dialect) -> String {
    let mut reader = Reader::default();
    let mut pieces = Lexer::new(text, dialect).filter(|token| !matches!(token.kind, Kind::Space | Kind::Comment));
    let mut next = pieces.next();
    while let Some(token) = next.take() {
        next = pieces.next();
        match token.kind {
            Kind::Word | Kind::Quoted => {
                // `schema.table` is one name when nothing stands between its parts.
                let mut end = token.end;
                while let Some(dot) = next.filter(|dot| dot.start == end && &text[dot.start..dot.end] == ".") {
                    next = pieces.next();
                    let is_part = |kind: Kind| matches!(kind, Kind::Word | Kind::Quoted);
                    let part = next.filter(|part| part.start == dot.end && is_part(part.kind));
                    if let Some(part) = part {
                        end = part.end;
                        next = pieces.next();
                    }
                }
                reader.word(&text[token.start..end], token.kind == Kind::Quoted);
            }
            Kind::Mark => reader.mark(&text[token.start..token.end]),
            _ => reader.other(),
        }
        if reader.is_done {
            break;
        }
    }
    reader.summary
}

/// What comes next.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Expected {
    /// The first word of a statement.
    #[default]
    Operation,
    /// A table, or what is in its place.
    Target,
    /// The kind of thing that is created, changed or dropped.
    Thing,
    /// Its name.
    Name,
    /// Nothing in particular.
    Anything,
    /// Nothing more before the statement ends.
    End,
}

/// A pair of parentheses, or the statement itself.
#[derive(Clone, Copy, Default)]
struct Level {
    /// It has an operation that takes targets by `FROM`.
    is_query: bool,
    /// It is in a list of tables, which commas and joins go on with.
    is_in_from: bool,
    is_merge: bool,
}

#[derive(Default)]
struct Reader {
    summary: String,
    expected: Expected,
    level: Level,
    outer: Vec<Level>,
    last: Last,
    /// What is created has statements in its body, which are not run now.
    has_body: bool,
    explains: bool,
    is_done: bool,
}

/// What was before.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
enum Last {
    #[default]
    Start,
    /// `(` or `)`
    Parenthesis,
    /// `UNION`, `INTERSECT`, `EXCEPT` and what follows them.
    SetOperation,
    Distinct,
    Other,
}

impl Reader {
    fn push(&mut self, part: &str) {
        let gap = usize::from(!self.summary.is_empty());
        if self.summary.len() + gap + part.len() > LONGEST {
            self.is_done = true;
            return;
        }
        if gap == 1 {
            self.summary.push(' ');
        }
        self.summary.push_str(part);
    }

    fn word(&mut self, word: &str, is_quoted: bool) {
        let last = std::mem::replace(&mut self.last, Last::Other);
        // The longest keyword has 12 letters; a name stays as it is.
        let keyword = if is_quoted || word.len() > 12 { String::new() } else { word.to_ascii_uppercase() };
        match self.expected {
            Expected::End => {}
            Expected::Operation => self.operation(word, &keyword),
            Expected::Thing => self.thing(word, &keyword),
            Expected::Name => match keyword.as_str() {
                "IF" | "NOT" | "EXISTS" | "CONCURRENTLY" | "ONLY" => {}
                "ON" => self.expected = Expected::End,
                _ => self.target(word, Expected::End),
            },
            Expected::Target => match keyword.as_str() {
                "SELECT" => self.operation(word, &keyword),
                "INTO" | "ONLY" | "LATERAL" | "IGNORE" | "LOW_PRIORITY" | "HIGH_PRIORITY" | "DELAYED" | "OR"
                | "ABORT" | "FAIL" | "ROLLBACK" | "REPLACE" | "OVERWRITE" => {}
                "TABLE" if !self.level.is_in_from => {}
                "SET" | "VALUES" | "WHERE" | "DEFAULT" => self.expected = Expected::Anything,
                _ => self.target(word, Expected::Anything),
            },
            Expected::Anything => self.inside(word, &keyword, last),
        }
    }

    fn target(&mut self, word: &str, then: Expected) {
        self.push(word);
        self.expected = then;
    }

    /// A word in a statement that has begun.
    fn inside(&mut self, word: &str, keyword: &str, last: Last) {
        match keyword {
            "SELECT" if last == Last::SetOperation => {
                self.level = Level { is_query: true, ..Level::default() };
            }
            "SELECT" => self.operation(word, keyword),
            "INSERT" | "UPDATE" | "DELETE" | "MERGE" if last == Last::Parenthesis => self.operation(word, keyword),
            "FROM" if self.level.is_query && last != Last::Distinct => {
                self.level.is_in_from = true;
                self.expected = Expected::Target;
            }
            "JOIN" if self.level.is_in_from => self.expected = Expected::Target,
            "USING" if self.level.is_merge => self.expected = Expected::Target,
            "UNION" | "INTERSECT" | "EXCEPT" | "MINUS" => {
                self.level.is_in_from = false;
                self.last = Last::SetOperation;
            }
            "ALL" | "DISTINCT" if last == Last::SetOperation => self.last = last,
            "DISTINCT" => self.last = Last::Distinct,
            "WHERE" | "GROUP" | "ORDER" | "HAVING" | "LIMIT" | "WINDOW" | "FETCH" | "OFFSET" | "FOR" | "RETURNING"
            | "SET" | "VALUES" => self.level.is_in_from = false,
            _ => {}
        }
    }

    /// The first word of a statement, or one that begins a part of it.
    fn operation(&mut self, word: &str, keyword: &str) {
        self.expected = Expected::Anything;
        match keyword {
            // They say nothing by themselves: what follows is the operation.
            "WITH" | "RECURSIVE" => {}
            "ANALYZE" | "VERBOSE" if self.explains => self.expected = Expected::Operation,
            "EXPLAIN" => {
                self.push(word);
                self.explains = true;
                self.expected = Expected::Operation;
            }
            "SELECT" | "DELETE" => {
                self.push(word);
                self.level = Level { is_query: true, ..Level::default() };
            }
            "INSERT" | "REPLACE" | "UPDATE" | "MERGE" => {
                self.push(word);
                self.level = Level { is_query: true, is_in_from: false, is_merge: keyword == "MERGE" };
                self.expected = Expected::Target;
            }
            "TRUNCATE" | "CALL" | "EXEC" | "EXECUTE" | "USE" | "COPY" | "LOCK" | "PRAGMA" => {
                self.push(word);
                self.expected = Expected::Target;
            }
            "CREATE" | "ALTER" | "DROP" => {
                self.push(word);
                self.expected = Expected::Thing;
            }
            "BEGIN" | "START" | "COMMIT" | "ROLLBACK" | "SAVEPOINT" | "RELEASE" | "SET" | "RESET" | "SHOW"
            | "GRANT" | "REVOKE" | "VACUUM" | "ANALYZE" | "LISTEN" | "UNLISTEN" | "NOTIFY" | "DECLARE" | "FETCH"
            | "CLOSE" | "VALUES" | "DESCRIBE" | "DESC" | "KILL" | "ATTACH" | "DETACH" | "REINDEX" | "OPTIMIZE"
            | "FLUSH" | "PREPARE" | "DEALLOCATE" | "DO" | "COMMENT" | "CHECKPOINT" | "DISCARD" | "REFRESH"
            | "UNLOCK" | "XA" => {
                self.push(word);
                self.expected = Expected::End;
            }
            // Not known; what it is could be a name, so it is not told.
            _ => self.expected = Expected::End,
        }
    }

    fn thing(&mut self, word: &str, keyword: &str) {
        let routine = matches!(keyword, "PROCEDURE" | "PROC" | "FUNCTION" | "TRIGGER" | "EVENT");
        let other = matches!(
            keyword,
            "TABLE"
                | "INDEX"
                | "VIEW"
                | "DATABASE"
                | "SCHEMA"
                | "SEQUENCE"
                | "USER"
                | "ROLE"
                | "TYPE"
                | "EXTENSION"
                | "DOMAIN"
                | "POLICY"
                | "RULE"
                | "AGGREGATE"
                | "TABLESPACE"
                | "COLLATION"
                | "PUBLICATION"
                | "SUBSCRIPTION"
                | "SERVER"
                | "LANGUAGE"
        );
        if routine || other {
            self.push(word);
            self.expected = Expected::Name;
            self.has_body = routine;
        }
    }

    fn mark(&mut self, mark: &str) {
        let before = self.last;
        self.last = Last::Other;
        match mark {
            "(" => {
                self.last = if before == Last::SetOperation { before } else { Last::Parenthesis };
                if self.expected != Expected::End {
                    self.outer.push(std::mem::take(&mut self.level));
                    self.expected = Expected::Anything;
                }
            }
            ")" => {
                self.last = Last::Parenthesis;
                if self.expected != Expected::End {
                    self.level = self.outer.pop().unwrap_or_default();
                    self.expected = Expected::Anything;
                }
            }
            "," if self.expected == Expected::Anything && self.level.is_in_from => self.expected = Expected::Target,
            ";" if !self.has_body => *self = Self { summary: std::mem::take(&mut self.summary), ..Self::default() },
            _ => self.other(),
        }
    }

    /// A literal, a parameter or an operator: no target.
    fn other(&mut self) {
        self.last = Last::Other;
        match self.expected {
            Expected::Target => self.expected = Expected::Anything,
            Expected::Name | Expected::Operation => self.expected = Expected::End,
            _ => {}
        }
    }
}
