//! Whatever happens in whatever order, each span that has ended is in exactly one count.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use traced::{ExportCall, ExportError, Guard, Span, SpanBatch, SpanExporter, Stats, traced};
use traced_tests::child;

const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(5);

#[derive(Clone, Debug)]
enum Step {
    Start,
    EndOldest,
    DropNewest,
    Work(u16),
    Large,
    Thread(u16),
    /// A thread on which a span stays open; another one ends it.
    Handed,
    Stall,
    Resume,
    Refuse(bool),
    Panic,
    Flush,
    Shutdown,
    Init {
        is_small: bool,
    },
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        3 => Just(Step::Start),
        2 => Just(Step::EndOldest),
        1 => Just(Step::DropNewest),
        3 => (1..400_u16).prop_map(Step::Work),
        2 => Just(Step::Large),
        2 => (0..200_u16).prop_map(Step::Thread),
        1 => Just(Step::Handed),
        1 => Just(Step::Stall),
        2 => Just(Step::Resume),
        1 => any::<bool>().prop_map(Step::Refuse),
        1 => Just(Step::Panic),
        3 => Just(Step::Flush),
        1 => Just(Step::Shutdown),
        2 => any::<bool>().prop_map(|is_small| Step::Init { is_small }),
    ];
    prop::collection::vec(step, 1..60)
}

/// What the exporter is told to do.
#[derive(Default)]
struct Orders {
    is_stalled: AtomicBool,
    refuses: AtomicBool,
    panics: AtomicBool,
    taken: AtomicU64,
}

struct Obedient(Arc<Orders>);

impl SpanExporter for Obedient {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        while self.0.is_stalled.load(Ordering::SeqCst) {
            if !call.wait(Duration::from_millis(1)) {
                return Err(ExportError::new("stalled until the end"));
            }
        }
        assert!(!self.0.panics.swap(false, Ordering::SeqCst), "on purpose");
        if self.0.refuses.load(Ordering::SeqCst) {
            return Err(ExportError::new("on purpose"));
        }
        self.0.taken.fetch_add(batch.spans().count() as u64, Ordering::SeqCst);
        Ok(())
    }

    fn name(&self) -> &str {
        "obedient"
    }
}

#[traced]
fn work() {}

/// What the exporters of pipelines that are over, or of the one that runs, say became of spans.
fn of_exporters(stats: &Stats) -> u64 {
    let of = |exporter: &traced::ExporterStats| {
        let gone = exporter.dropped_full + exporter.dropped_disk;
        exporter.exported + exporter.queued + exporter.failed + exporter.spooled + gone
    };
    stats.exporters.iter().map(of).sum()
}

struct Run {
    orders: Arc<Orders>,
    guard: Option<Guard>,
    open: Vec<Span>,
    started: u64,
    before: Stats,
    /// In the counts of exporters of earlier pipelines.
    earlier: u64,
}

impl Run {
    fn new() -> Self {
        let before = traced::stats();
        // Those of the last run's pipeline are in its counts.
        Self { orders: Arc::default(), guard: None, open: Vec::new(), started: 0, before, earlier: 0 }
    }

    fn is_on(&self) -> bool {
        self.guard.is_some()
    }

    fn start(&mut self, spans: u64) {
        self.started += if self.is_on() { spans } else { 0 };
    }

    fn keep(&mut self, span: Span) {
        if self.is_on() {
            self.open.push(span);
        }
    }

