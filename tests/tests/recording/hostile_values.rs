//! Code of the program that runs while a span is recorded, and traces, panics or fails meanwhile.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::error::Error;
use std::fmt;

use traced::testing;
use traced::{AttributeValue, FinishedSpan, MemoryExporter, Span, StatusView, ValueView, ValueWriter, traced};
use traced_tests::child;

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    loop {
        let mut task = std::task::Context::from_waker(std::task::Waker::noop());
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut task) {
            return output;
        }
    }
}

/// Starts spans while it is being written.
struct Traces;

impl fmt::Display for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        formats();
        traced::attrs!(within = 1);
        write!(f, "{}", 42)
    }
}

impl AttributeValue for Traces {
    fn write(&self, out: ValueWriter<'_>) {
        formats();
        traced::event!("while writing", value = %Traces);
        out.display(self);
    }
}

#[traced]
fn formats() {}

#[traced(attrs(%displayed, typed = Traces))]
fn values_that_trace(displayed: &Traces) {
    traced::attrs!(late = %displayed, late.typed = Traces);
    traced::event!("event", %displayed, typed = Traces);
}

#[test]
fn values_may_trace_while_they_are_written() {
    let spans = testing::capture(|| values_that_trace(&Traces));
    let span = spans.iter().map(FinishedSpan::view).find(|span| span.name() == "values_that_trace").unwrap();
    for key in ["displayed", "typed", "late", "late.typed"] {
        assert_eq!(span.attributes().get(key), Some(ValueView::Str("42")), "{key}");
    }
    assert_eq!(span.attributes().get("within"), Some(ValueView::Int(1)));
    let event = span.events().find(|event| event.name() == "event").unwrap();
    assert_eq!(event.attributes().get("displayed"), Some(ValueView::Str("42")));
    assert_eq!(event.attributes().get("typed"), Some(ValueView::Str("42")));
    let children = spans.iter().map(FinishedSpan::view).filter(|span| span.name() == "formats");
    assert!(children.clone().count() >= 6);
    // Those of the first attributes start before their span does.
    let roots = children.clone().filter(|span| span.parent_span_id().is_none()).count();
    let own = children.filter(|child| child.parent_span_id() == Some(span.span_id())).count();
    assert_eq!(roots + own + 1, spans.len());
}

struct Panics;

impl fmt::Display for Panics {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("while formatting")
    }
}

#[traced(attrs(%value))]
fn at_the_start(value: &Panics) {
    let _ = value;
}

#[traced]
fn late(value: &Panics) {
    traced::attrs!(before = 1);
    traced::attrs!(%value);
}

#[traced]
fn in_event(value: &Panics) {
    traced::event!("event", %value);
}

#[traced]
fn after() {}

#[test]
fn values_that_panic_leave_everything_in_order() {
    child::run("values_that_panic_leave_everything_in_order", &[("RUST_BACKTRACE", "0")], || {
        let memory = MemoryExporter::default();
        let guard = traced::builder().exporter(memory.clone()).init().unwrap();
        for function in [at_the_start, late, in_event] {
            assert!(std::panic::catch_unwind(|| function(&Panics)).is_err());
            assert_eq!(traced::current_ids(), None, "nothing is left open");
            after();
        }
        drop(guard);
        let spans = memory.spans();
        let names: Vec<_> = spans.iter().map(|span| span.view().name()).collect();
        assert_eq!(names, ["after", "late", "after", "in_event", "after"]);
        assert!(spans.iter().all(|span| span.view().parent_span_id().is_none()));
        assert_eq!(spans[1].view().attributes().get("before"), Some(ValueView::Int(1)));
        let stats = traced::stats();
        assert_eq!((stats.live, stats.started), (0, 5), "{stats:?}");
    });
}

struct Rude;

impl fmt::Debug for Rude {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Ok(())
    }
}

impl fmt::Display for Rude {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("while describing the error")
    }
}

impl Error for Rude {}

#[derive(Debug)]
struct Broken;

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("as far as it goes")?;
        Err(fmt::Error)
    }
}

impl Error for Broken {}

/// Starts a span while it is described.
#[derive(Debug)]
struct TracesError;

impl fmt::Display for TracesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        formats();
        f.write_str("described")
    }
}

impl Error for TracesError {}

#[traced]
fn fails<E: Error>(error: E) -> Result<(), E> {
    Err(error)
}

#[traced]
async fn fails_later<E: Error>(error: E) -> Result<(), E> {
    Err(error)
}

#[test]
fn errors_whose_description_panics_fails_or_traces() {
    child::run("errors_whose_description_panics_fails_or_traces", &[("RUST_BACKTRACE", "0")], || {
        let memory = MemoryExporter::default();
        let guard = traced::builder().exporter(memory.clone()).init().unwrap();
        assert!(fails(Rude).is_err(), "the function returns what it returned");
        assert!(block_on(fails_later(Rude)).is_err());
        assert!(fails(Broken).is_err());
        assert!(block_on(fails_later(Broken)).is_err());
        assert!(fails(TracesError).is_err());
        assert!(block_on(fails_later(TracesError)).is_err());
        let span = Span::start("handled");
        span.record_exception(&Rude);
        span.record_exception(&Broken);
        span.record_exception(&TracesError);
        span.end();
        assert_eq!(traced::current_ids(), None);
        drop(guard);
        let spans = memory.spans();
        let described = |span: &FinishedSpan| match span.view().status() {
            StatusView::Error(message) => Some(message.to_owned()),
            _ => None,
        };
        let descriptions: Vec<_> = spans.iter().filter_map(described).collect();
        let panicked = "(the error's Display panicked)";
        let expected = [panicked, panicked, "as far as it goes", "as far as it goes", "described", "described"];
        assert_eq!(descriptions, expected);
        let handled = spans.iter().find(|span| span.view().name() == "handled").unwrap();
        assert_eq!(handled.view().events().filter(|event| event.name() == "exception").count(), 3);
        assert_eq!(spans.iter().filter(|span| span.view().name() == "formats").count(), 3);
        let stats = traced::stats();
        assert_eq!((stats.live, stats.started), (0, 10), "{stats:?}");
    });
}
