//! One order of parents: `#[traced]` functions and spans of OpenTelemetry's API in one another, three deep, in every
//! order.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{Span as _, SpanKind, Status, TraceContextExt as _, Tracer as _, TracerProvider as _};
use opentelemetry::{Context as OtelContext, KeyValue, global};
use traced::testing::{Capture, capture};
use traced::view::SpanView;
use traced::{
    Baggage, Context, FinishedSpan, Span, SpanContext, SpanId, TraceFlags, TraceId, TraceState, assert_tree, traced,
};
use traced_interop_tests::Kind::{self, Theirs, Traced};
use traced_interop_tests::ORDERS;
use traced_opentelemetry::{Attach, install};
use traced_tests::child;

const LEVELS: [Attach; 3] = [Attach::Never, Attach::Boundaries, Attach::All];

/// The bridge is the process's: each test has one of its own.
fn alone(name: &str, test: impl Fn(Attach)) {
    child::run(name, &[], || {
        for level in LEVELS {
            install(level);
            let tested = catch_unwind(AssertUnwindSafe(|| test(level)));
            assert!(tested.is_ok(), "{level:?}: see above");
            assert_eq!(traced::current_ids(), None, "{level:?}: nothing is left on our stack");
            assert!(!OtelContext::current().has_active_span(), "{level:?}: nor on theirs");
        }
    });
}

/// A chain with a span after what is inside, at each level: that the way back is right too.
fn expected(order: &[Kind]) -> String {
    fn write(text: &mut String, order: &[Kind], depth: usize) {
        if let [kind, rest @ ..] = order {
            let name = if *kind == Traced { "traced" } else { "theirs" };
            writeln!(text, "{}{name}", "  ".repeat(depth)).unwrap();
            write(text, rest, depth + 1);
            for after in ["after traced", "after theirs"] {
                writeln!(text, "{}{after}", "  ".repeat(depth + 1)).unwrap();
            }
        }
    }
    let mut text = String::new();
    write(&mut text, order, 0);
    text
}

fn theirs<R>(name: &'static str, inside: impl FnOnce() -> R) -> R {
    global::tracer("a library").in_span(name, |_| inside())
}

#[traced("after traced")]
fn after() {}

fn inside(rest: &[Kind]) {
    nest(rest);
    after();
    theirs("after theirs", || {});
}

#[traced("traced")]
fn annotated(rest: &[Kind]) {
    inside(rest);
}

fn nest(order: &[Kind]) {
    match order {
        [] => {}
        [Traced, rest @ ..] => annotated(rest),
        [Theirs, rest @ ..] => theirs("theirs", || inside(rest)),
    }
}

#[test]
fn sync() {
    alone("sync", |_| {
        for order in ORDERS {
            let spans = capture(|| nest(&order));
            assert_tree!(spans, &expected(&order));
        }
    });
}

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;
type Inside = fn(&'static [Kind]) -> Boxed;

fn nest_async(order: &'static [Kind], inside: Inside) -> Boxed {
    match order {
        [] => Box::pin(async {}),
        [Traced, rest @ ..] => Box::pin(annotated_async(rest, inside)),
        [Theirs, rest @ ..] => {
            // As libraries do: the span starts in what is current, and its context goes along with the future.
            let span = global::tracer("a library").start("theirs");
            Box::pin(inside(rest).with_context(OtelContext::current_with_span(span)))
        }
    }
}

#[traced("traced")]
async fn annotated_async(rest: &'static [Kind], inside: Inside) {
    inside(rest).await;
}

fn awaiting(rest: &'static [Kind]) -> Boxed {
    Box::pin(async move {
        tokio::task::yield_now().await;
        async { nest_async(rest, awaiting).await }.await;
        tokio::task::yield_now().await;
        after();
        theirs("after theirs", || {});
    })
}

fn spawning(rest: &'static [Kind]) -> Boxed {
    Box::pin(async move {
        tokio::task::yield_now().await;
        let nested = async move { nest_async(rest, spawning).await };
        tokio::spawn(Context::current().instrument(nested)).await.unwrap();
        after();
        theirs("after theirs", || {});
    })
}

/// Many of each order at a time, so that the runtime moves them between its threads and polls them in turns.
fn run_async(inside: Inside) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    let tasks = (0..10).flat_map(|_| ORDERS.iter()).map(|order| {
        let capture = Capture::new();
        let task = runtime.spawn(capture.context().instrument(async move {
            async { nest_async(order, inside).await }.await;
            assert_eq!(traced::current_ids(), None, "{order:?}: nothing is left on the stack");
        }));
        (order, capture, task)
    });
    for (order, capture, task) in tasks.collect::<Vec<_>>() {
        runtime.block_on(task).unwrap();
        assert_tree!(capture.take(), &expected(order));
    }
}

