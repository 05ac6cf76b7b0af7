//! Threads that sleep until something is there, and threads that wake them when they have brought it.
//!
//! Bringing something and looking for sleepers, on one side, and lying down and looking for something, on the other, are
//! two stores with a load after each: without a fence between them, both loads may miss what the other side has stored,
//! and nobody wakes the sleeper. `tests/models` runs this file under checkers that try such orders.

use std::sync::PoisonError;
use std::time::Instant;

use super::sync::{AtomicUsize, Condvar, Mutex, Ordering, fence};

pub(super) struct Bell {
    pub(super) lock: Mutex<()>,
    pub(super) rang: Condvar,
    pub(super) sleepers: AtomicUsize,
    /// Chunks that recording threads filled since the last drain.
    pub(super) full_chunks: AtomicUsize,
    /// How many of them wake an exporter's thread.
    pub(super) wake_at: AtomicUsize,
}

impl Bell {
    /// Wakes everybody to look at what they wait for.
    pub(super) fn ring(&self) {
        fence(Ordering::SeqCst);
        if self.sleepers.load(Ordering::Relaxed) > 0 {
            let _lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
            self.rang.notify_all();
        }
    }

    /// Counts a chunk that was filled. Waking costs a system call, so it waits for a block's worth. Says whether there was
    /// one.
    pub(super) fn on_full_chunk(&self) -> bool {
        let full = self.full_chunks.fetch_add(1, Ordering::Relaxed) + 1;
        let is_much = full.is_multiple_of(self.wake_at.load(Ordering::Relaxed));
        if is_much {
            self.ring();
        }
        is_much
    }

    /// Says that the outboxes have been drained.
    pub(super) fn drained(&self) {
        self.full_chunks.store(0, Ordering::Relaxed);
    }

    /// Whether enough has piled up to be worth draining.
    pub(super) fn is_much_waiting(&self) -> bool {
        self.full_chunks.load(Ordering::Relaxed) >= self.wake_at.load(Ordering::Relaxed)
    }

    /// Sleeps until `is_met`, or until `deadline`. Says whether it is met.
    pub(super) fn wait_until(&self, deadline: Instant, is_met: impl Fn() -> bool) -> bool {
        let mut lock = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        let met = loop {
            if is_met() {
                break true;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                break false;
            }
            lock = self.rang.wait_timeout(lock, left).unwrap_or_else(PoisonError::into_inner).0;
        };
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
        met
    }
}
