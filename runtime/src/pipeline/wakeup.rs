//! How sleeping threads are woken: exporters' threads that wait for work, and callers that wait for a flush.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use traced_core::__runtime::block::FULL_BYTES;
use traced_core::__runtime::fork::PerProcess;
use traced_core::__runtime::per_process;

static BELL: PerProcess<Bell> = per_process!(Bell { lock: Mutex::new(()), rang: Condvar::new() });
static SLEEPERS: AtomicUsize = AtomicUsize::new(0);

struct Bell {
    lock: Mutex<()>,
    rang: Condvar,
}

/// Chunks that recording threads filled since the last drain.
static FULL_CHUNKS: AtomicUsize = AtomicUsize::new(0);
/// How many of them wake an exporter's thread.
static WAKE_AT: AtomicUsize = AtomicUsize::new(FULL_BYTES / (16 << 10));

/// Wakes everybody to look at what they wait for.
pub(crate) fn ring() {
    if SLEEPERS.load(Ordering::SeqCst) > 0 {
        let _lock = BELL.lock.lock().unwrap_or_else(PoisonError::into_inner);
        BELL.rang.notify_all();
    }
}

/// Called on a recording thread for each chunk it fills. Waking costs a system call, so it waits for a block's worth.
pub(crate) fn on_full_chunk() {
    let full = FULL_CHUNKS.fetch_add(1, Ordering::Relaxed) + 1;
    if full.is_multiple_of(WAKE_AT.load(Ordering::Relaxed)) {
        ring();
    }
}

/// Forgets the sleepers of a forked process's parent.
pub(crate) fn forget_inherited() {
    SLEEPERS.store(0, Ordering::SeqCst);
    drained();
}

/// Says that the outboxes have been drained.
pub(crate) fn drained() {
    FULL_CHUNKS.store(0, Ordering::Relaxed);
}

/// Whether enough has piled up to be worth draining.
pub(crate) fn is_much_waiting() -> bool {
    FULL_CHUNKS.load(Ordering::Relaxed) >= WAKE_AT.load(Ordering::Relaxed)
}

/// Wakes after fewer chunks, for queues that hold little.
pub(crate) fn wake_after_spans(spans: usize) {
    const SPANS_IN_CHUNK: usize = 150;
    let chunks = (spans / SPANS_IN_CHUNK).clamp(1, FULL_BYTES / (16 << 10));
    WAKE_AT.fetch_min(chunks, Ordering::Relaxed);
}

/// Sleeps until `is_met`, or until `deadline`. Says whether it is met.
pub(crate) fn wait_until(deadline: Instant, is_met: impl Fn() -> bool) -> bool {
    let mut lock = BELL.lock.lock().unwrap_or_else(PoisonError::into_inner);
    SLEEPERS.fetch_add(1, Ordering::SeqCst);
    let met = loop {
        if is_met() {
            break true;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break false;
        }
        lock = BELL.rang.wait_timeout(lock, left).unwrap_or_else(PoisonError::into_inner).0;
    };
    SLEEPERS.fetch_sub(1, Ordering::SeqCst);
    met
}
