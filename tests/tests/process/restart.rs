//! `shutdown` and `init` while the program's functions run: what starts from then on is recorded by the new one.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::time::Duration;

use traced::{Context, Guard, MemoryExporter, Span, traced};
use traced_tests::child;

const LONG: Duration = Duration::from_secs(30);

fn names(memory: &MemoryExporter) -> Vec<String> {
    memory.spans().iter().map(|span| span.view().name().to_owned()).collect()
}

fn init() -> (MemoryExporter, Guard) {
    let memory = MemoryExporter::default();
    let guard = traced::builder().exporter(memory.clone()).init().unwrap();
    (memory, guard)
}

#[traced]
fn work() {
    inner();
}

#[traced]
fn inner() {}

#[traced]
async fn work_async() {
    work();
}

/// Restarts in the middle. Returns what the second one recorded.
#[traced]
fn outer(guard: Guard) -> (MemoryExporter, Guard) {
    work();
    let captured = Context::current();
    let by_hand = Span::start("by hand");
    guard.shutdown(LONG).unwrap();
    // Attached while nothing records.
    let attached = Context::current().attach();
    let (memory, guard) = init();
    work();
    drop(attached);
    work();
    futures_util::FutureExt::now_or_never(work_async()).unwrap();
    std::thread::spawn(captured.wrap(work)).join().unwrap();
    let under = by_hand.attach();
    work();
    drop(under);
    (memory, guard)
}

#[test]
fn functions_called_after_a_restart_are_recorded_in_the_trace_that_goes_on() {
    child::run("functions_called_after_a_restart_are_recorded_in_the_trace_that_goes_on", &[], || {
        let (before, guard) = init();
        let (after, guard) = outer(guard);
        work();
        guard.shutdown(LONG).unwrap();
        assert_eq!(names(&before), ["inner", "work"]);
        let mut expected = ["inner", "work"].repeat(6);
        expected.insert(6, "work_async");
        assert_eq!(names(&after), expected);
        let spans = after.spans();
        let trace = before.spans()[0].view().trace_id();
        let in_it = spans.iter().filter(|span| span.view().trace_id() == trace).count();
        assert_eq!(in_it, 11, "all but the last two, which are a trace of their own");
        let parent = before.spans()[1].view().parent_span_id();
        assert_eq!(spans[1].view().parent_span_id(), parent, "below the span that was open");
    });
}

#[test]
fn context_from_before_a_restart_may_be_used_by_hand() {
    child::run("context_from_before_a_restart_may_be_used_by_hand", &[], || {
        let (_, guard) = init();
        let span = Span::start("old");
        let context = span.context();
        guard.shutdown(LONG).unwrap();
        let (after, guard) = init();
        Span::builder("new").parent(span.context()).start().end();
        drop(context.clone().attach());
        let attached = context.attach();
        Span::start("new, too").end();
        drop(attached);
        guard.shutdown(LONG).unwrap();
        assert_eq!(names(&after), ["new", "new, too"]);
    });
}