#[test]
fn awaiting_on_many_threads() {
    alone("awaiting_on_many_threads", |_| run_async(awaiting));
}

#[test]
fn spawned_with_our_context_carried_along() {
    alone("spawned_with_our_context_carried_along", |_| run_async(spawning));
}

fn remote(id: u64) -> opentelemetry::trace::SpanContext {
    let flags = opentelemetry::trace::TraceFlags::SAMPLED;
    let state = opentelemetry::trace::TraceState::from_key_value([("a", "1")]).unwrap();
    opentelemetry::trace::SpanContext::new(7_u128.into(), id.into(), flags, true, state)
}

fn view<'a>(spans: &'a [FinishedSpan], name: &str) -> SpanView<'a> {
    spans.iter().map(FinishedSpan::view).find(|span| span.name() == name).unwrap()
}

#[test]
fn remote_contexts_that_they_extracted() {
    #[traced]
    fn handler() {
        theirs("query", || {});
    }

    alone("remote_contexts_that_they_extracted", |_| {
        let spans = capture(|| {
            let _guard = OtelContext::new().with_remote_span_context(remote(9)).attach();
            handler();
        });
        let (handler, query) = (view(&spans, "handler"), view(&spans, "query"));
        assert_tree!(spans, "handler (remote parent)\n  query");
        assert_eq!((handler.trace_id().to_u128(), handler.parent_span_id()), (7, Some(SpanId::from_u64(9))));
        assert_eq!(query.trace_state(), "a=1");
    });
}

#[test]
fn explicit_contexts() {
    #[traced]
    fn outer(named: &OtelContext) {
        let tracer = global::tracer("a library");
        tracer.start_with_context("in a new trace", &OtelContext::new()).end();
        tracer.start_with_context("in another one", named).end();
        tracer.start("here").end();
    }

    alone("explicit_contexts", |_| {
        let spans = capture(|| outer(&OtelContext::new().with_remote_span_context(remote(9))));
        assert_tree!(
            spans,
            "
            outer
              here
            in a new trace
            in another one (remote parent)
            "
        );
        assert_ne!(view(&spans, "in a new trace").trace_id(), view(&spans, "outer").trace_id());
        assert_eq!(view(&spans, "in another one").parent_span_id(), Some(SpanId::from_u64(9)));
    });
}

/// What only attached spans give: code that reads the context itself.
#[test]
fn attached_spans_can_be_read_and_written() {
    #[traced]
    fn outer() -> bool {
        let context = OtelContext::current();
        let is_seen = traced::current_ids()
            .is_some_and(|ids| ids.span_id().to_bytes() == context.span().span_context().span_id().to_bytes());
        context.span().set_attribute(KeyValue::new("said by a library", 1));
        global::tracer("a library").start_with_context("in a clone", &context).end();
        inner();
        is_seen
    }

    #[traced]
    fn inner() {
        OtelContext::current().span().set_attribute(KeyValue::new("said inside", 2));
    }

    alone("attached_spans_can_be_read_and_written", |level| {
        let mut is_seen = false;
        let spans = capture(|| is_seen = outer());
        assert_eq!(is_seen, level != Attach::Never);
        let expected = match level {
            Attach::Never => "outer\n  inner\nin a clone",
            Attach::Boundaries => "outer said by a library=1 said inside=2\n  in a clone\n  inner",
            Attach::All => "outer said by a library=1\n  in a clone\n  inner said inside=2",
        };
        assert_tree!(spans, expected);
    });
}

