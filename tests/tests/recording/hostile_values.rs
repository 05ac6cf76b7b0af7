//! Code of the program that runs while a span is recorded, and traces, panics or fails meanwhile.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicU32, Ordering};

use traced::testing;
use traced::value::ValueWriter;
use traced::view::{StatusView, ValueView};
use traced::{AttributeValue, FinishedSpan, MemoryExporter, Span, SpanLimits, assert_tree, traced};
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
    // Code of the program writes the three values of a type of their own, each by itself and by its `Display`; what the
    // library formats starts none.
    assert_eq!(children.clone().count(), 6);
    // That of the first attributes starts before their span does.
    let roots = children.clone().filter(|span| span.parent_span_id().is_none()).count();
    let own = children.filter(|child| child.parent_span_id() == Some(span.span_id())).count();
    assert_eq!(roots + own + 1, spans.len());
}

struct Panics;

impl Panics {
    fn value(&self) -> u8 {
        panic!("while the value is made")
    }
}

impl AttributeValue for Panics {
    fn write(&self, _: ValueWriter<'_>) {
        panic!("while the value is written")
    }
}

#[traced(attrs(value = value.value()))]
fn at_the_start(value: &Panics) {
    let _ = value;
}

#[traced]
fn late(value: &Panics) {
    traced::attrs!(before = 1);
    traced::attrs!(value);
}

#[traced]
fn in_event(value: &Panics) {
    traced::event!("event", value);
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
        // The message says also where.
        let StatusView::Error(said) = spans[1].view().status() else { panic!("no error: {spans:?}") };
        assert!(said.starts_with("while the value is written"), "{said}");
        let event = "  · exception exception.type=panic exception.message=*";
        let late = format!("late before=1 error.type=panic ✗ {said}\n{event}");
        let in_event = format!("in_event error.type=panic ✗ {said}\n{event}");
        assert_tree!(spans, &format!("after\n{late}\nafter\n{in_event}\nafter"));
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
        assert!(spans.iter().all(|span| span.view().name() != "formats"), "nobody asked for what describes an error");
        let stats = traced::stats();
        assert_eq!((stats.live, stats.started), (0, 7), "{stats:?}");
    });
}

/// Its formatting is annotated, as that of a whole crate may be.
struct Node(u32, Option<Box<Node>>);

impl fmt::Debug for Node {
    #[traced(args)]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        formats();
        f.debug_tuple("Node").field(&self.0).field(&self.1).finish()
    }
}

impl fmt::Display for Node {
    #[traced(args)]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        formats();
        write!(f, "node {}", self.0)
    }
}

impl Error for Node {}

#[traced("named {node}", args, attrs(debug = ?node, %node))]
fn takes_a_node(node: &Node) {
    traced::attrs!(late = ?node);
    traced::event!("seen", node = %node);
}

#[traced(args)]
#[expect(clippy::needless_pass_by_value, reason = "an argument by value is what is copied")]
fn copies(node: Node) -> Result<u32, Node> {
    Err(Node(node.0 + 1, None))
}

#[test]
fn what_is_formatted_for_the_recording_starts_no_spans() {
    let spans = testing::capture(|| {
        takes_a_node(&Node(1, Some(Box::new(Node(2, None)))));
        assert!(copies(Node(3, None)).is_err());
        // What the program formats itself is the program's.
        assert_eq!(format!("{}", Node(5, None)), "node 5");
    });
    let names: Vec<_> = spans.iter().map(|span| span.view().name().to_owned()).collect();
    assert_eq!(names, ["named node 1", "copies", "formats", "fmt"]);
    assert_eq!(spans[0].view().attributes().get("debug"), Some(ValueView::Str("Node(1, Some(Node(2, None)))")));
    assert_eq!(spans[1].view().status(), StatusView::Error("node 4"));
}

/// Fails to be formatted.
struct Unprintable;

impl fmt::Debug for Unprintable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("so far")?;
        panic!("while it is formatted")
    }
}

#[traced(args, attrs(named = ?value))]
fn takes_the_unprintable(value: &Unprintable, other: u8) -> u8 {
    traced::attrs!(late = ?value);
    formats();
    other
}

#[test]
fn a_value_that_panics_while_it_is_formatted_leaves_a_note() {
    let spans = testing::capture(|| assert_eq!(takes_the_unprintable(&Unprintable, 7), 7));
    let names: Vec<_> = spans.iter().map(|span| span.view().name().to_owned()).collect();
    assert_eq!(names, ["formats", "takes_the_unprintable"]);
    let span = spans[1].view();
    let note = Some(ValueView::Str("so far(the value's formatting panicked)"));
    assert_eq!(["named", "value", "late"].map(|key| span.attributes().get(key)), [note; 3]);
    assert_eq!(span.attributes().get("other"), Some(ValueView::Int(7)));
    assert_eq!(span.status(), StatusView::Unset);
}

/// Counts how much of it is formatted.
struct Endless<'a>(&'a AtomicU32);

impl fmt::Debug for Endless<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (0..100_000).try_for_each(|_| {
            self.0.fetch_add(1, Ordering::Relaxed);
            f.write_str("0123456789")
        })
    }
}

#[traced(args(except(formatted)), attrs(chosen = ?endless))]
fn takes_the_endless(endless: &Endless<'_>, text: &str, formatted: &AtomicU32) {
    formatted.store(endless.0.load(Ordering::Relaxed), Ordering::Relaxed);
    let _ = text;
}

#[test]
fn what_only_args_asks_to_format_stops() {
    let length = |span: &FinishedSpan, key: &str| match span.view().attributes().get(key) {
        Some(ValueView::Str(text)) => text.len(),
        other => panic!("{key}: {other:?}"),
    };
    let lengths = |limit: Option<u32>| {
        let counter = AtomicU32::new(0);
        let limits = SpanLimits::default().with_attribute_value_length(limit);
        let text = "x".repeat(100_000);
        let work = || takes_the_endless(&Endless(&counter), &text, &AtomicU32::new(0));
        let ((), spans) = testing::Capture::builder().span_limits(limits).start().run(work);
        let keys = ["endless", "text", "chosen"].map(|key| length(&spans[0], key));
        (keys, counter.load(Ordering::Relaxed))
    };
    assert_eq!(lengths(None), ([16_384, 100_000, 1_000_000], 101_639));
    assert_eq!(lengths(Some(20_000)), ([20_000; 3], 4_002));
    assert_eq!(lengths(Some(100)), ([100; 3], 22));
}
