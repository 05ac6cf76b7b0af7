//! Random orders of many steps: recording threads, an exporter's thread, a flush, and the end.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::duplicate_mod, reason = "the files as they are, and with a fault planted")]
#![allow(dead_code, reason = "of the files under test, the scenes use what threads meet in")]

use std::time::{Duration, Instant};

use shuttle::thread;

/// How many orders are tried.
const ORDERS: usize = 3_000;

/// As the program has them.
#[path = "."]
mod as_they_are {
    const HEAD_WORDS: usize = 2;

    mod sync {
        pub(super) use shuttle::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
        pub(super) use shuttle::sync::{Arc, Condvar, Mutex};
    }

    #[path = "../../../runtime/src/pipeline/wakeup/bell.rs"]
    mod bell;
    #[path = "../../../core/src/handoff/outbox/chunk.rs"]
    mod chunk;

    include!("shared/pipeline.rs");
}

/// With a bell that wakes only one of those who sleep.
#[path = "."]
mod weaker {
    const HEAD_WORDS: usize = 2;

    mod sync {
        pub(super) use shuttle::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
        pub(super) use shuttle::sync::{Arc, Mutex, MutexGuard, WaitTimeoutResult};
        use std::sync::LockResult;
        use std::time::Duration;

        #[derive(Default)]
        pub(super) struct Condvar(shuttle::sync::Condvar);

        impl Condvar {
            pub(super) fn new() -> Self {
                Self::default()
            }

            pub(super) fn notify_all(&self) {
                self.0.notify_one();
            }

            pub(super) fn wait_timeout<'a, T>(
                &self,
                guard: MutexGuard<'a, T>,
                time: Duration,
            ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
                self.0.wait_timeout(guard, time)
            }
        }
    }

    #[path = "../../../runtime/src/pipeline/wakeup/bell.rs"]
    mod bell;
    #[path = "../../../core/src/handoff/outbox/chunk.rs"]
    mod chunk;

    include!("shared/pipeline.rs");
}

#[test]
fn flush_reaches_what_has_ended_nobody_sleeps_for_good_and_nothing_is_lost() {
    shuttle::check_random(as_they_are::pipeline, ORDERS);
}

#[test]
#[should_panic(expected = "deadlock")]
fn waking_only_one_is_found() {
    shuttle::check_random(weaker::pipeline, ORDERS);
}