/// What is said about the current span is said about a span of theirs, if that is innermost.
#[test]
fn what_is_said_inside_a_span_of_theirs() {
    #[traced]
    fn outer() {
        theirs("theirs", || {
            traced::attrs!(a = 1);
            traced::event!("said");
            traced::set_status(traced::Status::error("broken"));
            traced::current().set_attribute("b", 2);
        });
        let _remote = OtelContext::new().with_remote_span_context(remote(9)).attach();
        traced::attrs!(lost = true);
        assert!(!traced::current().is_recording());
    }

    alone("what_is_said_inside_a_span_of_theirs", |_| {
        let spans = capture(outer);
        assert_tree!(spans, "outer\n  theirs a=1 b=2 ✗ broken\n    · said");
    });
}

/// A thread that has only a context of theirs: what is inside has the provider and the baggage of the span in there.
#[test]
fn contexts_of_theirs_on_another_thread() {
    alone("contexts_of_theirs_on_another_thread", |_| {
        let capture = Capture::builder().baggage_attributes(["user"]).start();
        let baggage = Baggage::EMPTY.insert("user", "ann");
        let guard = capture.context().with_baggage(baggage).attach();
        let span = global::tracer("a library").start("theirs");
        let context = OtelContext::current_with_span(span);
        drop(guard);
        let there = context.clone();
        let thread = std::thread::spawn(move || {
            let _guard = there.attach();
            annotated(&[]);
            global::tracer("a library").start_with_context("explicit", &OtelContext::current()).end();
        });
        thread.join().unwrap();
        // A span that has ended is still a parent.
        context.span().end();
        let _guard = context.attach();
        after();
        assert!(!traced::current().is_recording());
        assert_tree!(
            capture.take(),
            "
            theirs user=ann
              traced user=ann
                after traced user=ann
                after theirs user=ann
              explicit user=ann
              after traced user=ann
            "
        );
    });
}

#[test]
fn suppressed_telemetry_makes_no_spans() {
    alone("suppressed_telemetry_makes_no_spans", |_| {
        let spans = capture(|| {
            let suppressed = OtelContext::enter_telemetry_suppressed_scope();
            annotated(&[Theirs, Traced]);
            drop(suppressed);
            let _suppressed = Context::suppressed().attach();
            annotated(&[Theirs, Traced]);
            theirs("theirs", || {});
        });
        assert_tree!(spans, "");
    });
}

#[test]
fn guards_that_are_dropped_out_of_order() {
    #[traced]
    fn annotated(guard: opentelemetry::ContextGuard) {
        drop(guard);
        after();
    }

    alone("guards_that_are_dropped_out_of_order", |_| {
        let spans = capture(|| {
            let tracer = global::tracer("a library");
            let a = OtelContext::current_with_span(tracer.start("a")).attach();
            let b = OtelContext::current_with_span(tracer.start("b")).attach();
            drop(a);
            after();
            drop(b);
            annotated(OtelContext::current_with_span(tracer.start("c")).attach());
        });
        assert_tree!(spans, "a\n  b\n    after traced\nc\n  annotated\n    after traced");
    });
}

/// A frame of ours that had attached its context goes from under another one.
#[test]
fn attached_spans_of_ours_that_go_out_of_order() {
    alone("attached_spans_of_ours_that_go_out_of_order", |_| {
        let spans = capture(|| {
            theirs("theirs", || {
                let server = Span::builder("server").kind(traced::SpanKind::Server).start().attach();
                let inner = Span::start("inner").attach();
                drop(server);
                after();
                drop(inner);
            });
        });
        assert_tree!(spans, "theirs\n  server [server]\n    inner\n      after traced");
    });
}

