//! Contexts and the guards that make them current: in order, out of order, leaked, over awaits, under suppression.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::{Context as Task, Poll, Waker};

use traced::__rt::{Entered, Location, Site, enter};
use traced::testing::Capture;
use traced::{Baggage, Context, Span, SpanContext, SpanId, TraceFlags, TraceId, TraceState, assert_tree};

const fn site(name: &'static str) -> Site {
    Site::here(name, "contexts").location(Location::Off)
}

static A: Site = site("a");
static B: Site = site("b");
static C: Site = site("c");
static D: Site = site("d");

fn remote() -> SpanContext {
    let state: TraceState = "vendor=1".parse().unwrap();
    SpanContext::remote(TraceId::from_u128(7), SpanId::from_u64(8), TraceFlags::from_byte(3), state)
}

/// Polls once, with nobody to wake.
fn poll<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Task::from_waker(Waker::noop()))
}

/// Pending at the first poll only.
async fn yield_once() {
    let mut has_yielded = false;
    poll_fn(|_| if std::mem::replace(&mut has_yielded, true) { Poll::Ready(()) } else { Poll::Pending }).await;
}

#[derive(PartialEq, Debug)]
struct Tenant(&'static str);

#[test]
fn cx_1_context_is_immutable_and_attach_restores() {
    let empty = Context::new();
    let one = empty.clone().with_value(Tenant("one"));
    let two = one.clone().with_value(Tenant("two")).with_value(5_u8);
    assert_eq!(empty.value::<Tenant>(), None);
    assert_eq!(one.value(), Some(&Tenant("one")));
    assert_eq!((two.value(), two.value()), (Some(&Tenant("two")), Some(&5_u8)));
    assert_eq!(one.value::<u8>(), None);

    let first = one.attach();
    assert_eq!(Context::current().value(), Some(&Tenant("one")));
    let second = two.attach();
    assert_eq!(Context::current().value(), Some(&Tenant("two")));
    drop(second);
    assert_eq!(Context::current().value(), Some(&Tenant("one")));
    drop(first);
    assert_eq!(Context::current().value::<Tenant>(), None);
}

#[test]
fn cx_1_detach_in_the_wrong_order_is_noticed_and_harmless() {
    let warnings = traced_tests::child::run("cx_1_detach_in_the_wrong_order_is_noticed_and_harmless", &[], || {
        for _ in 0..3 {
            let first = Context::new().with_value(Tenant("first")).attach();
            let second = Context::new().with_value(Tenant("second")).attach();
            let third = Context::new().with_value(Tenant("third")).attach();
            drop(first);
            assert_eq!(Context::current().value(), Some(&Tenant("third")), "later ones stay");
            drop(third);
            assert_eq!(Context::current().value(), Some(&Tenant("second")));
            drop(second);
            assert_eq!(Context::current().value::<Tenant>(), None);
        }
    });
    if let Some(warnings) = warnings {
        assert_eq!(warnings.matches("dropped before a later one").count(), 1, "one message: {warnings}");
    }
}

#[test]
fn cx_2_span_in_context() {
    let capture = Capture::new();
    let context = capture.context().with_span_context(remote());
    assert_eq!(context.span_context(), &remote());
    let span = Span::builder("child").parent(context.clone()).start();
    assert_eq!(Context::current().span_context(), &SpanContext::default(), "starting does not make it current");
    let context = span.context();
    assert_eq!(context.span_context(), &span.span_context());
    {
        let _guard = span.attach();
        assert_eq!(Context::current().span_context(), &span.span_context());
        assert_eq!(traced::current_ids(), Some(span.span_context()));
        assert_eq!(Span::current().span_context(), span.span_context());
    }
    assert_eq!(traced::current_ids(), None);
    span.end();
    let spans = capture.finish();
    assert!(spans[0].view().parent_is_remote());
}

#[test]
fn baggage_and_values_reach_children() {
    let capture = Capture::new();
    let context = capture.context().with_baggage(Baggage::default().insert("k", "v")).with_value(Tenant("t"));
    let ((), spans) = capture.run(|| {
        let _context = context.attach();
        let _a = enter(&A);
        let _b = enter(&B);
        assert_eq!(Context::current().baggage().get("k"), Some("v"));
        assert_eq!(Context::current().value(), Some(&Tenant("t")));
        let on_thread = Context::current().wrap(|| Context::current().baggage().get("k").map(str::to_owned));
        assert_eq!(std::thread::spawn(on_thread).join().unwrap().as_deref(), Some("v"));
    });
    assert_tree!(spans, "a\n  b");
}

#[test]
fn guards_out_of_order_end_the_right_spans() {
    let ((), spans) = Capture::new().run(|| {
        let a = enter(&A);
        let b = enter(&B);
        // B is open above A: it ends with A.
        drop(a);
        let c = enter(&C);
        let d = enter(&D);
        // Must not end D, which is where B was.
        drop(b);
        assert!(traced::current_ids().is_some());
        drop(d);
        drop(c);
    });
    assert_eq!(spans.names(), ["b", "a", "d", "c"]);
    assert_tree!(spans, "a\n  b\nc\n  d");
}

#[test]
fn span_above_a_context_that_is_detached_early_still_ends() {
    let capture = Capture::new();
    let ((), spans) = capture.run(|| {
        let context = Context::current().attach();
        let a = enter(&A);
        drop(context);
        let b = enter(&B);
        drop(b);
        drop(a);
        assert_eq!(traced::current_ids(), None, "the span is off the stack");
        drop(enter(&C));
    });
    assert_eq!(spans.names(), ["b", "a", "c"]);
    assert_tree!(spans, "a\n  b\nc");
}

#[test]
fn span_that_moved_down_ends_with_those_above_it() {
    let capture = Capture::new();
    let ((), spans) = capture.run(|| {
        let context = Context::current().attach();
        let a = enter(&A);
        let b = enter(&B);
        drop(context);
        drop(a);
        assert_eq!(traced::current_ids(), None);
        drop(enter(&C));
        drop(b);
    });
    assert_eq!(spans.names(), ["b", "a", "c"]);
    assert_tree!(spans, "a\n  b\nc");
}

#[test]
fn future_whose_poll_detaches_an_outer_context_keeps_its_span() {
    let capture = Capture::new();
    let ((), spans) = capture.run(|| {
        let mut outer = Some(Context::current().attach());
        let mut future = pin!(detaches(&mut outer));
        assert_eq!(poll(future.as_mut()), Poll::Pending);
        assert_eq!(traced::current_ids(), None, "the span is current only while it is polled");
        assert_eq!(poll(future), Poll::Ready(()));
    });
    assert_tree!(spans, "detaches");
}

#[traced::traced]
async fn detaches(outer: &mut Option<traced::ContextGuard>) {
    *outer = None;
    yield_once().await;
}

#[test]
fn guard_of_an_ended_span_leaves_an_attached_context_alone() {
    let capture = Capture::new();
    let ((), spans) = capture.run(|| {
        let a = enter(&A);
        let b = enter(&B);
        let in_b = Context::current();
        drop(a);
        let c = enter(&C);
        // The context of B, where B itself was.
        let attached = in_b.attach();
        let expected = Context::current().span_context().clone();
        drop(b);
        assert_eq!(Context::current().span_context(), &expected);
        drop(attached);
        drop(c);
    });
    assert_eq!(spans.names(), ["b", "a", "c"]);
    assert_tree!(spans, "a\n  b\nc");
}

#[test]
fn leaked_guard_is_cleared_by_the_span_around_it() {
    let ((), spans) = Capture::new().run(|| {
        let a = enter(&A);
        std::mem::forget(enter(&B));
        std::mem::forget(Context::current().attach());
        drop(enter(&C));
        drop(a);
        drop(enter(&D));
    });
    assert_eq!(spans.names(), ["c", "b", "a", "d"]);
    assert_tree!(spans, "a\n  b\n    c\nd");
}

#[traced::traced(location = off)]
async fn holds_a_guard_over_an_await() {
    let _guard: Entered = enter(&A);
    yield_once().await;
    drop(enter(&B));
}

#[test]
fn guard_held_over_an_await_ends_at_the_suspension() {
    let ((), spans) = Capture::new().run(|| {
        let mut future = pin!(holds_a_guard_over_an_await());
        assert!(poll(future.as_mut()).is_pending());
        // Nobody else becomes a child of what the future left behind.
        drop(enter(&C));
        assert!(poll(future).is_ready());
        drop(enter(&D));
    });
    assert_eq!(spans.names(), ["a", "c", "b", "holds_a_guard_over_an_await", "d"]);
    // B is no child of A: the guard's span has ended.
    assert_tree!(spans, "holds_a_guard_over_an_await\n  a\n  b\nc\nd");
}

#[test]
fn no_span_starts_in_a_suppressed_context() {
    let capture = Capture::new();
    let ((), spans) = capture.run(|| {
        let a = enter(&A);
        {
            // Of the same provider: else there would be none to record, suppressed or not.
            let suppressed = capture.within(Context::suppressed());
            assert!(!Span::builder("explicit").parent(suppressed.clone()).start().is_recording());
            let _quiet = suppressed.attach();
            assert!(!enter(&B).is_some());
            let by_hand = Span::start("by hand");
            assert!(!by_hand.is_recording());
            traced::attrs!(never = unreachable_value());
            let mut future = pin!(quiet());
            assert!(poll(future.as_mut()).is_ready());
            // A context that comes from it is suppressed, too.
            let context = Context::current();
            std::thread::spawn(context.wrap(|| assert!(!enter(&C).is_some()))).join().unwrap();
        }
        drop(enter(&D));
        drop(a);
    });
    assert_eq!(spans.names(), ["d", "a"]);
    assert_tree!(spans, "a\n  d");
}

fn unreachable_value() -> i64 {
    panic!("evaluated, though nothing records")
}

#[traced::traced(attrs(never = unreachable_value()))]
async fn quiet() {}

#[test]
fn remote_context_is_the_parent_of_what_starts_in_it() {
    let capture = Capture::new();
    let ((), spans) = capture.run(|| {
        let _remote = Context::current().with_span_context(remote()).attach();
        let _a = enter(&A);
        assert!(!Context::current().span_context().is_remote());
        drop(enter(&B));
    });
    assert_tree!(spans, "a (remote parent)\n  b");
    let a = spans.one("a").view();
    assert_eq!((a.parent_span_id(), a.trace_id()), (Some(remote().span_id()), remote().trace_id()));
    assert!(spans.iter().all(|span| span.view().trace_state() == "vendor=1"));
}

#[test]
fn frames_are_reused_without_a_trace_of_their_past() {
    let capture = Capture::builder().sampler(NeverAtRoots).start();
    let ((), spans) = capture.run(|| {
        let remote = Context::current().with_span_context(remote()).with_baggage(Baggage::default().insert("k", "v"));
        for _ in 0..3 {
            drop(remote.clone().attach());
            drop((remote.clone().attach(), remote.clone().attach()));
            let root = enter(&A);
            let child = enter(&B);
            let identity = Context::current().span_context().clone();
            assert!(!identity.is_remote() && !identity.is_sampled());
            assert_eq!(identity.trace_state().as_str(), "");
            assert!(Context::current().baggage().get("k").is_none());
            drop((child, root));
        }
    });
    assert_eq!(spans.len(), 0);
}

struct NeverAtRoots;

impl traced::sampler::Sampler for NeverAtRoots {
    fn should_sample(&self, request: &traced::sampler::SamplingRequest<'_>) -> traced::sampler::SamplingResult {
        traced::sampler::SamplingResult::new(traced::sampler::SamplingDecision::Drop, request)
    }

    fn description(&self) -> String {
        "NeverAtRoots".to_owned()
    }

    fn follows_local_parent(&self) -> bool {
        true
    }
}

#[test]
fn deep_stacks() {
    const DEPTH: usize = 100_000;
    let ((), spans) = Capture::new().run(|| {
        let mut guards: Vec<_> = (0..DEPTH).map(|_| enter(&A)).collect();
        while guards.pop().is_some() {}
        assert_eq!(traced::current_ids(), None);
    });
    assert_eq!(spans.len(), DEPTH);
    let roots = spans.iter().filter(|span| span.view().parent_span_id().is_none());
    assert_eq!(roots.count(), 1);
}
