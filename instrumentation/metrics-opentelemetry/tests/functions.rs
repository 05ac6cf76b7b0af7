//! `#[traced(metric)]`, measured by the official SDK.

mod common;

use std::future::{Future, pending};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use common::Measured;
use traced::sampler::AlwaysOff;
use traced::testing::{Capture, assert_tree};
use traced::traced;

const DURATION: &str = "traced.function.duration";

#[traced(metric)]
fn plain() {}

#[traced(metric)]
fn fallible(fails: bool) -> Result<(), std::fmt::Error> {
    if fails { Err(std::fmt::Error) } else { Ok(()) }
}

#[traced(metric, err(when = |error: &u8| *error > 1))]
fn counts_some(error: u8) -> Result<(), u8> {
    Err(error)
}

#[traced("shop.quote", metric = "shop.quote.duration", attrs(carrier = "hare"))]
async fn quote(fails: bool) -> Result<(), std::fmt::Error> {
    tokio::task::yield_now().await;
    if fails { Err(std::fmt::Error) } else { Ok(()) }
}

#[traced(metric)]
async fn stuck() {
    pending::<()>().await;
}

#[traced(metric, cancel = error)]
async fn stuck_badly() {
    pending::<()>().await;
}

#[traced(metric)]
fn panics() {
    panic!("boom");
}

#[traced(metric)]
#[allow(clippy::manual_async_fn, reason = "the form is what is tested")]
fn lazy() -> impl Future<Output = Result<(), std::fmt::Error>> {
    async { Err(std::fmt::Error) }
}

fn labels(function: &str, more: &str) -> String {
    let more = if more.is_empty() { String::new() } else { format!(",{more}") };
    format!("code.function.name={}::{function}{more}", module_path!())
}

/// Runs a closure twice: sampled, and not.
fn both(run: impl Fn(&Measured)) {
    for builder in [Capture::builder(), Capture::builder().sampler(AlwaysOff)] {
        run(&Measured::new(builder));
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().build().expect("a runtime").block_on(future)
}

fn poll_once(future: impl Future<Output = ()>) {
    let mut future = pin!(future);
    assert_eq!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())), Poll::Pending);
}

#[test]
fn calls_are_measured_sampled_or_not() {
    both(|measured| {
        measured.capture.run(|| {
            for _ in 0..3 {
                plain();
            }
        });
        let series = measured.series(DURATION);
        let (found, series) = series.into_iter().next().expect("one");
        assert_eq!(found, labels("plain", ""));
        assert_eq!((series.count, &*series.unit, &*series.scope), (3, "s", env!("CARGO_PKG_NAME")));
        assert_eq!(series.bounds.first().zip(series.bounds.last()), Some((&0.0001, &10.0)));
        assert!(series.sum > 0.0 && series.sum < 10.0, "{}", series.sum);
    });
}

#[test]
fn a_span_that_is_measured_is_as_it_would_be_without() {
    let measured = Measured::new(Capture::builder());
    let (_, spans) = measured.capture.run(|| {
        plain();
        fallible(true).expect_err("it fails");
        block_on(quote(false)).expect("it is well");
    });
    assert_tree(
        &spans,
        r#"
        plain
        fallible error.type=core::fmt::Error ✗ an error occurred when formatting an argument
          · exception exception.type=core::fmt::Error exception.message="an error occurred when formatting an argument"
        shop.quote carrier=hare
        "#,
    );
}

#[test]
fn errors_are_told_apart_by_their_type() {
    both(|measured| {
        measured.capture.run(|| {
            fallible(false).expect("it is well");
            (0..2).for_each(|_| _ = fallible(true));
            [1, 1, 2].iter().for_each(|error| _ = counts_some(*error));
        });
        let expected = [
            (labels("counts_some", ""), 2),
            (labels("counts_some", "error.type=u8"), 1),
            (labels("fallible", ""), 1),
            (labels("fallible", "error.type=core::fmt::Error"), 2),
        ];
        assert_eq!(measured.counts(DURATION), expected);
    });
}

#[test]
fn a_metric_may_have_a_name_of_its_own_and_a_future() {
    both(|measured| {
        measured.capture.run(|| {
            block_on(async {
                quote(false).await.expect("it is well");
                quote(true).await.expect_err("it fails");
                lazy().await.expect_err("it fails");
            });
        });
        let expected = [(labels("quote", ""), 1), (labels("quote", "error.type=core::fmt::Error"), 1)];
        assert_eq!(measured.counts("shop.quote.duration"), expected);
        assert_eq!(measured.counts(DURATION), [(labels("lazy", "error.type=core::fmt::Error"), 1)]);
    });
}

#[test]
fn what_does_not_return_is_measured_too() {
    both(|measured| {
        measured.capture.run(|| {
            poll_once(stuck());
            poll_once(stuck_badly());
            catch_unwind(AssertUnwindSafe(panics)).expect_err("it panics");
        });
        let expected = [
            (labels("panics", "error.type=panic"), 1),
            (labels("stuck", "traced.cancelled=true"), 1),
            (labels("stuck_badly", "error.type=cancelled,traced.cancelled=true"), 1),
        ];
        assert_eq!(measured.counts(DURATION), expected);
    });
}

#[test]
fn nothing_is_measured_where_nobody_asked() {
    let capture = Capture::new();
    let (_, spans) = capture.run(plain);
    assert_eq!(spans.len(), 1);
    plain();
}

#[test]
fn a_duration_is_that_of_the_call() {
    #[traced(metric)]
    fn sleeps() {
        std::thread::sleep(Duration::from_millis(30));
    }
    both(|measured| {
        measured.capture.run(sleeps);
        let series = measured.series(DURATION);
        let (_, series) = series.into_iter().next().expect("one");
        assert!(series.sum >= 0.03, "{}", series.sum);
    });
}
