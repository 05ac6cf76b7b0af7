//! How many teapots there are: in Redis, or in the process.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use anyhow::Context as _;
use redis::AsyncCommands as _;
use redis::aio::MultiplexedConnection;

use crate::error::ServiceError;
use crate::role::{REDIS_URL, setting};

const KEY: &str = "checkout:stock:teapot";
const PIECES: i64 = 100;
/// How long Redis remembers, in seconds: a demonstration leaves nothing behind.
const LIFETIME: u64 = 60;

#[derive(Clone)]
pub(crate) enum Stock {
    InProcess(Arc<AtomicI64>),
    Redis(traced_redis::Connection<MultiplexedConnection>),
}

impl Stock {
    pub(crate) async fn open() -> anyhow::Result<Self> {
        let Some(url) = setting(REDIS_URL) else { return Ok(Self::InProcess(Arc::new(PIECES.into()))) };
        let connection = redis::Client::open(url.as_str())?.get_multiplexed_async_connection().await;
        let mut redis =
            traced_redis::Connection::new(connection.with_context(|| format!("cannot reach Redis at {url}"))?);
        redis.inner().set_ex::<_, _, ()>(KEY, PIECES, LIFETIME).await?;
        Ok(Self::Redis(redis))
    }

    /// Takes a piece; returns how many are left.
    pub(crate) async fn take_one(&self) -> Result<i64, ServiceError> {
        match self {
            Self::InProcess(pieces) => Ok(pieces.fetch_sub(1, Ordering::Relaxed) - 1),
            Self::Redis(redis) => Ok(redis.clone().decr(KEY, 1).await?),
        }
    }
}
