//! All orders that the memory model allows, with few preemptions.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]
#![allow(clippy::duplicate_mod, reason = "the files as they are, and with a fault planted")]
#![allow(dead_code, reason = "of the files under test, the scenes use what threads meet in")]

use std::time::{Duration, Instant};

use loom::thread;

/// As the program has them.
#[path = "."]
mod as_they_are {
    /// Words of a record before its dynamic fields: fewer than there are, since each one is a step.
    const HEAD_WORDS: usize = 2;

    mod sync {
        pub(super) use loom::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering, fence};
        pub(super) use loom::sync::{Arc, Condvar, Mutex};
    }

    #[path = "../../../runtime/src/pipeline/wakeup/bell.rs"]
    mod bell;
    #[path = "../../../core/src/handoff/outbox/chunk.rs"]
    mod chunk;

    include!("shared/scenes.rs");
}

/// With primitives that order less than what was asked for.
#[path = "."]
mod weaker {
    const HEAD_WORDS: usize = 2;

    mod sync {
        pub(super) use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
        pub(super) use loom::sync::{Arc, Condvar, Mutex};

        pub(super) const fn fence(_: Ordering) {}

        #[derive(Debug)]
        pub(super) struct AtomicUsize(loom::sync::atomic::AtomicUsize);

        impl AtomicUsize {
            pub(super) fn new(value: usize) -> Self {
                Self(loom::sync::atomic::AtomicUsize::new(value))
            }

            pub(super) fn load(&self, order: Ordering) -> usize {
                self.0.load(order)
            }

            /// Publishes nothing.
            pub(super) fn store(&self, value: usize, _: Ordering) {
                self.0.store(value, Ordering::Relaxed);
            }

            pub(super) fn fetch_add(&self, value: usize, order: Ordering) -> usize {
                self.0.fetch_add(value, order)
            }

            pub(super) fn fetch_sub(&self, value: usize, order: Ordering) -> usize {
                self.0.fetch_sub(value, order)
            }
        }
    }

    #[path = "../../../runtime/src/pipeline/wakeup/bell.rs"]
    mod bell;
    #[path = "../../../core/src/handoff/outbox/chunk.rs"]
    mod chunk;

    include!("shared/scenes.rs");
}

fn check(scene: fn()) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(scene);
}

#[test]
fn every_record_is_read_once_whole_and_in_order() {
    check(as_they_are::records);
}

#[test]
#[should_panic(expected = "a record that was published is whole")]
fn publishing_without_release_is_found() {
    check(weaker::records);
}

#[test]
fn sleeper_is_woken() {
    check(as_they_are::wakes);
}

#[test]
#[should_panic(expected = "deadlock")]
fn wake_up_without_a_fence_is_found_to_be_lost() {
    check(weaker::wakes);
}
