//! Every span is accounted for, whatever its thread does and whoever flushes or shuts down meanwhile.

#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "also in the helpers of tests")]

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Poll, Waker};
use std::thread;
use std::time::Duration;

use traced::{Context, ExportCall, ExportError, Guard, Span, SpanBatch, SpanExporter, SpanId, Stats, traced};
use traced_tests::child;

const LONG: Duration = Duration::from_secs(60);

/// Counts spans, and those whose id it has seen before.
#[derive(Clone, Default)]
struct Count {
    seen: Arc<Mutex<HashSet<SpanId>>>,
    twice: Arc<AtomicU64>,
}

impl Count {
    fn spans(&self) -> u64 {
        assert_eq!(self.twice.load(Ordering::SeqCst), 0, "exported twice");
        self.seen.lock().unwrap_or_else(PoisonError::into_inner).len() as u64
    }
}

impl SpanExporter for Count {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let mut seen = self.seen.lock().unwrap();
        let is_old = |id| u64::from(!seen.insert(id));
        let twice: u64 = batch.spans().map(|span| span.span_id()).map(is_old).sum();
        self.twice.fetch_add(twice, Ordering::SeqCst);
        Ok(())
    }

    fn name(&self) -> &str {
        "count"
    }
}

fn init() -> (Count, Guard) {
    let count = Count::default();
    let guard = traced::builder().exporter(count.clone()).init().unwrap();
    (count, guard)
}

/// Ends the process when the test takes so long that something must be stuck. Dropping the sender calls it off.
fn watchdog() -> Sender<()> {
    let (alive, gone) = channel();
    thread::spawn(move || {
        if gone.recv_timeout(Duration::from_secs(300)) == Err(RecvTimeoutError::Timeout) {
            eprintln!("deadlock: {:?}", traced::stats());
            std::process::abort();
        }
    });
    alive
}

/// What became of the spans that started must add up, and be what the exporter saw.
fn account(stats: &Stats, count: &Count) {
    let exporter = &stats.exporters[0];
    assert_eq!(exporter.exported, count.spans(), "{stats:?}");
    assert_eq!((exporter.queued, exporter.failed), (0, 0), "{stats:?}");
    assert_eq!(stats.live, 0, "{stats:?}");
    let dropped =
        stats.dropped_full + stats.dropped_at_thread_exit + stats.dropped_after_shutdown + exporter.dropped_full;
    assert_eq!(stats.started, exporter.exported + dropped, "{stats:?}");
}

/// Spans that were seen to record, by those who made them.
static MADE: AtomicU64 = AtomicU64::new(0);

fn made() {
    if traced::current().is_recording() {
        MADE.fetch_add(1, Ordering::Relaxed);
    }
}

#[traced(attrs(round))]
fn outer(round: u64) {
    made();
    inner();
}

#[traced]
fn inner() {
    made();
}

#[traced(attrs(task, text = %task))]
async fn outer_async(task: u64) {
    made();
    tokio::task::yield_now().await;
    inner_async().await;
}

#[traced]
async fn inner_async() {
    made();
    tokio::task::yield_now().await;
}

const THREADS: u64 = 8;
const TASKS: u64 = 1_000;
const SPANS: u64 = 1_000_000;

#[test]
fn a_million_spans_while_others_flush_and_shut_down() {
    child::run("a_million_spans_while_others_flush_and_shut_down", &[], || {
        let _watchdog = watchdog();
        let (count, guard) = init();
        let (ended, is_down) = (AtomicU64::new(0), AtomicBool::new(false));
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    // Goes on until after the shutdown.
                    while !is_down.load(Ordering::Relaxed) {
                        outer(ended.fetch_add(2, Ordering::Relaxed));
                    }
                });
            }
            for _ in 0..2 {
                scope.spawn(|| {
                    while !is_down.load(Ordering::Relaxed) {
                        traced::flush(LONG).unwrap();
                    }
                });
            }
            run_tasks();
            while ended.load(Ordering::Relaxed) < SPANS / 2 {
                thread::yield_now();
            }
            guard.shutdown(LONG).unwrap();
            is_down.store(true, Ordering::Relaxed);
        });
        let stats = traced::stats();
        assert!(stats.started >= SPANS, "{stats:?}");
        // A shutdown may come between a start and the look at whether it records.
        assert!(stats.started.abs_diff(MADE.load(Ordering::Relaxed)) <= THREADS * 2, "{stats:?}");
        account(&stats, &count);
    });
}