    fn step(&mut self, step: &Step) {
        match step {
            Step::Start => {
                self.start(1);
                let span = Span::start("by hand");
                assert_eq!(span.is_recording(), self.is_on());
                self.keep(span);
            }
            Step::EndOldest => self.open.drain(..self.open.len().min(1)).for_each(|span| span.end()),
            Step::DropNewest => drop(self.open.pop()),
            Step::Work(spans) => {
                self.start(u64::from(*spans));
                (0..*spans).for_each(|_| work());
            }
            Step::Large => {
                self.start(1);
                let span = Span::start("large");
                span.set_attribute("text", "x".repeat(40_000));
            }
            Step::Thread(spans) => {
                self.start(u64::from(*spans));
                let spans = *spans;
                thread::spawn(move || (0..spans).for_each(|_| work())).join().unwrap();
            }
            Step::Handed => {
                self.start(1);
                self.keep(thread::spawn(|| Span::start("handed")).join().unwrap());
            }
            Step::Stall => self.orders.is_stalled.store(true, Ordering::SeqCst),
            Step::Resume => self.orders.is_stalled.store(false, Ordering::SeqCst),
            Step::Refuse(refuses) => self.orders.refuses.store(*refuses, Ordering::SeqCst),
            Step::Panic => self.orders.panics.store(true, Ordering::SeqCst),
            Step::Flush => self.flush(),
            Step::Shutdown => self.shutdown(),
            Step::Init { is_small } => self.init(*is_small),
        }
    }

    fn init(&mut self, is_small: bool) {
        self.shutdown();
        let limit = if is_small { 64 << 10 } else { 32 << 20 };
        let builder = traced::builder().exporter(Obedient(Arc::clone(&self.orders))).memory_limit(limit);
        self.guard = Some(builder.init().unwrap());
    }

    /// Its result does not matter here, only that it comes.
    fn flush(&self) {
        let is_stalled = self.orders.is_stalled.load(Ordering::SeqCst);
        let _ = traced::flush(if is_stalled { SHORT } else { LONG });
        if self.is_on() {
            self.check(true);
        }
    }

    fn shutdown(&mut self) {
        let Some(guard) = self.guard.take() else { return };
        let is_stalled = self.orders.is_stalled.load(Ordering::SeqCst);
        let _ = guard.shutdown(if is_stalled { SHORT } else { LONG });
        self.check(true);
        self.earlier += of_exporters(&traced::stats());
    }

    fn check_after_the_end(&self) {
        let (stats, before) = (traced::stats(), &self.before);
        let dropped = |stats: &Stats| stats.dropped_full + stats.dropped_at_thread_exit + stats.dropped_after_shutdown;
        assert_eq!(stats.live, before.live, "{stats:?}");
        assert_eq!(self.earlier + dropped(&stats) - dropped(before), self.started, "{stats:?}");
    }

    /// The equation; with `<=` where spans may be on their way into a queue.
    fn check(&self, is_sealed: bool) {
        let (stats, before) = (traced::stats(), &self.before);
        assert_eq!(stats.started - before.started, self.started, "{stats:?}");
        assert_eq!(stats.live - before.live, self.open.len() as u64, "{stats:?}");
        let ended = stats.ended - before.ended;
        assert_eq!(ended, self.started - self.open.len() as u64, "{stats:?}");
        let dropped = |stats: &Stats| stats.dropped_full + stats.dropped_at_thread_exit + stats.dropped_after_shutdown;
        let now = if self.is_on() || is_sealed { of_exporters(&stats) } else { 0 };
        let accounted = self.earlier + now + dropped(&stats) - dropped(before);
        assert!(accounted <= ended, "{accounted} of {ended}: {stats:?}");
        assert!(!is_sealed || accounted == ended, "{accounted} of {ended}: {stats:?}");
    }
}

#[test]
fn each_span_is_in_exactly_one_count() {
    child::run("each_span_is_in_exactly_one_count", &[], || {
        traced::on_diagnostic(|_| ());
        let config = Config { cases: 48, failure_persistence: None, ..Config::default() };
        let run = |steps: Vec<Step>| {
            let mut run = Run::new();
            for step in &steps {
                run.step(step);
                run.check(false);
            }
            run.orders.is_stalled.store(false, Ordering::SeqCst);
            run.shutdown();
            run.open.clear();
            // Those were open when everything was over.
            run.check_after_the_end();
            Ok(())
        };
        TestRunner::new(config).run(&steps(), run).unwrap();
    });
}
