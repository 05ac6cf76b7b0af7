//! A recording span that handles refer to.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use super::identity::Identity;
use crate::wire::fields::Fields;

/// A recording span that handles refer to, on any thread. The fields are gone once it has ended.
pub struct SharedSpan {
    pub(crate) identity: Identity,
    fields: Mutex<Option<Fields>>,
    has_ended: AtomicBool,
}

impl SharedSpan {
    pub(crate) fn new(identity: Identity, fields: Fields) -> Self {
        Self { identity, fields: Mutex::new(Some(fields)), has_ended: AtomicBool::new(false) }
    }

    /// Changes the fields, unless the span has ended.
    pub(crate) fn with_fields<R>(&self, change: impl FnOnce(&mut Fields) -> R) -> Option<R> {
        self.fields.lock().unwrap_or_else(PoisonError::into_inner).as_mut().map(change)
    }

    /// Whether the span has ended, without asking for the lock.
    pub(crate) fn has_ended(&self) -> bool {
        self.has_ended.load(Ordering::Relaxed)
    }

    /// Takes the fields: the span has ended. `None` when it had already.
    pub(crate) fn take_fields(&self) -> Option<Fields> {
        if self.has_ended.swap(true, Ordering::Relaxed) {
            return None;
        }
        self.fields.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}
