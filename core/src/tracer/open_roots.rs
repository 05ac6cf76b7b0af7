//! Which traces have requests under way here, for those who decide about traces that pass through a process twice.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::model::id::TraceId;

/// The local roots that have started and whose records were not met yet, trace by trace.
#[derive(Debug, Default)]
pub struct OpenRoots(Mutex<HashMap<TraceId, Open>>);

#[derive(Debug)]
struct Open {
    roots: u32,
    since: Instant,
}

impl OpenRoots {
    fn locked(&self) -> MutexGuard<'_, HashMap<TraceId, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A root has started.
    pub(crate) fn started(&self, trace: TraceId) {
        let since = Instant::now();
        self.locked().entry(trace).or_insert(Open { roots: 0, since }).roots += 1;
    }

    /// The record of a root was met. Says whether others of its trace are under way.
    pub fn ended(&self, trace: TraceId) -> bool {
        let mut traces = self.locked();
        let Some(open) = traces.get_mut(&trace) else { return false };
        open.roots = open.roots.saturating_sub(1);
        let are_others_open = open.roots > 0;
        if !are_others_open {
            traces.remove(&trace);
        }
        are_others_open
    }

    /// Forgets traces that began longer ago: records of roots may be lost, and nobody waits for them so long.
    pub fn forget_older_than(&self, age: Duration) {
        self.locked().retain(|_, open| open.since.elapsed() <= age);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_root_of_a_trace_closes_it() {
        let (roots, trace) = (OpenRoots::default(), TraceId::from_u128(1));
        assert!(!roots.ended(trace));
        roots.started(trace);
        roots.started(trace);
        roots.started(TraceId::from_u128(2));
        assert_eq!([roots.ended(trace), roots.ended(trace), roots.ended(trace)], [true, false, false]);
        roots.forget_older_than(Duration::ZERO);
        assert!(roots.locked().is_empty(), "what is lost is not kept for good");
    }
}
