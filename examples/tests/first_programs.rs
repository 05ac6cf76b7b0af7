//! The programs that a user writes first do what they say.

#![allow(dead_code, clippy::unwrap_used, reason = "their `main`; and the helpers of tests")]

#[path = "../cli.rs"]
mod cli;
#[path = "../migrate.rs"]
mod migrate;
#[path = "../service.rs"]
mod service;
/// Its tests are run with those below.
#[path = "../tests_on_spans.rs"]
mod tests_on_spans;
#[path = "../worker.rs"]
mod worker;

use axum::extract::Path;
use axum::http::HeaderMap;
use traced::Status;
use traced::testing::{capture, capture_async};
use tracing_subscriber::util::SubscriberInitExt as _;

#[test]
fn cli_counts_on_all_cores_in_one_trace() {
    let spans = capture(|| cli::count(&["one two", "three", "four five six"]));
    assert_eq!(spans.result, 6);
    let whole = spans.one("count");
    assert_eq!((whole.attribute("file.count").unwrap(), whole.attribute("word.count").unwrap()), (3.into(), 6.into()));
    assert_eq!(spans.all("count_one").filter(|span| spans.parent_of(span).is_some()).count(), 3);
}

/// Where a program switches it off, it records nothing: `tests/off/tests/library.rs`.
#[test]
fn library_is_recorded_by_the_program_that_uses_it() {
    #[traced::traced]
    fn order() {
        traced_example_library::price(3).unwrap();
        traced_example_library::price(u64::MAX).unwrap_err();
    }
    let spans = capture(order);
    let prices: Vec<_> = spans.all("price of an order").collect();
    assert!(prices.iter().all(|price| spans.parent_of(price).unwrap().name() == "order"));
    assert_eq!(prices[0].attribute("order.items").unwrap(), 3);
    assert!(prices[1].status().is_error() && !prices[0].status().is_error());
}

#[tokio::test]
async fn worker_keeps_its_jobs_in_the_trace_of_who_sent_them() {
    let spans = capture_async(async {
        let (sender, receiver) = tokio::sync::mpsc::channel(8);
        let worker = traced::task::spawn(worker::run(receiver));
        worker::submit(&sender, 4).await;
        drop(sender);
        worker.await.unwrap();
    })
    .await;
    let work = spans.one("work");
    assert_eq!(work.attribute("job.sum").unwrap(), 4 + 8 + 12);
    assert_eq!(spans.parent_of(work).unwrap().name(), "submit");
    assert!(spans.all("step").all(|step| spans.parent_of(step).unwrap().name() == "work"));
}

#[tokio::test]
async fn service_marks_what_it_has_to_answer_for() {
    let serve = |id: u64| capture_async(service::order(HeaderMap::new(), Path(id)));
    let fine = serve(7).await;
    assert_eq!(fine.one("GET /orders/{id}").attribute("order.stock").unwrap(), 21);
    let missing = serve(100).await;
    assert_eq!(missing.one("GET /orders/{id}").status(), Status::Unset, "404 is the caller's mistake");
    assert!(missing.one("stock").status().is_error(), "and a failure of a client");
    let broken = serve(0).await;
    assert_eq!(broken.one("GET /orders/{id}").attribute("error.type").unwrap(), "503");
}

#[tokio::test]
async fn migrate_keeps_its_traces_and_its_log_lines() {
    let _logs = migrate::subscriber().set_default();
    migrate::compare().await;
}
