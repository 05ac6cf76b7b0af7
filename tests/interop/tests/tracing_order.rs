//! One order of parents: `#[traced]` functions and `tracing` spans in one another, three deep, in every order.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::fmt::Write as _;
use std::future::Future;
use std::pin::Pin;
use std::sync::Once;

use traced::testing::Capture;
use traced::{Context, assert_tree, traced};
use traced_interop_tests::Kind::{self, Theirs, Traced};
use traced_interop_tests::ORDERS;
use tracing::{Instrument as _, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

/// For the process: tasks run on threads of a runtime.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer());
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

/// A chain with an event of the current span at each level, before and after what is inside.
fn expected(order: &[Kind]) -> String {
    let mut text = String::new();
    for (depth, kind) in order.iter().enumerate() {
        let name = if *kind == Traced { "traced" } else { "tracing" };
        let indent = "  ".repeat(depth);
        writeln!(text, "{indent}{name}").unwrap();
        for event in ["before", "after"] {
            writeln!(text, "{indent}  · {event} level=INFO target=tracing_order").unwrap();
        }
    }
    text
}

fn nest(order: &[Kind]) {
    match order {
        [] => {}
        [Traced, rest @ ..] => annotated(rest),
        [Theirs, rest @ ..] => info_span!("tracing").in_scope(|| inside(rest)),
    }
}

#[traced("traced")]
fn annotated(rest: &[Kind]) {
    inside(rest);
}

fn inside(rest: &[Kind]) {
    tracing::info!("before");
    nest(rest);
    tracing::info!("after");
}

#[test]
fn sync() {
    install();
    for order in ORDERS {
        let spans = traced::testing::capture(|| nest(&order));
        assert_tree!(spans, &expected(&order));
        assert_eq!(traced::current_ids(), None, "{order:?}: nothing is left on the stack");
    }
}

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;
type Inside = fn(&'static [Kind]) -> Boxed;

fn nest_async(order: &'static [Kind], inside: Inside) -> Boxed {
    match order {
        [] => Box::pin(async {}),
        [Traced, rest @ ..] => Box::pin(annotated_async(rest, inside)),
        [Theirs, rest @ ..] => Box::pin(inside(rest).instrument(info_span!("tracing"))),
    }
}

#[traced("traced")]
async fn annotated_async(rest: &'static [Kind], inside: Inside) {
    inside(rest).await;
}

fn awaiting(rest: &'static [Kind]) -> Boxed {
    Box::pin(async move {
        tokio::task::yield_now().await;
        tracing::info!("before");
        nest_async(rest, awaiting).await;
        tokio::task::yield_now().await;
        tracing::info!("after");
    })
}

fn spawning(rest: &'static [Kind]) -> Boxed {
    Box::pin(async move {
        tokio::task::yield_now().await;
        tracing::info!("before");
        let nested = async move { nest_async(rest, spawning).await };
        tokio::spawn(Context::current().instrument(nested)).await.unwrap();
        tracing::info!("after");
    })
}

/// Many of each order at a time, so that the runtime moves them between its threads and polls them in turns.
fn run_async(inside: Inside) {
    install();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    let tasks = (0..10).flat_map(|_| ORDERS.iter()).map(|order| {
        let capture = Capture::new();
        let task = runtime.spawn(capture.context().instrument(async move {
            nest_async(order, inside).await;
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
    run_async(awaiting);
}

#[test]
fn spawned_with_the_context_carried_along() {
    run_async(spawning);
}

/// The span that `tracing` would call current is not ours to change.
#[test]
fn the_current_tracing_span_stays_what_it_was() {
    #[traced]
    fn annotated() -> Option<tracing::Id> {
        tracing::Span::current().id()
    }

    install();
    let spans = traced::testing::capture(|| {
        let outer = info_span!("outer");
        let _entered = outer.enter();
        assert_eq!(annotated(), outer.id());
    });
    assert_tree!(spans, "outer\n  annotated");
    assert_eq!(annotated(), None);
}

#[test]
fn guards_that_are_dropped_out_of_order() {
    #[traced]
    fn annotated(outer: tracing::span::Entered<'_>) {
        drop(outer);
        info_span!("after outer").in_scope(|| {});
    }

    install();
    let spans = traced::testing::capture(|| {
        let (a, b, c) = (info_span!("a"), info_span!("b"), info_span!("c"));
        let (outer, inner) = (a.enter(), b.enter());
        drop(outer);
        info_span!("in b").in_scope(|| {});
        drop(inner);
        assert_eq!(traced::current_ids(), None);
        annotated(c.enter());
        assert_eq!(traced::current_ids(), None);
    });
    assert_tree!(spans, "a\nb\n  in b\nc\n  annotated\n    after outer");
}
