//! One order of parents for all three kinds: `#[traced]` functions, spans of `tracing` through our layer, and spans of
//! OpenTelemetry's API through the bridge, three deep, in every order. Compared as trees that other people's code
//! decodes from the bytes that would be sent.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

mod order_of_parents {
    pub(crate) mod nest;
    pub(crate) mod oracle;
}

use std::time::Duration;

use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context as OtelContext, global};
use traced::{Context, traced};
use traced_opentelemetry::{Attach, install};
use traced_tests::child;
use traced_tests::otlp::Decoded;
use tracing_subscriber::layer::SubscriberExt as _;

use order_of_parents::nest::{self, Inside, Kind, Order, orders};
use order_of_parents::oracle::{self, Trees, trees};

/// How long a flush may take on a busy machine.
const LONG: Duration = Duration::from_secs(60);

/// Runs a test at each level, in a process of its own: the subscriber, the bridge and the exporter are the process's.
fn at_each_level(name: &str, test: impl Fn(&Recorder<'_>)) {
    child::run(name, &[], || {
        let decoded = Decoded::default();
        let _guard = traced::builder().exporter(decoded.clone()).init().unwrap();
        let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer());
        tracing::subscriber::set_global_default(subscriber).unwrap();
        for level in [Attach::Never, Attach::Boundaries, Attach::All] {
            install(level);
            nest::SEES_ITS_OWN_SPAN.store(level == Attach::All, std::sync::atomic::Ordering::Relaxed);
            test(&Recorder { decoded: &decoded, level });
            assert_eq!(traced::current_ids(), None, "{level:?}: nothing is left on our stack");
            assert!(!OtelContext::current().has_active_span(), "{level:?}: nor on theirs");
        }
    });
}

struct Recorder<'a> {
    decoded: &'a Decoded,
    level: Attach,
}

impl Recorder<'_> {
    /// The trees of what has ended since the last call.
    fn take(&self) -> Trees {
        traced::flush(LONG).unwrap();
        trees(self.decoded)
    }

    /// Compares each order's trace, so many of each.
    fn assert_all(&self, orders: &[Order], times: usize) {
        let mut expected: Vec<_> = orders.iter().map(|order| nest::expected(order)).collect();
        expected.sort();
        let expected: Vec<_> = expected.into_iter().flat_map(|tree| vec![tree; times]).collect();
        let found = self.take();
        assert_eq!(found.len(), expected.len(), "{:?}: as many traces", self.level);
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(found, expected, "{:?}", self.level);
        }
    }
}

#[test]
fn sync() {
    at_each_level("sync", |recorder| {
        orders().iter().for_each(|order| nest::sync(order));
        recorder.assert_all(orders(), 1);
    });
}

/// Many of each order at a time, so that the runtime moves them between its threads and polls them in turns.
fn run_async(recorder: &Recorder<'_>, inside: Inside) {
    const TIMES: usize = 8;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(3).enable_all().build().unwrap();
    let tasks: Vec<_> = (0..TIMES)
        .flat_map(|_| orders())
        .map(|order| {
            runtime.spawn(async move {
                // The context of the chain is taken when its first span starts, which is at its first poll.
                async { nest::awaited(order, inside).await }.await;
                assert_eq!(traced::current_ids(), None, "{order:?}: nothing is left on the stack");
            })
        })
        .collect();
    for task in tasks {
        runtime.block_on(task).unwrap();
    }
    recorder.assert_all(orders(), TIMES);
}

#[test]
fn awaiting_on_many_threads() {
    at_each_level("awaiting_on_many_threads", |recorder| run_async(recorder, nest::awaiting));
}

#[test]
fn spawned_with_our_context_carried_along() {
    at_each_level("spawned_with_our_context_carried_along", |recorder| run_async(recorder, nest::spawning));
}

/// A library takes along what it knows of: its own kind of span.
#[test]
fn spawned_with_each_kinds_own_context_carried_along() {
    at_each_level("spawned_with_each_kinds_own_context_carried_along", |recorder| {
        run_async(recorder, nest::spawning_in_own_way);
    });
}

