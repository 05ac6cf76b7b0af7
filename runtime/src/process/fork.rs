//! Locks after `fork`.
//!
//! A forked child has only the thread that forked. A lock that another thread of the parent held at that moment stays
//! locked in the child for good, so the child uses a fresh set.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

/// How many processes in a chain of forks have a set of their own.
const SLOTS: usize = 8;

static FORKS: AtomicUsize = AtomicUsize::new(0);

/// A static with one value for each process in a chain of forks.
pub(crate) struct PerProcess<T> {
    slots: [T; SLOTS],
}

impl<T> PerProcess<T> {
    pub(crate) const fn new(slots: [T; SLOTS]) -> Self {
        Self { slots }
    }
}

impl<T> Deref for PerProcess<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        &self.slots[FORKS.load(Ordering::Relaxed) % SLOTS]
    }
}

/// Which process in a chain of forks this is.
pub(crate) fn process() -> usize {
    FORKS.load(Ordering::Relaxed)
}

/// From here on this process uses the next value of each [`PerProcess`].
pub(crate) fn next_process() {
    FORKS.fetch_add(1, Ordering::SeqCst);
}
