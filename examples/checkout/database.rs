//! The database of `orders`: a SQLite file.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;
use rusqlite::{Connection, params};
use traced::{Context, traced};

use crate::error::ServiceError;
use crate::model::{Cart, OrderStatus};

const SCHEMA: &str = "CREATE TABLE orders (
    id           INTEGER PRIMARY KEY,
    item         TEXT    NOT NULL,
    amount_cents INTEGER NOT NULL,
    status       TEXT    NOT NULL
) STRICT";
const INSERT: &str = "INSERT INTO orders (item, amount_cents, status) VALUES (?1, ?2, 'new')";
const UPDATE: &str = "UPDATE orders SET status = ?2 WHERE id = ?1";

/// A handle on the database; clones share one connection.
#[derive(Clone)]
pub(crate) struct Database {
    connection: Arc<Mutex<Connection>>,
}

impl Database {
    /// Creates the database file and its table.
    pub(crate) fn open(path: &Path) -> anyhow::Result<Self> {
        let connection = Connection::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        connection.execute(SCHEMA, []).context("cannot create the table of orders")?;
        Ok(Self { connection: Arc::new(Mutex::new(connection)) })
    }

    /// Adds an order, not yet paid; returns its id.
    pub(crate) async fn insert_order(&self, cart: Cart) -> Result<i64, ServiceError> {
        self.blocking(move |connection| insert_order(connection, &cart)).await
    }

    /// Notes how an order ended.
    pub(crate) async fn set_status(&self, order_id: i64, status: OrderStatus) -> Result<(), ServiceError> {
        self.blocking(move |connection| update_status(connection, order_id, status)).await
    }

    /// Runs `work` on a thread that may block, in the context of the caller.
    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, ServiceError> {
        let connection = Arc::clone(&self.connection);
        let work = move || work(&connection.lock().unwrap_or_else(PoisonError::into_inner));
        Ok(tokio::task::spawn_blocking(Context::current().wrap(work)).await??)
    }
}

#[traced("INSERT orders", kind = client, attrs(db.system.name = "sqlite", db.query.text = INSERT))]
fn insert_order(connection: &Connection, cart: &Cart) -> rusqlite::Result<i64> {
    connection.execute(INSERT, params![cart.item, cart.amount_cents])?;
    Ok(connection.last_insert_rowid())
}

#[traced("UPDATE orders", kind = client, attrs(db.system.name = "sqlite", db.query.text = UPDATE))]
fn update_status(connection: &Connection, order_id: i64, status: OrderStatus) -> rusqlite::Result<()> {
    match connection.execute(UPDATE, params![order_id, status.as_str()])? {
        0 => Err(rusqlite::Error::QueryReturnedNoRows),
        _ => Ok(()),
    }
}
