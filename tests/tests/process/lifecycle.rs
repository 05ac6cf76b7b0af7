//! From `init` to the end of the program, in good and bad order, with exporters that misbehave.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::process::{Command, Output};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use traced::{ExportCall, ExportError, MemoryExporter, Span, SpanBatch, SpanExporter, traced};
use traced_tests::child;
use traced_tests::hanging::hanging;

/// Long enough for anything that works.
const LONG: Duration = Duration::from_secs(30);

fn names(memory: &MemoryExporter) -> Vec<String> {
    memory.spans().iter().map(|span| span.view().name().to_owned()).collect()
}

#[traced]
fn work() {}

/// Runs `ends`, which ends as `how` says; returns the names of the spans it exported.
fn ends(how: &str) -> (Output, Vec<String>) {
    run(Command::new(env!("CARGO_BIN_EXE_ends")).arg(how))
}

fn run(command: &mut Command) -> (Output, Vec<String>) {
    let output = command.env("RUST_BACKTRACE", "0").output().unwrap();
    let out = String::from_utf8(output.stdout.clone()).unwrap();
    let names = out.lines().filter_map(|line| line.strip_prefix("span ")).map(str::to_owned).collect();
    (output, names)
}

#[test]
fn guard_flushes_on_early_return_with_question_mark() {
    let (output, spans) = ends("early-return");
    assert_eq!(spans, ["work", "fails"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("on purpose"));
}

#[test]
fn guard_flushes_when_main_panics() {
    let (output, spans) = ends("panic");
    assert_eq!(spans, ["work", "panics"]);
    assert_eq!(output.status.code(), Some(101));
}

/// Names what a panic that aborts has to export; run by `ci/abort.sh`, which builds such a program.
#[test]
fn spans_around_a_panic_that_aborts_arrive() {
    let Some(program) = std::env::var_os("TRACED_TEST_ABORTING") else { return };
    for (how, expected) in [
        ("panic", vec!["work", "panics"]),
        ("panic-on-thread", vec!["work", "panics"]),
        ("panic-inside", vec!["work", "panics", "async_in_between", "by hand", "outer"]),
    ] {
        let (output, spans) = run(Command::new(&program).arg(how));
        assert_eq!(spans, expected, "{how}");
        assert_eq!(output.status.code(), None, "{how}: ends by a signal");
    }
}

#[test]
fn spans_of_a_thread_that_panicked_arrive() {
    let (output, spans) = ends("panic-on-thread");
    assert_eq!(spans, ["work", "panics"]);
    assert!(output.status.success());
}

#[test]
fn guard_and_flush_work_in_tokio_runtimes() {
    for flavour in ["current-thread", "multi-thread"] {
        let (output, spans) = ends(flavour);
        assert_eq!(spans, ["work_async", "work_async", "work"], "{flavour}");
        assert!(output.status.success(), "{flavour}");
    }
}

#[test]
fn guard_in_a_thread_local_flushes() {
    let (output, spans) = ends("thread-local");
    assert!(output.status.success(), "{output:?}");
    assert_eq!(spans, ["work"]);
}

#[test]
fn shutdown_before_exit_flushes() {
    assert_eq!(ends("exit").1, ["work"]);
}

#[test]
fn open_spans_and_parked_threads_do_not_hold_up_the_end() {
    let (output, spans) = ends("open-spans");
    assert!(output.status.success());
    assert_eq!(spans, ["work"]);
}

#[test]
fn init_twice_is_an_error_that_says_what_to_do() {
    child::run("init_twice_is_an_error_that_says_what_to_do", &[], || {
        let (first, second) = (MemoryExporter::default(), MemoryExporter::default());
        let guard = traced::builder().exporter(first.clone()).init().unwrap();
        let error = traced::builder().exporter(second.clone()).init().unwrap_err();
        assert!(error.to_string().contains("call `init` once"), "{error}");
        work();
        guard.shutdown(LONG).unwrap();
        assert_eq!((names(&first), names(&second)), (vec!["work".to_owned()], vec![]));
    });
}

#[test]
fn init_again_after_shutdown() {
    child::run("init_again_after_shutdown", &[], || {
        for round in 0..3 {
            let memory = MemoryExporter::default();
            let guard = traced::builder().exporter(memory.clone()).init().unwrap();
            work();
            if round % 2 == 0 {
                drop(guard);
            } else {
                traced::shutdown(LONG).unwrap();
                traced::shutdown(LONG).unwrap();
                guard.shutdown(LONG).unwrap();
            }
            assert_eq!(names(&memory), ["work"], "round {round}");
            work();
            assert_eq!(names(&memory), ["work"], "nothing after the shutdown");
            traced::flush(LONG).unwrap();
        }
    });
}

#[test]
fn old_guard_leaves_a_later_init_alone() {
    child::run("old_guard_leaves_a_later_init_alone", &[], || {
        let old = traced::builder().exporter(MemoryExporter::default()).init().unwrap();
        traced::shutdown(LONG).unwrap();
        let memory = MemoryExporter::default();
        let _guard = traced::builder().exporter(memory.clone()).init().unwrap();
        drop(old);
        work();
        traced::flush(LONG).unwrap();
        assert_eq!(names(&memory), ["work"]);
    });
}

#[test]
fn tp_5_spans_after_shutdown_do_nothing_and_open_ones_are_counted() {
    child::run("tp_5_spans_after_shutdown_do_nothing_and_open_ones_are_counted", &[], || {
        let memory = MemoryExporter::default();
        let guard = traced::builder().exporter(memory.clone()).init().unwrap();
        let open = Span::start("open");
        guard.shutdown(LONG).unwrap();
        let late = Span::start("late");
        assert!(!late.is_recording());
        open.end();
        late.end();
        assert_eq!(memory.spans().len(), 0);
        let stats = traced::stats();
        assert_eq!((stats.started, stats.live, stats.dropped_after_shutdown), (1, 0, 1));
    });
}

/// Panics in its first export and in its first flush.
struct Panicking(MemoryExporter, usize);

impl SpanExporter for Panicking {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.1 += 1;
        assert!(self.1 > 1, "the first export panics");
        self.0.export(batch, call)
    }

    fn flush(&mut self, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        assert!(self.1 != 2, "the flush after the second export panics");
        Ok(())
    }

    fn shutdown(&mut self) {
        panic!("so does the end");
    }

    fn name(&self) -> &str {
        "panicking"
    }
}

