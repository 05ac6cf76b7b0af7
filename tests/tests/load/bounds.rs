//! Bounds that hold for unusual threads: those that come and go, with little memory, or with a deep stack.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::thread;
use std::time::Duration;

use traced::{MemoryExporter, traced};
use traced_tests::child;
use traced_tests::hanging::hanging;

const LONG: Duration = Duration::from_secs(60);

#[traced]
fn work() {}

#[test]
fn threads_that_come_and_go_stay_within_the_bound() {
    child::run("threads_that_come_and_go_stay_within_the_bound", &[], || {
        const BOUND: usize = 1 << 20;
        const THREADS: u64 = 5_000;
        let (exporter, begun, go_on) = hanging();
        let guard = traced::builder().exporter(exporter).memory_limit(BOUND).init().unwrap();
        work();
        assert!(traced::flush(Duration::from_millis(100)).unwrap_err().is_timeout());
        begun.recv().unwrap();
        // Nobody takes these as long as the export lasts.
        for _ in 0..THREADS {
            thread::spawn(work).join().unwrap();
        }
        let stats = traced::stats();
        assert_eq!((stats.started, stats.live), (THREADS + 1, 0), "{stats:?}");
        assert!(stats.held_bytes <= BOUND, "{stats:?}");
        let kept = BOUND as u64 / 1024;
        assert!(stats.dropped_full >= THREADS - kept, "{stats:?}");
        drop(go_on);
        guard.shutdown(LONG).unwrap();
        let stats = traced::stats();
        assert_eq!(stats.started, stats.exporters[0].exported + stats.dropped_full, "{stats:?}");
        assert_eq!(stats.held_bytes, 0, "{stats:?}");
    });
}

#[test]
fn tiny_bound_does_not_stop_a_thread_for_good() {
    child::run("tiny_bound_does_not_stop_a_thread_for_good", &[], || {
        for bound in [0, 1, 1_024, 10_000, 20_000] {
            let memory = MemoryExporter::default();
            let guard = traced::builder().exporter(memory.clone()).memory_limit(bound).init().unwrap();
            thread::spawn(|| {
                for _ in 0..1_000 {
                    work();
                    traced::flush(LONG).unwrap();
                }
            })
            .join()
            .unwrap();
            guard.shutdown(LONG).unwrap();
            assert_eq!(memory.spans().len(), 1_000, "{bound}");
        }
    });
}

#[traced]
fn deep(levels: u32) -> u32 {
    if levels == 0 { 0 } else { deep(levels - 1) + 1 }
}

/// Bytes that stay allocated after a deep recursion.
fn left_by_a_deep_recursion() -> i64 {
    const STACK: usize = 256 << 20;
    let recurse = || {
        deep(10);
        let mut levels = 0;
        let info = allocation_counter::measure(|| levels = deep(50_000));
        assert_eq!(levels, 50_000);
        info.bytes_current
    };
    thread::Builder::new().stack_size(STACK).spawn(recurse).unwrap().join().unwrap()
}

#[test]
fn deep_recursion_gives_its_memory_back() {
    child::run("deep_recursion_gives_its_memory_back", &[], || {
        let guard = traced::builder().exporter(MemoryExporter::default()).memory_limit(1 << 20).init().unwrap();
        let left = left_by_a_deep_recursion();
        // What the thread keeps for its next spans, and what waits in its outbox.
        assert!(left < 2 << 20, "{left} bytes are left");
        drop(guard);
    });
}

#[test]
fn deep_recursion_that_is_not_sampled_gives_its_memory_back() {
    let variables = [("OTEL_TRACES_SAMPLER", "always_off")];
    child::run("deep_recursion_that_is_not_sampled_gives_its_memory_back", &variables, || {
        let guard = traced::builder().exporter(MemoryExporter::default()).init().unwrap();
        let left = left_by_a_deep_recursion();
        assert!(left < 1 << 20, "{left} bytes are left");
        drop(guard);
    });
}