/// The tasks' half of the spans.
fn run_tasks() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).build().unwrap();
    let tasks = (0..TASKS).map(|task| {
        runtime.spawn(async move {
            for _ in 0..SPANS / 2 / TASKS / 2 {
                outer_async(task).await;
            }
        })
    });
    let tasks: Vec<_> = tasks.collect();
    runtime.block_on(async {
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn threads_that_exit_and_panic() {
    child::run("threads_that_exit_and_panic", &[("RUST_BACKTRACE", "0")], || {
        std::panic::set_hook(Box::new(|_| {}));
        let _watchdog = watchdog();
        let (count, guard) = init();
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            scope.spawn(|| {
                while !is_over.load(Ordering::Relaxed) {
                    traced::flush(LONG).unwrap();
                }
            });
            for _ in 0..50 {
                let threads: Vec<_> = (0..20)
                    .map(|number| {
                        scope.spawn(move || {
                            outer(number);
                            if number % 2 == 0 {
                                panics();
                            }
                            outer(number);
                        })
                    })
                    .collect();
                for (number, thread) in threads.into_iter().enumerate() {
                    assert_eq!(thread.join().is_err(), number % 2 == 0);
                }
            }
            is_over.store(true, Ordering::Relaxed);
        });
        guard.shutdown(LONG).unwrap();
        let stats = traced::stats();
        assert_eq!(stats.started, 50 * (10 * 4 + 10 * 4), "{stats:?}");
        assert_eq!(count.spans(), stats.started, "none is lost");
        account(&stats, &count);
    });
}

#[traced]
fn panics() {
    inner();
    panic!("on purpose");
}

#[test]
fn pr_6_flush_reaches_blocked_threads() {
    child::run("pr_6_flush_reaches_blocked_threads", &[], || {
        const THREADS: usize = 50;
        let _watchdog = watchdog();
        let (count, guard) = init();
        let (say, said) = channel();
        let (go_on, wait): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| channel::<()>()).unzip();
        let threads: Vec<_> = wait
            .into_iter()
            .map(|wait| {
                let say = say.clone();
                thread::spawn(move || blocked(&say, &wait))
            })
            .collect();
        for _ in 0..THREADS {
            said.recv().unwrap();
        }
        // All of them are inside a span and blocked.
        traced::flush(LONG).unwrap();
        assert_eq!(count.spans(), THREADS as u64 * 20);
        assert_eq!(traced::stats().live, THREADS as u64);
        drop(go_on);
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        guard.shutdown(LONG).unwrap();
        assert_eq!(count.spans(), THREADS as u64 * 21);
        account(&traced::stats(), &count);
    });
}

#[traced]
fn blocked(say: &Sender<()>, wait: &Receiver<()>) {
    (0..10).for_each(outer);
    say.send(()).unwrap();
    assert!(wait.recv().is_err());
}

/// Ends spans when its thread's storage is taken down.
#[derive(Default)]
struct AtExit {
    by_hand: RefCell<Option<Span>>,
    guard: RefCell<Option<traced::__rt::Entered>>,
    /// One that is dropped, and one that is polled to its end.
    futures: RefCell<Vec<Pin<Box<dyn Future<Output = ()>>>>>,
    handled: Cell<bool>,
}

impl Drop for AtExit {
    fn drop(&mut self) {
        outer(0);
        drop(Span::start("in a destructor"));
        traced::attrs!(nobody = 1);
        if let Some(span) = self.by_hand.take() {
            span.set_attribute("late", 1);
            span.end();
        }
        drop(self.guard.take());
        let mut futures = self.futures.take();
        if let Some(mut last) = futures.pop() {
            assert!(poll_once(&mut last).is_ready());
        }
        drop(futures);
        assert!(self.handled.get());
    }
}