#[test]
fn panicking_exporter_loses_its_batch_and_nothing_else() {
    let err = child::run("panicking_exporter_loses_its_batch_and_nothing_else", &[], || {
        let memory = MemoryExporter::default();
        let guard = traced::builder().exporter(Panicking(memory.clone(), 0)).init().unwrap();
        Span::start("lost").end();
        assert!(!traced::flush(LONG).unwrap_err().is_timeout());
        Span::start("second").end();
        assert!(!traced::flush(LONG).unwrap_err().is_timeout(), "its flush panicked");
        Span::start("third").end();
        traced::flush(LONG).unwrap();
        assert_eq!(names(&memory), ["second", "third"]);
        let stats = traced::stats();
        assert_eq!((stats.exporters[0].failed, stats.exporters[0].exported), (1, 2));
        guard.shutdown(LONG).unwrap();
    });
    if let Some(err) = err {
        assert!(err.contains("traced: panicking: the exporter panicked"), "{err}");
    }
}

#[test]
fn tp_6_flush_and_shutdown_of_a_hanging_exporter_time_out() {
    child::run("tp_6_flush_and_shutdown_of_a_hanging_exporter_time_out", &[], || {
        let (exporter, begun, let_go) = hanging();
        let guard = traced::builder().exporter(exporter).init().unwrap();
        work();
        let before = Instant::now();
        assert!(traced::flush(Duration::from_millis(100)).unwrap_err().is_timeout());
        begun.recv().unwrap();
        // Ending a span never waits for it.
        for _ in 0..10_000 {
            work();
        }
        assert!(guard.shutdown(Duration::from_millis(100)).unwrap_err().is_timeout());
        assert!(before.elapsed() < LONG, "{:?}", before.elapsed());
        assert_eq!(traced::stats().exporters[0].queued, 10_001);
        // Recording can be switched on again meanwhile.
        let memory = MemoryExporter::default();
        let guard = traced::builder().exporter(memory.clone()).init().unwrap();
        work();
        guard.shutdown(LONG).unwrap();
        assert_eq!(names(&memory), ["work"]);
        drop(let_go);
    });
}

