//! A parent from the attribute is passed on also where the function gets no span: without `init`, when disabled by the
//! environment, and when a filter switches the call site off.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashMap;
use std::future::{Future, ready};
use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};

use traced::propagation::{self, TraceContextPropagator};
use traced::{Context, MemoryExporter, traced};
use traced_tests::child;

const CALLER: &str = "00-11111111111111111111111111111111-2222222222222222-01";
const PARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

type Headers = HashMap<String, String>;

fn headers(traceparent: &str) -> Headers {
    HashMap::from([("traceparent".to_owned(), traceparent.to_owned())])
}

/// What a request from here would carry; the current context has to agree.
fn sent() -> String {
    let mut outgoing = HashMap::new();
    propagation::inject(&mut outgoing);
    let sent = outgoing.remove("traceparent").unwrap_or_default();
    let context = Context::current().span_context().clone();
    assert!(sent.contains(&context.trace_id().to_string()) && sent.contains(&context.span_id().to_string()), "{sent}");
    sent
}

async fn later() {
    let mut has_yielded = false;
    std::future::poll_fn(|_| if std::mem::replace(&mut has_yielded, true) { Poll::Ready(()) } else { Poll::Pending })
        .await;
}

fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut task = Task::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut task) {
            return output;
        }
    }
}

#[traced(parent = parent)]
fn guarded(parent: &Headers) -> String {
    sent()
}

#[traced(parent = parent)]
fn fallible(parent: &Headers) -> Result<String, String> {
    Ok(sent())
}

#[traced(parent = parent)]
async fn polled(parent: &Headers) -> String {
    let before = sent();
    later().await;
    assert_eq!(before, sent(), "after an await");
    before
}

#[traced(parent = parent)]
fn returned(parent: &Headers) -> impl Future<Output = String> {
    let before = sent();
    async move {
        later().await;
        assert_eq!(before, sent(), "in the future");
        before
    }
}

#[traced(root)]
fn root() -> String {
    sent()
}

#[traced(root)]
async fn root_later() -> String {
    ready(()).await;
    sent()
}

/// Every function passes its parent on, and the caller has its own context back afterwards.
fn check() {
    propagation::set_global(TraceContextPropagator);
    let parent = headers(PARENT);
    for caller in [None, Some(headers(CALLER))] {
        let expected = if caller.is_some() { CALLER } else { "" };
        let _caller = caller.map(|caller| propagation::extract(&caller).attach());
        let mut around = HashMap::new();
        for found in [guarded(&parent), fallible(&parent).unwrap(), finish(polled(&parent)), finish(returned(&parent))]
        {
            assert_eq!(found, PARENT);
        }
        propagation::inject(&mut around);
        assert_eq!(around.get("traceparent").map_or("", String::as_str), expected);
    }
    // Where no trace starts, `root` leaves the caller's.
    let _caller = propagation::extract(&headers(CALLER)).attach();
    assert_eq!([root(), finish(root_later())], [CALLER, CALLER]);
}

#[test]
fn without_init() {
    child::run("without_init", &[], check);
}

#[test]
fn when_disabled() {
    child::run("when_disabled", &[("OTEL_SDK_DISABLED", "true")], || {
        let _guard = traced::init().unwrap();
        check();
    });
}

#[test]
fn when_filtered_out() {
    child::run(
        "when_filtered_out",
        &[("TRACED_FILTER", "process::parents_without_spans=off"), ("OTEL_TRACES_EXPORTER", "none")],
        || {
            let memory = MemoryExporter::default();
            let guard = traced::builder().exporter(memory.clone()).init().unwrap();
            check();
            drop(guard);
            assert!(memory.spans().is_empty(), "the filter lets none through");
        },
    );
}
