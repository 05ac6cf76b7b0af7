//! The pool, its connections and transactions.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{ConnectOptions, Connection, Database};
use traced_conventions::db::{self, System};

use crate::connection::Traced;
use crate::query;

type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// Where a pool's database is, and what it is.
fn database<DB: Database>(options: &Options<DB>) -> db::Database {
    let system = match DB::NAME {
        "PostgreSQL" => db::POSTGRESQL,
        "MySQL" => db::MYSQL,
        "SQLite" => db::SQLITE,
        // Stands for one of several products, which its URL names.
        "Any" => match options.to_url_lossy().scheme() {
            "postgres" | "postgresql" => db::POSTGRESQL,
            "mysql" => db::MYSQL,
            "mariadb" => db::MARIADB,
            "sqlite" => db::SQLITE,
            _ => db::OTHER_SQL,
        },
        _ => return db::Database::new(db::OTHER_SQL),
    };
    // A file is no namespace.
    if system == db::SQLITE { db::Database::new(system) } else { at::<DB>(system, options) }
}

/// A database of this product, where the URL says, which has the password, too: only its other parts are taken.
fn at<DB: Database>(system: System, options: &Options<DB>) -> db::Database {
    let url = options.to_url_lossy();
    let database = db::Database::new(system).namespace(url.path().trim_start_matches('/'));
    match url.host_str() {
        Some(host) => database.server(host.trim_start_matches('[').trim_end_matches(']'), url.port()),
        None => database,
    }
}

/// sqlx's pool, with a span for each query.
pub struct Pool<DB: Database> {
    pub(crate) inner: sqlx::Pool<DB>,
    pub(crate) database: Arc<db::Database>,
}

impl<DB: Database> From<sqlx::Pool<DB>> for Pool<DB> {
    fn from(inner: sqlx::Pool<DB>) -> Self {
        let database = Arc::new(database::<DB>(&inner.connect_options()));
        Self { inner, database }
    }
}

impl<DB: Database> Clone for Pool<DB> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone(), database: Arc::clone(&self.database) }
    }
}

impl<DB: Database> std::fmt::Debug for Pool<DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pool").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<DB: Database> Pool<DB> {
    /// Sets the product, where it is another than sqlx knows the driver as, such as
    /// [`MARIADB`](traced_conventions::db::MARIADB).
    #[must_use]
    pub fn system(self, system: System) -> Self {
        let database = at::<DB>(system, &self.inner.connect_options());
        Self { database: Arc::new(database), ..self }
    }

    /// sqlx's own pool, whose queries make no spans: for migrations, and for what else insists on it.
    #[must_use]
    pub const fn inner(&self) -> &sqlx::Pool<DB> {
        &self.inner
    }

    /// Takes a connection from the pool; its queries have spans.
    ///
    /// # Errors
    ///
    /// As [`sqlx::Pool::acquire`].
    pub async fn acquire(&self) -> Result<PooledConnection<DB>, sqlx::Error> {
        let connection = self.inner.acquire().await?;
        Ok(PooledConnection(Traced::new(connection, Arc::clone(&self.database))))
    }

    /// Begins a transaction, with a span of its own; so has its commit.
    ///
    /// # Errors
    ///
    /// As [`sqlx::Pool::begin`].
    pub async fn begin(&self) -> Result<Transaction<'static, DB>, sqlx::Error> {
        let begun = query::command(&self.database, "BEGIN", self.inner.begin()).await?;
        Ok(Transaction(Traced::new(begun, Arc::clone(&self.database))))
    }

    /// Closes the pool.
    pub async fn close(&self) {
        self.inner.close().await;
    }
}

/// A connection of a pool; used as `&mut *connection`.
#[derive(Debug)]
pub struct PooledConnection<DB: Database>(Traced<DB, PoolConnection<DB>>);

/// A transaction; used as `&mut *transaction`. Dropped without [`commit`](Self::commit), it is rolled back.
pub struct Transaction<'c, DB: Database>(Traced<DB, sqlx::Transaction<'c, DB>>);

impl<DB: Database> Transaction<'_, DB> {
    /// Commits it, with a span: this is often the slowest call of all.
    ///
    /// # Errors
    ///
    /// As [`sqlx::Transaction::commit`].
    pub async fn commit(self) -> Result<(), sqlx::Error> {
        let (inner, database) = self.0.into_parts();
        query::command(&database, "COMMIT", inner.commit()).await
    }

    /// Rolls it back, with a span.
    ///
    /// # Errors
    ///
    /// As [`sqlx::Transaction::rollback`].
    pub async fn rollback(self) -> Result<(), sqlx::Error> {
        let (inner, database) = self.0.into_parts();
        query::command(&database, "ROLLBACK", inner.rollback()).await
    }
}

impl<DB: Database> std::fmt::Debug for Transaction<'_, DB> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Transaction").finish_non_exhaustive()
    }
}

impl<DB: Database> Deref for PooledConnection<DB> {
    type Target = Traced<DB, PoolConnection<DB>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<DB: Database> DerefMut for PooledConnection<DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<'c, DB: Database> Deref for Transaction<'c, DB> {
    type Target = Traced<DB, sqlx::Transaction<'c, DB>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<DB: Database> DerefMut for Transaction<'_, DB> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
