//! Spans of sqlx: wrap the pool where it is made, and everything else stays as it is.
//!
//! ```no_run
//! # async fn shop() -> Result<(), sqlx::Error> {
//! use sqlx::PgPool;
//!
//! let pool = traced_sqlx::Pool::from(PgPool::connect("postgres://localhost/shop").await?);
//! let count: i64 = sqlx::query_scalar("SELECT count(*) FROM orders WHERE paid = $1").bind(true).fetch_one(&pool).await?;
//!
//! let mut tx = pool.begin().await?;
//! sqlx::query("UPDATE stock SET pieces = pieces - 1 WHERE id = $1").bind(7).execute(&mut *tx).await?;
//! tx.commit().await?;
//! # Ok(())
//! # }
//! ```
//!
//! A span is the whole call, waiting for a connection included. It is named by the query's summary, as `SELECT orders`, and
//! has its text: as it is where values are bound, else without its literals. Values and messages of the database are never
//! recorded; an error is its code. A row that is not found is no error.
//!
//! Migrations, and what else needs sqlx's own pool, take [`Pool::inner`], and make no spans.
#![forbid(unsafe_code)]

mod connection;
mod error;
mod executor;
mod pool;
mod query;
mod stream;

pub use connection::Traced;
pub use pool::{Pool, PooledConnection, Transaction};
