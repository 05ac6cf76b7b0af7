//! Functions that return streams.

use super::traced;
use crate::log::{Guard, block_on, note, pause, poll_once};
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, Stream};
use std::pin::Pin;

cases! {
    stream_opaque => block_on(stream_opaque(7, Guard("a")).collect::<Vec<_>>());
    stream_boxed => block_on(stream_boxed(7, Guard("a")).collect::<Vec<_>>());
    stream_alias => block_on(stream_alias(7, Guard("a")).collect::<Vec<_>>());
    stream_early_return => block_on(stream_early_return(7, Guard("a")).collect::<Vec<_>>());
    stream_generated => block_on(stream_generated(7, Guard("a")).collect::<Vec<_>>());
    stream_half_read => block_on(async { Box::pin(stream_half_read(7, Guard("a"))).next().await });
    stream_cancelled => poll_once(stream_cancelled(7, Guard("a")).collect::<Vec<_>>());
}

fn steps(n: u32, a: Guard) -> impl Stream<Item = u32> {
    stream::iter(0..2).then(move |step| {
        note("body");
        let value = step + n + a.value();
        async move {
            pause().await;
            note("body again");
            value
        }
    })
}

#[traced(attrs(n))]
fn stream_opaque(n: u32, a: Guard) -> impl Stream<Item = u32> {
    note("body: the call");
    steps(n, a)
}

#[traced(attrs(n))]
fn stream_boxed(n: u32, a: Guard) -> Pin<Box<dyn Stream<Item = u32> + Send>> {
    Box::pin(steps(n, a))
}

#[traced(attrs(n))]
fn stream_alias(n: u32, a: Guard) -> BoxStream<'static, u32> {
    steps(n, a).boxed()
}

#[traced(attrs(n))]
fn stream_early_return(n: u32, a: Guard) -> BoxStream<'static, u32> {
    if n == 7 {
        return steps(n, Guard("other")).boxed();
    }
    steps(n, a).boxed()
}

#[traced(attrs(n))]
fn stream_generated(n: u32, a: Guard) -> impl Stream<Item = u32> {
    async_stream::stream! {
        note("body");
        pause().await;
        yield n;
        note("body again");
        yield a.value();
    }
}

#[traced(attrs(n))]
fn stream_half_read(n: u32, a: Guard) -> impl Stream<Item = u32> {
    steps(n, a)
}

#[traced(attrs(n))]
fn stream_cancelled(n: u32, a: Guard) -> impl Stream<Item = u32> {
    steps(n, a)
}