#[test]
fn what_a_library_says_is_recorded() {
    alone("what_a_library_says_is_recorded", |_| {
        let spans = capture(|| {
            let scope = opentelemetry::InstrumentationScope::builder("a library").with_version("1.2").build();
            let tracer = global::tracer_provider().tracer_with_scope(scope);
            let builder = tracer.span_builder("early").with_kind(SpanKind::Client);
            let mut span = builder.with_attributes([KeyValue::new("a", "b")]).start(&tracer);
            span.set_attribute(KeyValue::new("n", 1.5));
            span.add_event("event", vec![KeyValue::new("of", true)]);
            span.update_name("late");
            span.add_link(remote(5), Vec::new());
            span.set_status(Status::error("broken"));
            assert!(span.is_recording());
            span.end();
            assert!(!span.is_recording());
        });
        let span = spans[0].view();
        assert_eq!((span.name(), span.kind().as_str(), span.scope().name), ("late", "client", "a library"));
        assert_eq!((span.scope().version, span.attributes().count()), ("1.2", 2));
        assert_eq!(span.status().to_owned(), traced::Status::error("broken"));
        let event = span.events().next().unwrap();
        assert!(event.unix_nanos() >= span.start_unix_nanos() && event.unix_nanos() <= span.end_unix_nanos());
        assert_eq!(span.links().next().unwrap().span_id(), SpanId::from_u64(5));
    });
}

#[test]
fn their_global_propagator_is_ours() {
    #[traced]
    fn outer(headers: &mut HashMap<String, String>) {
        inner(headers);
    }

    #[traced]
    fn inner(headers: &mut HashMap<String, String>) {
        global::get_text_map_propagator(|propagator| propagator.inject(headers));
    }

    alone("their_global_propagator_is_ours", |level| {
        let fields = || global::get_text_map_propagator(|propagator| propagator.fields().collect::<Vec<_>>().join(" "));
        traced::propagation::set_global(traced::propagation::B3Propagator::SINGLE);
        assert_eq!(fields(), "b3");
        traced::propagation::set_global(traced::propagation::TraceContextPropagator);
        assert_eq!(fields(), "traceparent tracestate");
        let mut headers = HashMap::new();
        let spans = capture(|| outer(&mut headers));
        let inner = view(&spans, "inner");
        assert_eq!(headers["traceparent"], format!("00-{}-{}-03", inner.trace_id(), inner.span_id()), "{level:?}");
        let context = global::get_text_map_propagator(|propagator| propagator.extract(&headers));
        assert_eq!(context.span().span_context().trace_id().to_bytes(), inner.trace_id().to_bytes());
    });
}

/// Names of tracers are kept for good, up to a bound.
#[test]
fn tracers_without_end() {
    let name = "tracers_without_end";
    let said = child::run(name, &[], || {
        install(Attach::default());
        let spans = capture(|| {
            for number in 0..1_010 {
                global::tracer(format!("tracer {number}")).start("span").end();
            }
            global::tracer("tracer 7").start("span").end();
        });
        let scopes: Vec<_> = spans.iter().map(|span| span.view().scope().name).collect();
        assert_eq!((scopes[0], scopes[999], scopes[1_010]), ("tracer 0", "tracer 999", "tracer 7"));
        assert!(scopes[1_000..1_010].iter().all(|scope| *scope == "traced.other_scopes"));
        assert_eq!(traced::stats().merged_scopes, 10);
    });
    if let Some(said) = said {
        assert_eq!(said.matches("1000 instrumentation scopes").count(), 1, "{said}");
    }
}

/// The destructors of thread-locals run in an order that nobody chooses. OpenTelemetry's API itself panics in there.
#[test]
fn spans_in_destructors_of_thread_locals() {
    struct Late;

    impl Drop for Late {
        fn drop(&mut self) {
            after();
        }
    }

    thread_local! {
        static EARLY: Late = const { Late };
    }

    alone("spans_in_destructors_of_thread_locals", |_| {
        let capture = Capture::new();
        let context = capture.context();
        let thread = std::thread::spawn(move || {
            EARLY.with(|_| ());
            let _guard = context.attach();
            annotated(&[]);
        });
        thread.join().unwrap();
        assert_tree!(capture.take(), &expected(&[Traced]));
    });
}

/// A parent of ours that is not sampled is passed on to theirs, and the other way round.
#[test]
fn decisions_are_kept() {
    alone("decisions_are_kept", |_| {
        let capture = Capture::new();
        let ids = (TraceId::from_u128(7), SpanId::from_u64(9));
        let parent = SpanContext::remote(ids.0, ids.1, TraceFlags::NONE, TraceState::EMPTY);
        let context = capture.within(Context::new().with_span_context(parent));
        let _guard = context.attach();
        annotated(&[Theirs, Traced]);
        theirs("theirs", || annotated(&[Theirs]));
        assert_tree!(capture.take(), "");
    });
}
