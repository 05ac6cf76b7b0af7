//! SQL: a query's summary, and its text without literals.
//!
//! No parser, but a scanner that knows how each dialect writes strings, names, numbers and comments: any text goes in, and
//! what cannot be told from a literal is one.

mod lexer;
mod summary;

use std::borrow::Cow;

pub use summary::summary;

use lexer::{Kind, Lexer};

/// A dialect of SQL, which decides what is a string, a name or a comment.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub enum Dialect {
    /// The standard; for every product that has no dialect of its own here.
    #[default]
    Standard,
    /// PostgreSQL: `$tag$text$tag$`, `E'\''`, `$1`, comments in comments.
    PostgreSql,
    /// MySQL and MariaDB: `"text"` is a string, `` `name` `` a name, `\'` a quote, `#` begins a comment.
    MySql,
    /// Microsoft SQL Server: `[name]`, `$9.99` is money.
    SqlServer,
    /// SQLite: `[name]` and `` `name` ``.
    Sqlite,
}

impl Dialect {
    /// The dialect of a `db.system.name`.
    #[must_use]
    pub fn of(system: &str) -> Self {
        match system {
            "postgresql" | "cockroachdb" | "aws.redshift" => Self::PostgreSql,
            "mysql" | "mariadb" => Self::MySql,
            "microsoft.sql_server" => Self::SqlServer,
            "sqlite" => Self::Sqlite,
            _ => Self::Standard,
        }
    }
}

/// A query's text with `?` in place of every literal, and without comments. Names, keywords, spaces and parameters (`?`,
/// `$1`, `:name`, `@name`) stay as they are; `NULL` is no literal.
///
/// Text of a prepared statement, whose values come as parameters, needs none of this: the conventions want it as it is.
///
/// ```
/// use traced_conventions::sql::{Dialect, sanitized};
/// let text = sanitized("SELECT * FROM users WHERE mail = 'a@b.example' AND age > -5", Dialect::PostgreSql);
/// assert_eq!(text, "SELECT * FROM users WHERE mail = ? AND age > ?");
/// ```
#[must_use]
pub fn sanitized(text: &str, dialect: Dialect) -> Cow<'_, str> {
    let mut out = String::new();
    let mut copied = 0;
    let mut has_changed = false;
    for token in Lexer::new(text, dialect) {
        let replacement = match token.kind {
            Kind::Literal => "?",
            Kind::Comment => "",
            _ => continue,
        };
        out.push_str(&text[copied..token.start]);
        out.push_str(replacement);
        copied = token.end;
        has_changed = true;
    }
    if !has_changed {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[copied..]);
    Cow::Owned(out)
}
