//! Futures and streams in their spans: where they start, what is inside, what they cost.

#![allow(
    unreachable_pub,
    clippy::manual_async_fn,
    clippy::semicolon_if_nothing_returned,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "the functions stand as a user may write them"
)]

use std::future::{pending, ready};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use async_trait::async_trait;
use futures_util::future::{BoxFuture, FutureExt as _};
use futures_util::stream::{self, Stream, StreamExt as _};
use tokio::task::yield_now;
use traced::testing::{Capture, capture, capture_async};
use traced::{Span, SpanContext, SpanId, TraceFlags, TraceState, assert_tree, traced};

use crate::assert_panicked;

/// A span inside whatever is tested.
#[traced]
fn inside() {}

#[traced]
async fn plain(n: usize) -> usize {
    inside();
    for _ in 0..n {
        yield_now().await;
    }
    inside();
    n
}

#[traced]
fn trailing_block(n: usize) -> impl Future<Output = usize> {
    async move {
        inside();
        n
    }
}

#[traced]
fn statements_first(n: usize) -> Pin<Box<dyn Future<Output = usize> + Send>> {
    inside();
    if n == 0 {
        return Box::pin(async {
            inside();
            0
        });
    }
    Box::pin(async move {
        inside();
        n
    })
}

#[traced]
fn extension<'a>(n: &'a usize) -> BoxFuture<'a, usize> {
    async move {
        inside();
        *n
    }
    .boxed()
}

#[traced]
fn arms(n: usize) -> BoxFuture<'static, usize> {
    match n {
        0 => ready(0).boxed(),
        _ => statements_first(n),
    }
}

#[traced]
fn by_poll() -> impl Future<Output = usize> {
    std::future::poll_fn(|_| {
        inside();
        Poll::Ready(1)
    })
}

#[traced]
fn unpin() -> Box<dyn Future<Output = usize> + Unpin> {
    inside();
    Box::new(ready(1))
}

#[tokio::test]
async fn every_path_of_a_future_is_inside() {
    let spans = capture_async(async { assert_eq!(plain(2).await, 2) }).await;
    assert_tree!(spans, "plain\n  inside\n  inside");
    let spans = capture_async(async { assert_eq!(trailing_block(2).await, 2) }).await;
    assert_tree!(spans, "trailing_block\n  inside");
    for n in 0..2 {
        let spans = capture_async(async { assert_eq!(statements_first(n).await, n) }).await;
        assert_tree!(spans, "statements_first\n  inside\n  inside");
    }
    let spans = capture_async(async { assert_eq!(extension(&2).await, 2) }).await;
    assert_tree!(spans, "extension\n  inside");
    let spans = capture_async(async { assert_eq!(arms(1).await, 1) }).await;
    assert_tree!(spans, "arms\n  statements_first\n    inside\n    inside");
    let spans = capture_async(async { assert_eq!(by_poll().await, 1) }).await;
    assert_tree!(spans, "by_poll\n  inside");
    let spans = capture_async(async { assert_eq!(unpin().await, 1) }).await;
    assert_tree!(spans, "unpin\n  inside");
}

#[async_trait]
trait Service {
    async fn call(&self, n: usize) -> Result<usize, String>;

    #[traced("default", attrs(n))]
    async fn with_default(&self, n: usize) -> Result<usize, String> {
        inside();
        self.call(n).await
    }
}

struct Echo(usize);

#[async_trait]
impl Service for Echo {
    #[traced(attrs(base = self.0, n))]
    async fn call(&self, n: usize) -> Result<usize, String> {
        if n == 0 {
            return Err("zero".to_owned());
        }
        inside();
        Ok(self.0 + n)
    }
}

struct Below;

#[traced]
#[async_trait]
impl Service for Below {
    async fn call(&self, n: usize) -> Result<usize, String> {
        inside();
        Ok(n)
    }
}

#[tokio::test]
async fn methods_of_async_trait() {
    let spans = capture_async(async {
        assert_eq!(Echo(1).with_default(2).await, Ok(3));
        assert!(Echo(1).call(0).await.is_err());
        assert_eq!(Below.call(1).await, Ok(1));
    })
    .await;
    assert_tree!(
        spans,
        "
        default n=2
          inside
          call base=1 n=2
            inside
        call base=1 n=0 error.type=alloc::string::String ✗ zero
          · exception exception.type=alloc::string::String exception.message=zero
        Below::call
          inside
        "
    );
    let ended = ["inside", "inside", "call", "default", "call", "inside", "Below::call"];
    assert_eq!(spans.names(), ended);
}

#[tokio::test]
async fn spawned_joined_and_selected() {
    let spans = capture_async(async {
        let context = traced::Context::current();
        tokio::spawn(context.instrument(plain(1))).await.expect("no panic");
        let (a, b) = tokio::join!(plain(1), plain(3));
        assert_eq!(a + b, 4);
        tokio::select! {
            biased;
            _ = forever() => unreachable!(),
            n = plain(1) => assert_eq!(n, 1),
        }
    })
    .await;
    assert_tree!(
        spans,
        "
        plain
          inside
          inside
        plain
          inside
          inside
        plain
          inside
          inside
        forever traced.cancelled=true
        plain
          inside
          inside
        "
    );
    assert_eq!(spans.names().last(), Some(&"forever"), "the last to end");
}