#[test]
fn flush_async_blocks_nobody_and_keeps_its_time() {
    child::run("flush_async_blocks_nobody_and_keeps_its_time", &[], || {
        let (exporter, begun, let_go) = hanging();
        let memory = MemoryExporter::default();
        let guard = traced::builder().exporter(exporter).exporter(memory.clone()).init().unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            work();
            let before = Instant::now();
            let late = traced::flush_async(LONG);
            let ticks = async {
                // Runs between, on the same thread: nothing blocks it.
                begun.recv().unwrap();
            };
            let (error, ()) = futures_util::join!(traced::flush_async(Duration::from_millis(300)), ticks);
            assert!(error.unwrap_err().is_timeout());
            assert!((Duration::from_millis(300)..LONG).contains(&before.elapsed()), "{:?}", before.elapsed());
            assert_eq!(names(&memory), ["work"]);
            drop(let_go);
            late.await.unwrap();
        });
        guard.shutdown(LONG).unwrap();
    });
}

#[test]
fn slow_exporter_stalls_no_other() {
    child::run("slow_exporter_stalls_no_other", &[], || {
        let (exporter, begun, let_go) = hanging();
        let memory = MemoryExporter::default();
        let guard = traced::builder().exporter(exporter).exporter(memory.clone()).init().unwrap();
        for expected in 1..=3 {
            work();
            assert!(traced::flush(Duration::from_millis(50)).unwrap_err().is_timeout());
            let deadline = Instant::now() + LONG;
            while memory.spans().len() < expected {
                assert!(Instant::now() < deadline, "the other exporter waits for the hanging one");
                std::thread::yield_now();
            }
        }
        begun.recv().unwrap();
        let counts: Vec<_> = traced::stats().exporters.iter().map(|exporter| exporter.queued).collect();
        assert_eq!(counts, [3, 0]);
        drop(let_go);
        guard.shutdown(LONG).unwrap();
        let exported: Vec<_> = traced::stats().exporters.iter().map(|exporter| exporter.exported).collect();
        assert_eq!(exported, [3, 3]);
    });
}

/// Traces itself, and remembers whether two calls ever overlapped.
struct Curious {
    spans: Arc<Mutex<Vec<String>>>,
    is_inside: Arc<AtomicBool>,
    calls: Arc<AtomicUsize>,
}

impl SpanExporter for Curious {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        assert!(!self.is_inside.swap(true, Ordering::SeqCst), "two exports at once");
        self.calls.fetch_add(1, Ordering::SeqCst);
        work();
        Span::start("by hand").end();
        traced::event!("from the exporter");
        assert!(!traced::current().is_recording());
        self.spans.lock().unwrap().extend(batch.spans().map(|span| span.name().to_owned()));
        self.is_inside.store(false, Ordering::SeqCst);
        Ok(())
    }

    fn name(&self) -> &str {
        "curious"
    }
}

#[test]
fn exporter_is_called_by_one_thread_and_does_not_trace_itself() {
    child::run("exporter_is_called_by_one_thread_and_does_not_trace_itself", &[], || {
        let spans = Arc::<Mutex<Vec<String>>>::default();
        let calls = Arc::<AtomicUsize>::default();
        let exporter = Curious { spans: Arc::clone(&spans), is_inside: Arc::default(), calls: Arc::clone(&calls) };
        let guard = traced::builder().exporter(exporter).init().unwrap();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    for _ in 0..50 {
                        Span::start("outside").end();
                        traced::flush(LONG).unwrap();
                    }
                });
            }
        });
        guard.shutdown(LONG).unwrap();
        assert_eq!(spans.lock().unwrap().len(), 200);
        assert!(spans.lock().unwrap().iter().all(|name| name == "outside"));
        assert_eq!(traced::stats().started, 200);
        assert!(calls.load(Ordering::SeqCst) > 1);
    });
}

#[test]
fn flush_with_nothing_to_send_calls_no_export() {
    child::run("flush_with_nothing_to_send_calls_no_export", &[], || {
        let calls = Arc::<AtomicUsize>::default();
        let exporter = Curious { spans: Arc::default(), is_inside: Arc::default(), calls: Arc::clone(&calls) };
        let guard = traced::builder().exporter(exporter).init().unwrap();
        traced::flush(LONG).unwrap();
        guard.shutdown(LONG).unwrap();
        assert_eq!(calls.load(Ordering::SeqCst), 0);
    });
}

/// Waits for longer than any clock can tell.
struct Patient;

impl SpanExporter for Patient {
    fn export(&mut self, _batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        if call.wait(Duration::MAX) { Err(ExportError::new("waited")) } else { Ok(()) }
    }

    fn name(&self) -> &str {
        "patient"
    }
}

#[test]
fn waiting_for_ever_is_no_panic() {
    child::run("waiting_for_ever_is_no_panic", &[], || {
        let guard = traced::builder().exporter(Patient).init().unwrap();
        work();
        traced::flush(LONG).unwrap();
        guard.shutdown(LONG).unwrap();
    });
}
