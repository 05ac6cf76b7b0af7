//! A query: what is read of it once, passed on, and said of it.

use std::sync::Arc;

use sqlx::error::BoxDynError;
use sqlx::{Arguments, Database, Execute, SqlStr};
use traced::instrumentation::OwnedSpan;
use traced_conventions::db;

use crate::error::failure;

/// What a query was made of. It can be read only once, so it is passed on in this.
pub(crate) struct Taken<DB: Database> {
    statement: Option<DB::Statement>,
    arguments: Option<Result<Option<DB::Arguments>, BoxDynError>>,
    persistent: bool,
    text: SqlStr,
    has_values: bool,
}

impl<DB: Database> Taken<DB> {
    /// In this order: the text is taken last, since it takes the query.
    pub(crate) fn of<'q>(mut query: impl Execute<'q, DB>) -> Self {
        let statement = query.statement().cloned();
        let arguments = query.take_arguments();
        let persistent = query.persistent();
        let has_values = arguments.as_ref().is_ok_and(|arguments| arguments.as_ref().is_some_and(|all| all.len() > 0));
        Self { statement, arguments: Some(arguments), persistent, text: query.sql(), has_values }
    }

    /// Starts the span of the query.
    pub(crate) fn start(&self, database: &db::Database) -> OwnedSpan {
        start(database, self.text.as_str(), self.has_values)
    }
}

impl<'q, DB: Database> Execute<'q, DB> for Taken<DB> {
    fn sql(self) -> SqlStr {
        self.text
    }

    fn statement(&self) -> Option<&DB::Statement> {
        self.statement.as_ref()
    }

    fn take_arguments(&mut self) -> Result<Option<DB::Arguments>, BoxDynError> {
        self.arguments.take().unwrap_or(Ok(None))
    }

    fn persistent(&self) -> bool {
        self.persistent
    }
}

/// Where values are bound, the text has none; else it may be full of them.
pub(crate) fn start(database: &db::Database, text: &str, has_values: bool) -> OwnedSpan {
    let query = database.query(text);
    if has_values { query.parameterized().start() } else { query.start() }
}

/// Runs a command of transactions in its span.
pub(crate) async fn command<T>(
    database: &Arc<db::Database>,
    text: &'static str,
    future: impl Future<Output = Result<T, sqlx::Error>>,
) -> Result<T, sqlx::Error> {
    start(database, text, true).run(future, end).await
}

/// Ends a span with what a call returned.
pub(crate) fn end<T>(span: OwnedSpan, result: &Result<T, sqlx::Error>) {
    db::end(span, result.as_ref().err().and_then(failure));
}
