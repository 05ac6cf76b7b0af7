//! Counters that cost the recording thread no more than a store.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters with one writing thread each, summed when read.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Recording spans that started here.
    pub(crate) started: Counter,
    /// Spans that were started but not recorded.
    pub(crate) unsampled: Counter,
    /// Ended spans dropped because the bound was reached.
    pub(crate) dropped_full: Counter,
}

/// A counter that only its own thread adds to.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds one; for the owning thread only.
    #[inline]
    pub(crate) fn increment(&self) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    /// Takes one back; for the owning thread only.
    #[cold]
    pub(crate) fn decrement(&self) {
        self.0.store(self.0.load(Ordering::Relaxed).wrapping_sub(1), Ordering::Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Sums of the counters of all threads.
#[derive(Clone, Copy, Debug, Default)]
pub struct Totals {
    /// Recording spans that have started.
    pub started: u64,
    /// Spans that were not recorded, by a sampler's decision.
    pub unsampled: u64,
    /// Spans dropped because the bound in bytes was reached.
    pub dropped_full: u64,
    /// Spans that ended on a thread past its end.
    pub dropped_at_thread_exit: u64,
}

impl Totals {
    pub(super) const NONE: Self = Self { started: 0, unsampled: 0, dropped_full: 0, dropped_at_thread_exit: 0 };

    pub(super) fn sum(&mut self, other: Self) {
        self.started += other.started;
        self.unsampled += other.unsampled;
        self.dropped_full += other.dropped_full;
    }

    pub(super) fn add(&mut self, counters: &Counters) {
        self.started += counters.started.get();
        self.unsampled += counters.unsampled.get();
        self.dropped_full += counters.dropped_full.get();
    }
}
