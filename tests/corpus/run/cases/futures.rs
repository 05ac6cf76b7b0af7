//! `async fn` and functions that return `impl Future`.

use super::traced;
use crate::log::{Guard, block_on, never_poll, note, pause, poll_once, unwind, unwinds};
use std::future::Future;
use std::task::Poll;

cases! {
    async_unit => block_on(async_unit(7, Guard("a"), Guard("b")));
    async_tail_temporary => block_on(async_tail_temporary(7, Guard("a")));
    async_if_let_temporary => block_on(async_if_let_temporary(7, Guard("a")));
    async_ok => block_on(async_ok(7, Guard("a")));
    async_err => block_on(async_err(7, Guard("a")));
    async_early_return => block_on(async_early_return(7, Guard("a")));
    async_question_mark => block_on(async_question_mark(7, Guard("a")));
    async_partly_moved => block_on(async_partly_moved(7, Guard("a"), Guard("b"), Guard("c")));
    async_unmentioned => block_on(async_unmentioned(7, Guard("a"), Guard("b")));
    async_underscore => block_on(async_underscore(7, Guard("a"), Guard("b"), Guard("c")));
    async_pattern => block_on(async_pattern(7, (Guard("a"), Guard("b")), Guard("c")));
    async_returns_argument => block_on(async_returns_argument(7, Guard("a"), Guard("b")));
    async_reference => block_on(async_reference(7, &mut vec![1, 2])).map(|value| *value);
    async_panic => unwinds(|| block_on(async_panic(7, Guard("a"), Guard("b"))));
    async_cancelled => poll_once(async_cancelled(7, Guard("a"), Guard("b")));
    async_never_polled => never_poll(async_never_polled(7, Guard("a"), Guard("b")));
    async_outer => block_on(async_outer(7, Guard("a")));
    async_recursive => block_on(async_recursive(7, Guard("a"), 3));
    async_returns_future => block_on(async { async_returns_future(7, Guard("a")).await.await });
    impl_future => block_on(impl_future(7, Guard("a"), Guard("b")));
    impl_future_statements => block_on(impl_future_statements(7, Guard("a"), Guard("b")));
    impl_future_delegated => block_on(impl_future_delegated(7, Guard("a")));
    impl_future_poll_fn => block_on(impl_future_poll_fn(7, Guard("a")));
    impl_future_converted => block_on(impl_future_converted(7, Guard("a"))).map_err(|error| error.to_string());
    async_ref_mut => block_on(async_ref_mut(7, (Guard("a"), Guard("b")), Guard("c")));
    impl_future_ready => block_on(impl_future_ready(7, Guard("a")));
    impl_future_err => block_on(impl_future_err(7, Guard("a")));
    impl_future_borrowing => block_on(impl_future_borrowing(7, &Guard("a")));
    impl_future_cancelled => poll_once(impl_future_cancelled(7, Guard("a"), Guard("b")));
    impl_future_never_polled => never_poll(impl_future_never_polled(7, Guard("a"), Guard("b")));
}

#[traced(attrs(n))]
async fn async_unit(n: u32, a: Guard, b: Guard) {
    note("body");
    pause().await;
    note("body again");
    let _ = (n, a.value(), b.value());
}

#[traced(attrs(n))]
async fn async_tail_temporary(n: u32, a: Guard) -> usize {
    let local = Guard("local");
    note("body");
    pause().await;
    let _ = (n, a.value());
    Guard("temporary").name().len() + local.name().len()
}

#[traced(attrs(n))]
async fn async_if_let_temporary(n: u32, a: Guard) -> u32 {
    note("body");
    if let "other" = Guard("scrutinee").name() {
        a.value()
    } else {
        note("else");
        pause().await;
        n
    }
}

#[traced(attrs(n))]
async fn async_ok(n: u32, a: Guard) -> Result<u32, String> {
    note("body");
    pause().await;
    Ok(n + a.value())
}

#[traced(attrs(n))]
async fn async_err(n: u32, a: Guard) -> Result<u32, String> {
    note("body");
    pause().await;
    Err(format!("{n} {}", a.value()))
}

#[traced(attrs(n))]
async fn async_early_return(n: u32, a: Guard) -> Result<u32, String> {
    note("body");
    let _local = Guard("local");
    pause().await;
    if n == 7 {
        return Err(String::from("early"));
    }
    Ok(a.value())
}

#[traced(attrs(n))]
async fn async_question_mark(n: u32, a: Guard) -> Result<u32, Box<dyn std::error::Error>> {
    note("body");
    let _local = Guard("local");
    let parsed: u32 = a.name().parse()?;
    pause().await;
    Ok(parsed + n)
}

#[traced(attrs(n))]
async fn async_partly_moved(n: u32, a: Guard, b: Guard, c: Guard) -> u32 {
    note("body");
    drop(b);
    pause().await;
    n + c.value() + a.value()
}

#[traced(attrs(n))]
async fn async_unmentioned(n: u32, a: Guard, b: Guard) -> Result<u32, ()> {
    note("body");
    pause().await;
    let _ = n;
    let _ = &b;
    Ok(a.value())
}

