//! Without `init`, and with `OTEL_SDK_DISABLED=true`: nothing is evaluated, no thread is started, nothing is kept, and
//! the context of a caller is passed on as it came.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashMap;
use std::convert::Infallible;
use std::fmt;
use std::future::Future as _;
use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};

use traced::propagation::{self, TraceContextPropagator};
use traced::{Context, Span, SpanKind, Status, traced};
use traced_tests::child;

fn evaluated<T>() -> T {
    panic!("evaluated, though nothing records")
}

struct Unwritable;

impl fmt::Display for Unwritable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        evaluated()
    }
}

impl fmt::Debug for Unwritable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        evaluated()
    }
}

impl std::error::Error for Unwritable {}

impl traced::AttributeValue for Unwritable {
    fn write(&self, _: traced::value::ValueWriter<'_>) {
        evaluated::<()>();
    }
}

#[traced("name of {value}", attrs(expression = evaluated::<i64>(), %value, other = ?value, typed = *value), args, ret, kind = server)]
fn function(value: &Unwritable) -> Result<i32, Unwritable> {
    traced::attrs!(expression = evaluated::<i64>(), %value);
    traced::event!("event", expression = evaluated::<i64>(), ?value);
    traced::record_exception(value);
    traced::set_status(Status::error("nobody hears"));
    traced::update_name("nobody hears");
    assert!(!traced::current().is_recording());
    Err(Unwritable)
}

#[traced(args, attrs(expression = evaluated::<i64>()))]
async fn future(value: &Unwritable) -> Result<(), Unwritable> {
    traced::attrs!(%value);
    let mut has_yielded = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut has_yielded, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
    Err(Unwritable)
}

#[traced(root, attrs(expression = evaluated::<i64>()))]
fn root() -> Option<Infallible> {
    None
}

fn use_everything() {
    assert!(function(&Unwritable).is_err());
    assert!(root().is_none());
    let mut future = pin!(future(&Unwritable));
    let mut task = Task::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut task).is_pending());
    assert!(matches!(future.poll(&mut task), Poll::Ready(Err(_))));
    let span = Span::builder("by hand").kind(SpanKind::Client).attribute("a", 1).start();
    span.set_attribute("b", Unwritable);
    span.record_exception(&Unwritable);
    assert!(!span.is_recording());
    {
        let _current = span.attach();
        assert!(function(&Unwritable).is_err());
    }
    span.end();
    traced::flush(std::time::Duration::from_secs(1)).unwrap();
}

fn threads() -> usize {
    std::fs::read_dir("/proc/self/task").unwrap().count()
}

/// Sends on what came in, as a service between two others does.
fn relay(traceparent: &str, tracestate: &str) -> HashMap<String, String> {
    let incoming = HashMap::from([
        ("traceparent".to_owned(), traceparent.to_owned()),
        ("tracestate".to_owned(), tracestate.to_owned()),
        ("baggage".to_owned(), "tenant=acme".to_owned()),
    ]);
    let mut outgoing = HashMap::new();
    let _caller = propagation::extract(&incoming).attach();
    assert!(function(&Unwritable).is_err());
    let span = Span::start("by hand");
    let _span = span.attach();
    propagation::inject(&mut outgoing);
    outgoing
}

const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03";

#[test]
fn without_init_nothing_is_evaluated_and_no_thread_is_started() {
    child::run("without_init_nothing_is_evaluated_and_no_thread_is_started", &[], || {
        let before = threads();
        use_everything();
        assert_eq!(threads(), before);
        let stats = traced::stats();
        assert_eq!((stats.started, stats.ended, stats.live, stats.held_bytes), (0, 0, 0, 0), "{stats:?}");
        assert!(stats.exporters.is_empty());
    });
}

#[test]
fn pp_3_without_init_inject_writes_nothing() {
    child::run("pp_3_without_init_inject_writes_nothing", &[], || {
        assert_eq!(relay(TRACEPARENT, "vendor=1"), HashMap::new());
    });
}

#[test]
fn tp_11_without_init_the_callers_context_is_passed_on() {
    child::run("tp_11_without_init_the_callers_context_is_passed_on", &[], || {
        propagation::set_global(TraceContextPropagator);
        for traceparent in [TRACEPARENT, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"] {
            let outgoing = relay(traceparent, "vendor=1,other=2");
            assert_eq!((&*outgoing["traceparent"], &*outgoing["tracestate"]), (traceparent, "vendor=1,other=2"));
        }
        // By hand, with an explicit parent.
        let incoming = HashMap::from([("traceparent".to_owned(), TRACEPARENT.to_owned())]);
        let caller = propagation::extract(&incoming);
        let span = Span::builder("child").parent(caller.clone()).start();
        assert_eq!(&span.span_context(), caller.span_context());
        assert_eq!(Span::start("none").span_context(), *Context::new().span_context());
    });
}

#[test]
fn en_2_disabled_starts_no_thread_and_passes_the_callers_context_on() {
    for value in ["true", "TRUE", "True"] {
        child::run(
            "en_2_disabled_starts_no_thread_and_passes_the_callers_context_on",
            &[("OTEL_SDK_DISABLED", value)],
            || {
                let before = threads();
                let guard = traced::init().unwrap();
                use_everything();
                assert_eq!(threads(), before, "no thread");
                let stats = traced::stats();
                assert_eq!((stats.started, stats.live, stats.held_bytes), (0, 0, 0), "{stats:?}");
                let outgoing = relay(TRACEPARENT, "vendor=1");
                assert_eq!((&*outgoing["traceparent"], &*outgoing["tracestate"]), (TRACEPARENT, "vendor=1"));
                assert_eq!(outgoing["baggage"], "tenant=acme");
                drop(guard);
            },
        );
    }
}

#[test]
fn after_shutdown_it_is_as_if_there_had_been_no_init() {
    child::run("after_shutdown_it_is_as_if_there_had_been_no_init", &[], || {
        let before = threads();
        let guard = traced::builder().exporter(traced::MemoryExporter::default()).init().unwrap();
        assert_eq!(threads(), before + 1, "one thread for one exporter");
        guard.shutdown(std::time::Duration::from_secs(30)).unwrap();
        use_everything();
        assert_eq!(traced::stats().started, 0);
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while threads() > before {
            assert!(std::time::Instant::now() < deadline, "the exporter's thread ends");
            std::thread::yield_now();
        }
        assert_eq!(relay(TRACEPARENT, "vendor=1")["traceparent"], TRACEPARENT);
    });
}

#[test]
fn unsampled_spans_evaluate_nothing() {
    child::run(
        "unsampled_spans_evaluate_nothing",
        &[("OTEL_TRACES_SAMPLER", "always_off"), ("OTEL_TRACES_EXPORTER", "none")],
        || {
            let memory = traced::MemoryExporter::default();
            let guard = traced::builder().exporter(memory.clone()).init().unwrap();
            use_everything();
            let outgoing = relay(TRACEPARENT, "vendor=1");
            let sent = &outgoing["traceparent"];
            assert!(sent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-") && sent.ends_with("-02"), "{sent}");
            assert!(!sent.contains("00f067aa0ba902b7"), "an unsampled span has an id of its own");
            drop(guard);
            assert_eq!(memory.spans().len(), 0);
            assert!(traced::stats().unsampled > 0);
        },
    );
}
