//! Spans of redis: wrap the connection where it is made, and everything else stays as it is.
//!
//! ```no_run
//! use redis::AsyncCommands;
//!
//! # async fn cache() -> redis::RedisResult<()> {
//! let client = redis::Client::open("redis://127.0.0.1/")?;
//! let connection = client.get_multiplexed_async_connection().await?;
//! let mut redis = traced_redis::Connection::new(connection).server("127.0.0.1", Some(6379));
//!
//! let _: () = redis.set("greeting", "hello").await?;
//! let greeting: String = redis.get("greeting").await?;
//! # let _ = greeting;
//! # Ok(())
//! # }
//! ```
//!
//! Wraps whatever is an [`aio::ConnectionLike`]: a multiplexed connection, a manager, one of a cluster. A span is named by
//! its command; its text has the keys, and `?` for each value. Of commands that take passwords and settings it has the name
//! alone. Errors are the server's first word, as `WRONGTYPE`.
//!
//! The blocking interface makes no spans.
#![forbid(unsafe_code)]

mod command;
mod error;

use std::sync::Arc;

use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisFuture, RedisResult, Value, aio};
use traced::instrumentation::OwnedSpan;
use traced_conventions::db;

/// A connection with a span for each command.
#[derive(Clone)]
pub struct Connection<C> {
    inner: C,
    database: Arc<db::Database>,
}

impl<C: ConnectionLike> Connection<C> {
    /// Wraps a connection. Its database's index is the namespace of its spans.
    pub fn new(inner: C) -> Self {
        let index = inner.get_db().to_string();
        Self { inner, database: Arc::new(db::Database::new(db::REDIS).namespace(&index)) }
    }

    /// Sets the address of the server, which a connection does not tell.
    #[must_use]
    pub fn server(self, address: &str, port: Option<u16>) -> Self {
        let database = (*self.database).clone().server(address, port);
        Self { database: Arc::new(database), ..self }
    }

    /// The driver's own connection, whose commands make no spans.
    pub const fn inner(&mut self) -> &mut C {
        &mut self.inner
    }
}

impl<C> std::fmt::Debug for Connection<C> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection").field("database", &self.database).finish_non_exhaustive()
    }
}

impl<C: aio::ConnectionLike + Send> aio::ConnectionLike for Connection<C> {
    fn req_packed_command<'a>(&'a mut self, command: &'a Cmd) -> RedisFuture<'a, Value> {
        let Self { inner, database } = self;
        Box::pin(async move { start(database, command).run(inner.req_packed_command(command), end_one).await })
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        let Self { inner, database } = self;
        Box::pin(async move {
            let span = start_pipeline(database, pipeline);
            span.run(inner.req_packed_commands(pipeline, offset, count), end_many).await
        })
    }

    fn get_db(&self) -> i64 {
        self.inner.get_db()
    }
}

fn start(database: &db::Database, command: &Cmd) -> OwnedSpan {
    let name = command::name(command);
    database.operation(name).text(&command::text(command)).start()
}

fn start_pipeline(database: &db::Database, pipeline: &Pipeline) -> OwnedSpan {
    let name = command::pipeline_name(pipeline);
    database.operation(&name).batch(pipeline.len()).text(&command::pipeline_text(pipeline)).start()
}

fn end_one(span: OwnedSpan, result: &RedisResult<Value>) {
    db::end(span, error::of(result.as_ref().map(std::slice::from_ref)));
}

fn end_many(span: OwnedSpan, result: &RedisResult<Vec<Value>>) {
    db::end(span, error::of(result.as_ref().map(Vec::as_slice)));
}