#[traced]
async fn forever() {
    pending().await
}

#[traced]
fn never_polled() -> impl Future<Output = ()> {
    inside();
    ready(())
}

#[test]
fn a_future_that_is_never_polled() {
    let spans = capture(|| {
        drop(plain(1));
        drop(never_polled());
    });
    assert_tree!(spans, "never_polled traced.cancelled=true\n  inside");
    assert_eq!(spans.names(), ["inside", "never_polled"], "in the order of their ends");
}

struct EntersOnDrop;

impl Drop for EntersOnDrop {
    fn drop(&mut self) {
        inside();
    }
}

#[traced]
async fn holds(_guard: EntersOnDrop) {
    pending().await
}

#[test]
fn a_future_is_dropped_inside_its_span() {
    let spans = capture(|| {
        let mut future = Box::pin(holds(EntersOnDrop));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(future);
    });
    assert_tree!(spans, "holds traced.cancelled=true\n  inside");
    assert_eq!(spans.names(), ["inside", "holds"], "in the order of their ends");
}

#[traced]
async fn panics_later() {
    yield_now().await;
    panic!("later");
}

#[tokio::test]
async fn a_panic_in_a_future_is_its_outcome() {
    let capture = Capture::new();
    let result = tokio::spawn(capture.context().instrument(panics_later())).await;
    assert!(result.is_err());
    assert_panicked(&capture.finish(), "panics_later", "later");
}

#[traced]
fn panics_in_the_call(really: bool) -> impl Future<Output = ()> {
    assert!(!really, "in the call");
    ready(())
}

#[test]
fn a_panic_before_the_future_is_an_outcome_too() {
    let spans = capture(|| assert!(std::panic::catch_unwind(|| drop(panics_in_the_call(true))).is_err()));
    assert_panicked(&spans, "panics_in_the_call", "in the call");
}

#[test]
#[should_panic = "resumed after completion"]
fn polled_after_completion_it_does_what_the_bare_one_does() {
    let mut future = Box::pin(plain(0));
    let mut context = Context::from_waker(Waker::noop());
    assert!(future.as_mut().poll(&mut context).is_ready());
    let _ = future.as_mut().poll(&mut context);
}

#[traced]
fn numbers(n: usize) -> impl Stream<Item = usize> {
    inside();
    stream::iter(0..n).map(|n| {
        inside();
        n
    })
}

#[tokio::test]
async fn a_stream_is_one_span() {
    let spans = capture_async(async { assert_eq!(numbers(3).collect::<Vec<_>>().await, [0, 1, 2]) }).await;
    assert_tree!(spans, "numbers\n  inside\n  inside\n  inside\n  inside");
    assert_eq!(spans.names().last(), Some(&"numbers"), "the last to end");
    let spans = capture_async(async { assert_eq!(numbers(3).next().await, Some(0)) }).await;
    assert_tree!(spans, "numbers traced.cancelled=true\n  inside\n  inside");
    assert_eq!(spans.names().last(), Some(&"numbers"), "the last to end");
    assert_eq!(numbers(3).size_hint(), (3, Some(3)));
}

fn is_send<T: Send>(_: &T) {}

#[traced]
fn sync_future() -> impl Future<Output = ()> + Send + Sync + Unpin {
    ready(())
}

#[traced]
async fn not_send(value: std::rc::Rc<u8>) -> u8 {
    yield_now().await;
    *value
}

#[tokio::test(flavor = "current_thread")]
async fn futures_are_send_when_their_body_is() {
    is_send(&plain(1));
    is_send(&statements_first(1));
    sync_future().await;
    assert_eq!(not_send(std::rc::Rc::new(1)).await, 1);
}

#[traced]
fn descend(depth: usize) -> BoxFuture<'static, usize> {
    async move {
        if depth == 0 {
            return traced::Context::current().span_context().is_valid().into();
        }
        yield_now().await;
        descend(depth - 1).await + 1
    }
    .boxed()
}

#[traced]
async fn descend_async(depth: usize) -> usize {
    if depth == 0 { 0 } else { Box::pin(descend_async(depth - 1)).await + 1 }
}

#[tokio::test]
async fn deep_recursion() {
    const DEPTH: usize = 500;
    let spans = capture_async(async {
        assert_eq!(descend(DEPTH).await, DEPTH + 1);
        assert_eq!(descend_async(DEPTH).await, DEPTH);
    })
    .await;
    assert_eq!(spans.len(), 2 * (DEPTH + 1));
}

