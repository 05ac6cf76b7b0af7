//! The word to an exporter's thread that time is running out.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

/// A deadline that may come into being while a thread sleeps.
#[derive(Debug, Default)]
pub(crate) struct Stop {
    deadline: Mutex<Option<Instant>>,
    changed: Condvar,
}

impl Stop {
    /// From now on everything has to be over at `deadline`.
    pub(crate) fn begin(&self, deadline: Instant) {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner) = Some(deadline);
        self.changed.notify_all();
    }

    pub(crate) fn deadline(&self) -> Option<Instant> {
        *self.deadline.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sleeps until `time`, or until the word came, if that is earlier.
    pub(crate) fn sleep_until(&self, time: Instant) {
        let mut deadline = self.deadline.lock().unwrap_or_else(PoisonError::into_inner);
        let had_come = deadline.is_some();
        while deadline.is_some() == had_come {
            let left = time.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            deadline = self.changed.wait_timeout(deadline, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}
