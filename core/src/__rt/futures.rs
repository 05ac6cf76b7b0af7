//! Wrappers for what runs later: futures and streams.

use std::future::Future;
use std::pin::Pin;

use futures_core::Stream;

use super::future::InSpan;
use super::outcome_by_type::{By, End, Unread};
use super::stream::StreamInSpan;
use crate::local::pending::{EndOnPanic, Pending};
use crate::model::outcome::Failure;

/// `!`, under a name that can stand where a type can.
pub type Never = <fn() -> ! as Returns>::Output;

/// See [`Never`].
pub trait Returns {
    /// What a function pointer returns.
    type Output;
}

impl<R> Returns for fn() -> R {
    type Output = R;
}

/// Says what the body of an `async fn` returns, in a branch that is never taken.
///
/// # Panics
///
/// Always, but it is never called.
pub fn hint<R>() -> R {
    unreachable!("a branch that is never taken")
}

/// The body of an `async fn` in its span.
#[inline]
pub const fn in_span<F: Future, O: End<F::Output>>(span: Pending, body: F, end: O) -> InSpan<F, O> {
    InSpan::new(span, body, end)
}

/// The same where a closure looks at the result.
#[inline]
pub const fn in_span_by<F: Future, O: Fn(&F::Output) -> Option<Failure<'_>>>(
    span: Pending,
    body: F,
    end: O,
) -> InSpan<F, By<O>> {
    InSpan::new(span, body, By(end))
}

/// The same for a body that never returns.
#[inline]
pub const fn in_span_forever<F: Future<Output = Never>>(span: Pending, body: F) -> InSpan<F, Unread> {
    InSpan::new(span, body, Unread)
}

/// Runs a body inside a span that goes on afterwards.
#[inline]
fn begin<R>(span: &mut Pending, body: impl FnOnce() -> R) -> R {
    let on_panic = EndOnPanic(span);
    let polling = on_panic.0.enter();
    let result = body();
    drop(polling);
    on_panic.disarm();
    result
}

/// What a function that returns a future does.
#[inline]
pub fn future<F: Future, O: Fn(&F::Output) -> Option<Failure<'_>>>(
    mut span: Pending,
    body: impl FnOnce() -> F,
    end: O,
) -> InSpan<F, By<O>> {
    let future = begin(&mut span, body);
    InSpan::new(span, future, By(end))
}

/// The same for a `Pin<Box<dyn Future>>`.
#[inline]
pub fn pinned_future<F: Future, O: Fn(&F::Output) -> Option<Failure<'_>>>(
    span: Pending,
    body: impl FnOnce() -> F,
    end: O,
) -> Pin<Box<InSpan<F, By<O>>>> {
    Box::pin(future(span, body, end))
}

/// The same for a `Box<dyn Future + Unpin>`.
#[inline]
pub fn boxed_future<F: Future, O: Fn(&F::Output) -> Option<Failure<'_>>>(
    span: Pending,
    body: impl FnOnce() -> F,
    end: O,
) -> Box<InSpan<F, By<O>>> {
    Box::new(future(span, body, end))
}

/// What a function that returns a stream does.
#[inline]
pub fn stream<S: Stream, O: Fn(&S::Item) -> Option<Failure<'_>>>(
    mut span: Pending,
    body: impl FnOnce() -> S,
    end: O,
) -> StreamInSpan<S, O> {
    let stream = begin(&mut span, body);
    StreamInSpan::new(span, stream, end)
}

/// The same for a `Pin<Box<dyn Stream>>`.
#[inline]
pub fn pinned_stream<S: Stream, O: Fn(&S::Item) -> Option<Failure<'_>>>(
    span: Pending,
    body: impl FnOnce() -> S,
    end: O,
) -> Pin<Box<StreamInSpan<S, O>>> {
    Box::pin(stream(span, body, end))
}

/// The same for a `Box<dyn Stream + Unpin>`.
#[inline]
pub fn boxed_stream<S: Stream, O: Fn(&S::Item) -> Option<Failure<'_>>>(
    span: Pending,
    body: impl FnOnce() -> S,
    end: O,
) -> Box<StreamInSpan<S, O>> {
    Box::new(stream(span, body, end))
}
