//! Where the spans of every contender end: counted, and now and then read.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

static SPANS: AtomicU64 = AtomicU64::new(0);
static ATTRIBUTES: AtomicU64 = AtomicU64::new(0);
static EVENTS: AtomicU64 = AtomicU64::new(0);
static ERRORS: AtomicU64 = AtomicU64::new(0);
static READING: AtomicBool = AtomicBool::new(false);

/// What arrived. Only the spans are counted while the sink does not read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Arrived {
    /// Spans.
    pub spans: u64,
    /// Attributes of spans, those that a library adds by itself included.
    pub attributes: u64,
    /// Events on spans.
    pub events: u64,
    /// Spans whose status is an error.
    pub errors: u64,
}

/// Whether exporters should read each span, not only count them. Off while something is timed: reading is the
/// bench's work, and the same for nobody.
#[must_use]
pub fn is_reading() -> bool {
    READING.load(Relaxed)
}

/// Switches reading on or off.
pub fn set_reading(on: bool) {
    READING.store(on, Relaxed);
}

/// Counts what arrived.
pub fn add(arrived: Arrived) {
    SPANS.fetch_add(arrived.spans, Relaxed);
    ATTRIBUTES.fetch_add(arrived.attributes, Relaxed);
    EVENTS.fetch_add(arrived.events, Relaxed);
    ERRORS.fetch_add(arrived.errors, Relaxed);
}

/// Takes the counts and starts anew.
#[must_use]
pub fn take() -> Arrived {
    Arrived {
        spans: SPANS.swap(0, Relaxed),
        attributes: ATTRIBUTES.swap(0, Relaxed),
        events: EVENTS.swap(0, Relaxed),
        errors: ERRORS.swap(0, Relaxed),
    }
}