#[traced(attrs(n))]
async fn async_underscore(n: u32, _: Guard, _named: Guard, last: Guard) -> Result<u32, ()> {
    note("body");
    pause().await;
    Ok(n + last.value())
}

#[traced(attrs(n))]
async fn async_pattern(n: u32, (first, second): (Guard, Guard), third: Guard) -> Result<u32, ()> {
    note("body");
    pause().await;
    Ok(n + second.value() + first.value() + third.value())
}

#[traced(attrs(n))]
async fn async_returns_argument(n: u32, a: Guard, b: Guard) -> Result<Guard, Guard> {
    note("body");
    pause().await;
    let _ = a.value();
    if n == 7 { Err(b) } else { Ok(a) }
}

#[traced(attrs(n))]
async fn async_reference(n: u32, values: &mut Vec<u32>) -> Option<&mut u32> {
    note("body");
    values.push(n);
    pause().await;
    values.last_mut()
}

#[traced(attrs(n))]
async fn async_panic(n: u32, a: Guard, b: Guard) {
    note("body");
    let _local = Guard("local");
    pause().await;
    let _ = (n, b.value());
    unwind();
    a.value();
}

#[traced(attrs(n))]
async fn async_cancelled(n: u32, a: Guard, b: Guard) -> u32 {
    note("body");
    let _local = Guard("local");
    pause().await;
    note("not reached");
    n + a.value() + b.value()
}

#[traced(attrs(n))]
async fn async_never_polled(n: u32, a: Guard, b: Guard) -> u32 {
    note("not reached");
    n + a.value() + b.value()
}

#[traced(attrs(n))]
async fn async_outer(n: u32, a: Guard) -> Result<u32, String> {
    note("body");
    let inner = async_inner(n, Guard("inner")).await?;
    note("body again");
    Ok(a.value() + inner)
}

#[traced]
async fn async_inner(n: u32, a: Guard) -> Result<u32, String> {
    note("inside");
    pause().await;
    Ok(n + a.value())
}

#[traced(attrs(n))]
async fn async_recursive(n: u32, a: Guard, left: u32) -> u32 {
    note(format!("inside {left}"));
    pause().await;
    if left == 0 { n } else { Box::pin(async_recursive(n, Guard("deeper"), left - 1)).await + a.value() }
}

#[traced(attrs(n))]
async fn async_returns_future(n: u32, a: Guard) -> impl Future<Output = u32> {
    note("body");
    let value = a.value() + n;
    async move { value }
}

#[traced(attrs(n))]
fn impl_future(n: u32, a: Guard, b: Guard) -> impl Future<Output = u32> {
    async move {
        note("body");
        pause().await;
        note("body again");
        n + b.value() + a.value()
    }
}

#[traced(attrs(n))]
fn impl_future_statements(n: u32, a: Guard, b: Guard) -> impl Future<Output = u32> {
    note("body: the call");
    let value = b.value();
    async move {
        note("body");
        pause().await;
        n + a.value() + value
    }
}

#[traced(attrs(n))]
fn impl_future_delegated(n: u32, a: Guard) -> impl Future<Output = u32> {
    delegate(n, a)
}

async fn delegate(n: u32, a: Guard) -> u32 {
    note("body");
    pause().await;
    n + a.value()
}

#[traced(attrs(n))]
fn impl_future_poll_fn(n: u32, a: Guard) -> impl Future<Output = u32> {
    let mut turns = 0;
    std::future::poll_fn(move |_context| {
        note("body");
        turns += 1;
        if turns < 3 { Poll::Pending } else { Poll::Ready(n + a.value()) }
    })
}

#[traced(attrs(n))]
fn impl_future_ready(n: u32, a: Guard) -> impl Future<Output = u32> {
    note("body");
    std::future::ready(n + a.value())
}

#[traced(attrs(n))]
fn impl_future_err(n: u32, a: Guard) -> impl Future<Output = Result<u32, String>> {
    async move {
        note("body");
        pause().await;
        Err(format!("{n} {}", a.value()))
    }
}

#[traced(attrs(n))]
fn impl_future_borrowing<'a>(n: u32, a: &'a Guard) -> impl Future<Output = u32> + 'a {
    async move {
        note("body");
        pause().await;
        n + a.value()
    }
}

#[traced(attrs(n))]
fn impl_future_cancelled(n: u32, a: Guard, b: Guard) -> impl Future<Output = u32> {
    async move {
        note("body");
        let _local = Guard("local");
        pause().await;
        n + a.value() + b.value()
    }
}

#[traced(attrs(n))]
fn impl_future_never_polled(n: u32, a: Guard, b: Guard) -> impl Future<Output = u32> {
    note("body: the call");
    async move { n + a.value() + b.value() }
}

#[traced(attrs(n))]
fn impl_future_converted(n: u32, a: Guard) -> impl Future<Output = Result<u32, Box<dyn std::error::Error>>> {
    async move {
        note("body");
        pause().await;
        let value: u32 = "none".parse()?;
        Ok(n + a.value() + value)
    }
}

#[traced(attrs(n))]
async fn async_ref_mut(n: u32, (ref mut a, _): (Guard, Guard), ref mut c: Guard) -> u32 {
    note("body");
    pause().await;
    std::mem::swap(a, c);
    n + a.value() + c.value()
}
