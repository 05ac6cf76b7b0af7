//! One connection.

use std::marker::PhantomData;
use std::sync::Arc;

use traced_conventions::db;

/// A connection or transaction whose queries have spans; used by `&mut`.
#[derive(Debug)]
pub struct Traced<DB, T> {
    pub(crate) inner: T,
    pub(crate) database: Arc<db::Database>,
    of: PhantomData<fn() -> DB>,
}

impl<DB, T> Traced<DB, T> {
    pub(crate) fn new(inner: T, database: Arc<db::Database>) -> Self {
        Self { inner, database, of: PhantomData }
    }

    pub(crate) fn into_parts(self) -> (T, Arc<db::Database>) {
        (self.inner, self.database)
    }

    /// sqlx's own, whose queries make no spans.
    pub fn inner(&mut self) -> &mut T {
        &mut self.inner
    }
}