#[traced]
async fn waits_once() {
    inner();
    tokio::task::yield_now().await;
    inner();
}

fn poll_once(future: &mut Pin<Box<dyn Future<Output = ()>>>) -> Poll<()> {
    future.as_mut().poll(&mut std::task::Context::from_waker(Waker::noop()))
}

thread_local! {
    static FIRST: AtExit = AtExit::default();
    static LAST: AtExit = AtExit::default();
}

static SITE: traced::__rt::Site = traced::__rt::Site::here("held", "stress");

fn prepare(at_exit: &AtExit) {
    at_exit.handled.set(true);
    at_exit.by_hand.replace(Some(Span::start("held by hand")));
    let waiting = || {
        let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(waits_once());
        assert!(poll_once(&mut future).is_pending());
        future
    };
    at_exit.futures.replace(vec![waiting(), waiting()]);
    at_exit.guard.replace(Some(traced::__rt::enter(&SITE)));
}

#[test]
fn spans_ended_in_destructors_of_thread_locals_are_counted() {
    child::run("spans_ended_in_destructors_of_thread_locals_are_counted", &[], || {
        let _watchdog = watchdog();
        let (count, guard) = init();
        for _ in 0..20 {
            thread::spawn(|| {
                // One is initialised before the library's own storage, the other after it: one goes before it, one after.
                FIRST.with(|at_exit| at_exit.handled.set(false));
                inner();
                LAST.with(prepare);
                FIRST.with(prepare);
            })
            .join()
            .unwrap();
        }
        guard.shutdown(LONG).unwrap();
        let stats = traced::stats();
        assert!(stats.dropped_at_thread_exit > 0 && count.spans() > 20, "both sides of the end: {stats:?}");
        account(&stats, &count);
    });
}

#[test]
fn spans_moved_between_threads_are_counted_once() {
    child::run("spans_moved_between_threads_are_counted_once", &[], || {
        let _watchdog = watchdog();
        let (count, guard) = init();
        let (send, receive) = channel::<Span>();
        let ender = thread::spawn(move || {
            // Half are ended, half only dropped; clones end nothing twice.
            for (index, span) in receive.into_iter().enumerate() {
                let clone = span.clone();
                if index % 2 == 0 {
                    span.end();
                }
                clone.set_attribute("index", index as i64);
                clone.end();
            }
        });
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..2_000 {
                        let span = Span::start("moved");
                        let _current = span.attach();
                        inner();
                        let there = Context::current();
                        send.send(span.clone()).unwrap();
                        drop(there.attach());
                    }
                });
            }
        });
        drop(send);
        ender.join().unwrap();
        guard.shutdown(LONG).unwrap();
        let stats = traced::stats();
        assert_eq!(stats.started, 32_000);
        account(&stats, &count);
    });
}

#[test]
fn tp_7_init_flush_shutdown_and_stats_from_many_threads_at_once() {
    child::run("tp_7_init_flush_shutdown_and_stats_from_many_threads_at_once", &[], || {
        let _watchdog = watchdog();
        let count = Count::default();
        let stop = AtomicBool::new(false);
        let successes = AtomicU64::new(0);
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        outer(1);
                    }
                });
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let _ = traced::flush(Duration::from_millis(1));
                        let _ = traced::stats();
                    }
                });
            }
            let starters: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        for _ in 0..30 {
                            let Ok(guard) = traced::builder().exporter(count.clone()).init() else { continue };
                            successes.fetch_add(1, Ordering::Relaxed);
                            thread::yield_now();
                            drop(guard);
                        }
                    })
                })
                .collect();
            starters.into_iter().for_each(|starter| starter.join().unwrap());
            stop.store(true, Ordering::Relaxed);
        });
        assert!(successes.load(Ordering::Relaxed) > 0);
        let stats = traced::stats();
        assert_eq!(stats.live, 0, "{stats:?}");
        assert!(count.spans() + stats.dropped_after_shutdown + stats.dropped_full <= stats.started, "{stats:?}");
    });
}