#[test]
fn on_threads_with_our_context_carried_along() {
    at_each_level("on_threads_with_our_context_carried_along", |recorder| {
        orders().iter().for_each(|order| nest::on_threads(order));
        recorder.assert_all(orders(), 1);
    });
}

/// Whichever kind is outside, and whoever suppresses.
#[test]
fn suppressed_telemetry() {
    at_each_level("suppressed_telemetry", |recorder| {
        for order in orders() {
            let [outer, rest @ ..] = order;
            nest::within(*outer, &mut || {
                let suppressed = OtelContext::enter_telemetry_suppressed_scope();
                nest::sync(order);
                drop(suppressed);
                let suppressed = Context::suppressed().attach();
                nest::sync(order);
                drop(suppressed);
                nest::within(rest[0], &mut || {});
            });
        }
        let mut expected: Vec<_> = orders().iter().map(|[a, b, _]| format!("{a}\n  {b}\n")).collect();
        expected.sort();
        assert_eq!(recorder.take(), expected, "{:?}", recorder.level);
    });
}

/// A new trace begins, and what is inside of its root is in that trace; afterwards all is as before.
#[test]
fn explicit_contexts() {
    at_each_level("explicit_contexts", |recorder| {
        for [outer, inner, innermost] in orders() {
            let mut nested = || nest::within(*inner, &mut || nest::within(*innermost, &mut || {}));
            nest::within(*outer, &mut || {
                let empty = Context::new().attach();
                nested();
                drop(empty);
                let theirs = global::tracer("theirs").start_with_context("root", &OtelContext::new());
                let attached = OtelContext::new().with_span(theirs).attach();
                nested();
                drop(attached);
                tracing::info_span!(parent: None, "root").in_scope(nested);
                rooted(&mut nested);
                nested();
            });
        }
        let mut expected: Vec<_> = orders()
            .iter()
            .flat_map(|[a, b, c]| {
                let root = || format!("root\n  {b}\n    {c}\n");
                [format!("{a}\n  {b}\n    {c}\n"), format!("{b}\n  {c}\n"), root(), root(), root()]
            })
            .collect();
        expected.sort();
        assert_eq!(recorder.take(), expected, "{:?}", recorder.level);
    });
}

#[traced("root", root)]
fn rooted(inside: &mut dyn FnMut()) {
    inside();
}

/// Three guards of any kinds, dropped in any order: what starts in between is the child of the last one that is left.
#[test]
fn guards_that_are_dropped_out_of_order() {
    const DROPS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    at_each_level("guards_that_are_dropped_out_of_order", |recorder| {
        for order in orders() {
            for drops in DROPS {
                drop_in_order(recorder, order, drops);
            }
        }
    });
}

fn drop_in_order(recorder: &Recorder<'_>, order: &Order, drops: [usize; 3]) {
    let mut guards = [const { None }; 3];
    for (place, kind) in order.iter().enumerate() {
        guards[place] = Some(nest::guard(*kind, ["first", "second", "third"][place]));
    }
    let spans = guards.each_ref().map(|guard| guard.as_ref().unwrap().span_id());
    let mut parents = Vec::new();
    for dropped in drops {
        drop(guards[dropped].take());
        let innermost = guards.iter().rposition(Option::is_some);
        let uncovered = nest::uncovers_an_older_one(recorder.level, order, &guards, dropped);
        let expected = uncovered.or(innermost).map(|place| spans[place].to_bytes().to_vec()).unwrap_or_default();
        for kind in Kind::ALL {
            nest::within(kind, &mut || {});
            parents.push((kind.to_string(), expected.clone()));
        }
    }
    traced::flush(LONG).unwrap();
    let mut found: Vec<_> = oracle::traces(recorder.decoded).into_values().flatten().collect();
    found.retain(|span| !["first", "second", "third"].contains(&span.name.as_str()));
    found.sort_by_key(|span| span.start_time_unix_nano);
    let found: Vec<_> = found.into_iter().map(|span| (span.name, span.parent_span_id)).collect();
    assert_eq!(found, parents, "{:?}: {order:?}, dropped in the order {drops:?}", recorder.level);
}
