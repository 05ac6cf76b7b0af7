//! The trait by which sqlx runs queries, on pools and on connections.

use std::ops::DerefMut;

use either::Either;
use futures_core::future::BoxFuture;
use futures_core::stream::BoxStream;
use sqlx::{Database, Describe, Error, Execute, Executor, SqlStr};

use crate::connection::Traced;
use crate::pool::Pool;
use crate::query::{Taken, end};
use crate::stream::InSpan;

/// All methods of `Executor`, with the span of the query around what `$inner` does.
macro_rules! executor {
    ($lifetime:lifetime, $self:ident => $inner:expr) => {
        type Database = DB;

        fn execute<'e, 'q: 'e, E>($self, query: E) -> BoxFuture<'e, Result<DB::QueryResult, Error>>
        where
            $lifetime: 'e,
            E: 'q + Execute<'q, DB>,
        {
            let query = Taken::of(query);
            let span = query.start(&$self.database);
            Box::pin(span.run($inner.execute(query), end))
        }

        fn execute_many<'e, 'q: 'e, E>($self, query: E) -> BoxStream<'e, Result<DB::QueryResult, Error>>
        where
            $lifetime: 'e,
            E: 'q + Execute<'q, DB>,
        {
            let query = Taken::of(query);
            let span = query.start(&$self.database);
            Box::pin(InSpan::new($inner.execute_many(query), span))
        }

        fn fetch<'e, 'q: 'e, E>($self, query: E) -> BoxStream<'e, Result<DB::Row, Error>>
        where
            $lifetime: 'e,
            E: 'q + Execute<'q, DB>,
        {
            let query = Taken::of(query);
            let span = query.start(&$self.database);
            Box::pin(InSpan::new($inner.fetch(query), span))
        }

        fn fetch_many<'e, 'q: 'e, E>($self, query: E) -> BoxStream<'e, Result<Either<DB::QueryResult, DB::Row>, Error>>
        where
            $lifetime: 'e,
            E: 'q + Execute<'q, DB>,
        {
            let query = Taken::of(query);
            let span = query.start(&$self.database);
            Box::pin(InSpan::new($inner.fetch_many(query), span))
        }

        fn fetch_all<'e, 'q: 'e, E>($self, query: E) -> BoxFuture<'e, Result<Vec<DB::Row>, Error>>
        where
            $lifetime: 'e,
            E: 'q + Execute<'q, DB>,
        {
            let query = Taken::of(query);
            let span = query.start(&$self.database);
            Box::pin(span.run($inner.fetch_all(query), end))
        }

        fn fetch_one<'e, 'q: 'e, E>($self, query: E) -> BoxFuture<'e, Result<DB::Row, Error>>
        where
            $lifetime: 'e,
            E: 'q + Execute<'q, DB>,
        {
            let query = Taken::of(query);
            let span = query.start(&$self.database);
            Box::pin(span.run($inner.fetch_one(query), end))
        }

        fn fetch_optional<'e, 'q: 'e, E>($self, query: E) -> BoxFuture<'e, Result<Option<DB::Row>, Error>>
        where
            $lifetime: 'e,
            E: 'q + Execute<'q, DB>,
        {
            let query = Taken::of(query);
            let span = query.start(&$self.database);
            Box::pin(span.run($inner.fetch_optional(query), end))
        }

        fn prepare_with<'e>(
            $self,
            text: SqlStr,
            parameters: &'e [DB::TypeInfo],
        ) -> BoxFuture<'e, Result<DB::Statement, Error>>
        where
            $lifetime: 'e,
        {
            $inner.prepare_with(text, parameters)
        }

        fn describe<'e>($self, text: SqlStr) -> BoxFuture<'e, Result<Describe<DB>, Error>>
        where
            $lifetime: 'e,
        {
            $inner.describe(text)
        }
    };
}

impl<'p, DB: Database> Executor<'p> for &'_ Pool<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    executor!('p, self => (&self.inner));
}

impl<'c, DB, T> Executor<'c> for &'c mut Traced<DB, T>
where
    DB: Database,
    T: DerefMut<Target = DB::Connection> + std::fmt::Debug + Send,
    for<'x> &'x mut DB::Connection: Executor<'x, Database = DB>,
{
    executor!('c, self => (&mut *self.inner));
}
