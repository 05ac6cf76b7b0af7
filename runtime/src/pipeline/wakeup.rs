//! How sleeping threads are woken: exporters' threads that wait for work, and callers that wait for a flush.

mod bell;

use std::time::Instant;

use traced_core::__runtime::block::FULL_BYTES;
use traced_core::__runtime::clock::Timebase;
use traced_core::__runtime::fork::PerProcess;
use traced_core::__runtime::per_process;

use bell::Bell;
use sync::{AtomicUsize, Condvar, Mutex, Ordering};

/// What [`bell`] is made of; under a checker, the checker's.
mod sync {
    pub(super) use std::sync::atomic::{AtomicUsize, Ordering, fence};
    pub(super) use std::sync::{Condvar, Mutex};
}

/// As many chunks as a block takes.
const CHUNKS_IN_BLOCK: usize = FULL_BYTES / (16 << 10);

static BELL: PerProcess<Bell> = per_process!(Bell {
    lock: Mutex::new(()),
    rang: Condvar::new(),
    sleepers: AtomicUsize::new(0),
    full_chunks: AtomicUsize::new(0),
    wake_at: AtomicUsize::new(CHUNKS_IN_BLOCK),
});

/// Wakes everybody to look at what they wait for.
pub(crate) fn ring() {
    BELL.ring();
}

/// Called on a recording thread for each chunk it fills.
pub(crate) fn on_full_chunk() {
    if BELL.on_full_chunk() {
        // The exporters' threads, which do this otherwise, may be held up.
        Timebase::get().follow_wall_clock_if_due();
    }
}

/// Says that the outboxes have been drained.
pub(crate) fn drained() {
    BELL.drained();
}

/// Whether enough has piled up to be worth draining.
pub(crate) fn is_much_waiting() -> bool {
    BELL.is_much_waiting()
}

/// Wakes after fewer chunks, for queues that hold little.
pub(crate) fn wake_after_spans(spans: usize) {
    const SPANS_IN_CHUNK: usize = 150;
    let chunks = (spans / SPANS_IN_CHUNK).clamp(1, CHUNKS_IN_BLOCK);
    BELL.wake_at.fetch_min(chunks, Ordering::Relaxed);
}

/// Sleeps until `is_met`, or until `deadline`. Says whether it is met.
pub(crate) fn wait_until(deadline: Instant, is_met: impl Fn() -> bool) -> bool {
    BELL.wait_until(deadline, is_met)
}
