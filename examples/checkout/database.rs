//! The database of `orders`: SQLite in memory, or PostgreSQL.

use std::time::Duration;

use anyhow::Context as _;
use sqlx::any::{Any, AnyPoolOptions};
use traced_sqlx::Pool;

use crate::error::ServiceError;
use crate::model::{Cart, OrderStatus};
use crate::role::{DATABASE_URL, setting};

const SQLITE_SCHEMA: &str = "CREATE TEMPORARY TABLE orders (
    id INTEGER PRIMARY KEY, item TEXT NOT NULL, amount_cents BIGINT NOT NULL, status TEXT NOT NULL)";
const POSTGRES_SCHEMA: &str = "CREATE TEMPORARY TABLE orders (
    id BIGSERIAL PRIMARY KEY, item TEXT NOT NULL, amount_cents BIGINT NOT NULL, status TEXT NOT NULL)";
const INSERT: &str = "INSERT INTO orders (item, amount_cents, status) VALUES ($1, $2, 'new') RETURNING id";
const UPDATE: &str = "UPDATE orders SET status = $1 WHERE id = $2";

/// How long the database may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// A handle on the database.
#[derive(Clone)]
pub(crate) struct Database {
    pool: Pool<Any>,
}

impl Database {
    /// Connects, and creates a table that goes with the one connection of the pool.
    pub(crate) async fn open() -> anyhow::Result<Self> {
        sqlx::any::install_default_drivers();
        let url = setting(DATABASE_URL);
        let schema = if url.is_some() { POSTGRES_SCHEMA } else { SQLITE_SCHEMA };
        let options = AnyPoolOptions::new().max_connections(1).idle_timeout(None).max_lifetime(None);
        let options = options.acquire_timeout(PATIENCE);
        let pool = options.connect(url.as_deref().unwrap_or("sqlite::memory:")).await;
        let pool = pool.context("cannot connect to the database")?;
        sqlx::query(schema).execute(&pool).await.context("cannot create the table of orders")?;
        Ok(Self { pool: pool.into() })
    }

    /// Adds an order, not yet paid; returns its id.
    pub(crate) async fn insert_order(&self, cart: &Cart) -> Result<i64, ServiceError> {
        let insert = sqlx::query_scalar(INSERT).bind(&cart.item).bind(cart.amount_cents);
        Ok(insert.fetch_one(&self.pool).await?)
    }

    /// Notes how an order ended.
    pub(crate) async fn set_status(&self, order_id: i64, status: OrderStatus) -> Result<(), ServiceError> {
        let update = sqlx::query(UPDATE).bind(status.as_str()).bind(order_id);
        match update.execute(&self.pool).await?.rows_affected() {
            0 => Err(sqlx::Error::RowNotFound.into()),
            _ => Ok(()),
        }
    }
}
