//! How sleeping threads are woken: exporters' threads that wait for work, and callers that wait for a flush.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Instant;

use super::block::FULL_BYTES;

static LOCK: Mutex<()> = Mutex::new(());
static RANG: Condvar = Condvar::new();
static SLEEPERS: AtomicUsize = AtomicUsize::new(0);

/// Chunks that recording threads filled since the last drain.
static FULL_CHUNKS: AtomicUsize = AtomicUsize::new(0);
/// How many of them wake an exporter's thread.
static WAKE_AT: AtomicUsize = AtomicUsize::new(FULL_BYTES / (16 << 10));

/// Wakes everybody to look at what they wait for.
pub(crate) fn ring() {
    if SLEEPERS.load(Ordering::SeqCst) > 0 {
        let _lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
        RANG.notify_all();
    }
}

/// Called on a recording thread for each chunk it fills. Waking costs a system call, so it waits for a block's worth.
pub(crate) fn on_full_chunk() {
    let full = FULL_CHUNKS.fetch_add(1, Ordering::Relaxed) + 1;
    if full.is_multiple_of(WAKE_AT.load(Ordering::Relaxed)) {
        ring();
    }
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
    let mut lock = LOCK.lock().unwrap_or_else(PoisonError::into_inner);
    SLEEPERS.fetch_add(1, Ordering::SeqCst);
    let met = loop {
        if is_met() {
            break true;
        }
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break false;
        }
        lock = RANG.wait_timeout(lock, left).unwrap_or_else(PoisonError::into_inner).0;
    };
    SLEEPERS.fetch_sub(1, Ordering::SeqCst);
    met
}
