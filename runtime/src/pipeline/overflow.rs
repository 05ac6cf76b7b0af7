//! What is said when spans are dropped as they end, because the memory for finished spans is full.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use crate::export::said::Said;
use traced_core::__runtime::diagnostics::warn;
use traced_core::__runtime::outbox;

/// What was seen and said so far.
#[derive(Debug, Default)]
pub(crate) struct Overflow {
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    /// Dropped before this pipeline, and up to the last look.
    first: Option<u64>,
    seen: u64,
    said: Said,
}

impl Overflow {
    /// Looks at the counter of dropped spans.
    pub(super) fn look(&self, dropped: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let new = dropped.saturating_sub(std::mem::replace(&mut state.seen, dropped));
        if state.first.is_none() {
            state.first = Some(dropped);
            return;
        }
        let due = if new == 0 { None } else { state.said.count("dropped", new, Instant::now()) };
        drop(state);
        if let Some(spans) = due {
            let mebibytes = outbox::bound() as f64 / f64::from(1 << 20);
            warn(format_args!(
                "{spans} spans were dropped as they ended, since {mebibytes:.1} MiB of finished spans were waiting to be \
                 exported: raise the memory limit, sample, or look after what is slow (traced::stats() counts on)"
            ));
        }
    }

    /// The sum, at the end.
    pub(super) fn end(&self, dropped: u64) {
        self.look(dropped);
        let first = self.state.lock().unwrap_or_else(PoisonError::into_inner).first.unwrap_or(dropped);
        if dropped > first {
            let lost = dropped - first;
            warn(format_args!("in all, {lost} spans were dropped as they ended, for want of memory"));
        }
    }
}