/// Sizes of a bare and of an annotated future: the bytes that the span adds.
#[test]
fn sizes() {
    async fn bare_empty() {}
    #[traced]
    async fn empty() {}

    async fn bare_used_before(big: [u8; 1024]) -> u8 {
        let first = big[0];
        yield_now().await;
        first
    }
    #[traced]
    async fn used_before(big: [u8; 1024]) -> u8 {
        let first = big[0];
        yield_now().await;
        first
    }

    async fn bare_used_after(big: [u8; 1024]) -> u8 {
        yield_now().await;
        big[0]
    }
    #[traced]
    async fn used_after(big: [u8; 1024]) -> u8 {
        yield_now().await;
        big[0]
    }

    fn bare_returned(text: Arc<str>) -> impl Future<Output = usize> {
        async move { text.len() }
    }
    #[traced]
    fn returned(text: Arc<str>) -> impl Future<Output = usize> {
        async move { text.len() }
    }

    let table = [
        ("empty", size_of_val(&bare_empty()), size_of_val(&empty()), 0),
        ("1 KiB, used before", size_of_val(&bare_used_before([0; 1024])), size_of_val(&used_before([0; 1024])), 1024),
        ("1 KiB, used after", size_of_val(&bare_used_after([0; 1024])), size_of_val(&used_after([0; 1024])), 1024),
        ("returned", size_of_val(&bare_returned("".into())), size_of_val(&returned("".into())), 0),
    ];
    println!("{:20} {:>6} {:>9}", "future", "bare", "annotated");
    for (name, bare, annotated, arguments) in table {
        println!("{name:20} {bare:>6} {annotated:>9}");
        assert!(annotated <= bare + 40 + arguments, "{name}: {annotated} bytes instead of {bare}");
    }
}

#[traced(err(when = |_: &String| panic!("while looking at the error")))]
async fn looked_at_by_a_panic() -> Result<(), String> {
    yield_now().await;
    Err("an error".to_owned())
}

fn current() -> SpanId {
    traced::current().span_context().span_id()
}

#[test]
fn a_panic_while_the_result_is_looked_at_ends_the_span() {
    let spans = capture(|| {
        let mut future = Box::pin(looked_at_by_a_panic());
        let mut context = Context::from_waker(Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(&mut context))).is_err());
        assert_eq!(current(), SpanId::INVALID);
    });
    assert_panicked(&spans, "looked_at_by_a_panic", "while looking");
}

/// Says in which span it is dropped, and then does something.
struct OnDrop<'a>(&'a Mutex<Vec<SpanId>>, fn());

impl Drop for OnDrop<'_> {
    fn drop(&mut self) {
        self.0.lock().unwrap().push(current());
        (self.1)();
    }
}

#[traced]
async fn keeps(_kept: OnDrop<'_>) {
    pending::<()>().await;
}

#[test]
fn a_panic_while_a_future_is_dropped_ends_its_span() {
    let seen = Mutex::default();
    let spans = capture(|| {
        let mut future = Box::pin(keeps(OnDrop(&seen, || panic!("while dropped"))));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| drop(future))).is_err());
        assert_eq!(current(), SpanId::INVALID);
    });
    assert_tree!(spans, "keeps traced.cancelled=true");
    assert_eq!(seen.into_inner().unwrap(), [spans[0].view().span_id()]);
}

#[test]
fn what_is_left_attached_while_a_future_is_polled_or_dropped_goes_with_its_span() {
    let seen = Mutex::default();
    let leak = || std::mem::forget(Span::start("left open").attach());
    let spans = capture(|| {
        let mut future = Box::pin(keeps(OnDrop(&seen, leak)));
        assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        drop(future);
        assert_eq!(current(), SpanId::INVALID);
        let mut leaking = Box::pin(leaks(leak));
        assert!(leaking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!(current(), SpanId::INVALID);
        assert!(leaking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
        assert_eq!(current(), SpanId::INVALID);
    });
    let names: Vec<_> = spans.iter().map(|span| span.view().name().to_owned()).collect();
    assert!(names.contains(&"keeps".to_owned()) && names.contains(&"leaks".to_owned()), "{names:?}");
}

#[traced]
async fn leaks(leak: fn()) {
    leak();
    yield_now().await;
    leak();
}

#[traced(parent = parent)]
async fn passes_on(parent: &SpanContext, kept: OnDrop<'_>) {
    passes_on_further(parent, OnDrop(kept.0, || ())).await;
}

#[traced(parent = parent)]
async fn passes_on_further(parent: &SpanContext, _kept: OnDrop<'_>) {
    pending::<()>().await;
}

#[test]
fn futures_that_only_pass_a_context_on_are_dropped_in_it() {
    let seen = Mutex::default();
    let spans = capture(|| drop(Span::start("elsewhere")));
    let parent = spans[0].view();
    let parent = SpanContext::new(parent.trace_id(), parent.span_id(), TraceFlags::SAMPLED, TraceState::default());
    let mut future = Box::pin(passes_on(&parent, OnDrop(&seen, || ())));
    assert!(future.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    assert_eq!(current(), SpanId::INVALID);
    drop(future);
    assert_eq!(current(), SpanId::INVALID);
    assert_eq!(seen.into_inner().unwrap(), [parent.span_id(); 2]);
}
