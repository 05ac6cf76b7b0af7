//! Wrappers for what runs later: futures and streams.

use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;
use std::pin::Pin;

use futures_core::Stream;

use super::future::InSpan;
use super::outcome_by_type::{By, End, Unread};
use super::stream::StreamInSpan;
use crate::local::pending::Pending;
use crate::model::outcome::{EndsByOutcome as _, Failure};

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
pub fn in_span<F: Future, O: End<F::Output>>(span: Pending, body: F, end: O) -> InSpan<F, O> {
    InSpan::new(span, body, end)
}

/// The same where a closure looks at the result.
#[inline]
pub fn in_span_by<F: Future, O: Fn(&F::Output) -> Option<Failure<'_>>>(
    span: Pending,
    body: F,
    end: O,
) -> InSpan<F, By<O>> {
    InSpan::new(span, body, By(end))
}

/// The same for a body that never returns.
#[inline]
pub fn in_span_forever<F: Future<Output = Never>>(span: Pending, body: F) -> InSpan<F, Unread> {
    InSpan::new(span, body, Unread)
}

/// Runs a body inside a span that goes on afterwards.
#[inline]
fn begin<R>(span: &mut Pending, body: impl FnOnce() -> R) -> R {
    let polled = span.enter();
    let result = body();
    polled.leave();
    result
}

/// What a function that returns a future does.
#[inline]
pub fn future<F: Future, E: End<F::Output>>(mut span: Pending, body: impl FnOnce() -> F, end: E) -> InSpan<F, E> {
    let future = begin(&mut span, body);
    InSpan::new(span, future, end)
}

/// The same where a closure looks at an output that the signature does not name.
#[inline]
pub fn future_by<F: Future, O: Fn(&F::Output) -> Option<Failure<'_>>>(
    span: Pending,
    body: impl FnOnce() -> F,
    end: O,
) -> InSpan<F, By<O>> {
    future(span, body, By(end))
}

/// What a function that returns a stream does.
#[inline]
pub fn stream<S: Stream, O: Fn(&S::Item) -> Option<Failure<'_>>>(
    mut span: Pending,
    body: impl FnOnce() -> S,
    end: By<O>,
) -> StreamInSpan<S, O> {
    let stream = begin(&mut span, body);
    StreamInSpan::new(span, stream, end.0)
}

/// The same where a closure looks at items that the signature does not name.
#[inline]
pub fn stream_by<S: Stream, O: Fn(&S::Item) -> Option<Failure<'_>>>(
    span: Pending,
    body: impl FnOnce() -> S,
    end: O,
) -> StreamInSpan<S, O> {
    stream(span, body, By(end))
}

/// A closure that says at what it looks.
#[inline]
pub const fn by<T, O: Fn(&T) -> Option<Failure<'_>>>(end: O) -> By<O> {
    By(end)
}

/// For a function that returns a `Pin<Box<dyn _>>`.
#[inline]
pub fn pinned<T>(inner: T) -> Pin<Box<T>> {
    Box::pin(inner)
}

/// For a function that returns a `Box<dyn _>`.
#[inline]
pub fn boxed<T>(inner: T) -> Box<T> {
    Box::new(inner)
}

/// Makes a box that may not be `Unpin` one that can be polled.
#[inline]
pub fn unboxed<T: ?Sized>(body: impl FnOnce() -> Box<T>) -> impl FnOnce() -> Pin<Box<T>> {
    || Box::into_pin(body())
}

/// Asks of a type that is called `BoxFuture` or `BoxStream` whether it is an alias for a pinned box: the compiler takes
/// the first `is` of the `Deref` chain.
#[inline]
#[must_use]
pub const fn named<R>() -> PinnedBox<R> {
    PinnedBox(OtherType(PhantomData))
}

/// For a `Pin<Box<_>>`.
pub struct PinnedBox<R>(OtherType<R>);

/// For any other type.
pub struct OtherType<R>(PhantomData<fn() -> R>);

impl<R> Deref for PinnedBox<R> {
    type Target = OtherType<R>;

    #[inline]
    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T: ?Sized> PinnedBox<Pin<Box<T>>> {
    /// It is.
    #[inline]
    #[must_use]
    pub const fn is(&self) -> IsPinned {
        IsPinned
    }
}

impl<R> OtherType<R> {
    /// It is not.
    #[inline]
    #[must_use]
    pub const fn is(&self) -> IsOther {
        IsOther
    }
}

/// What functions do that return a `Pin<Box<_>>`.
pub struct IsPinned;

impl IsPinned {
    /// See [`future`].
    #[inline]
    pub fn future<F: Future, E: End<F::Output>>(
        self,
        span: Pending,
        body: impl FnOnce() -> F,
        end: E,
    ) -> Pin<Box<InSpan<F, E>>> {
        Box::pin(future(span, body, end))
    }

    /// See [`future_by`].
    #[inline]
    pub fn future_by<F: Future, O: Fn(&F::Output) -> Option<Failure<'_>>>(
        self,
        span: Pending,
        body: impl FnOnce() -> F,
        end: O,
    ) -> Pin<Box<InSpan<F, By<O>>>> {
        Box::pin(future_by(span, body, end))
    }

    /// See [`stream`].
    #[inline]
    pub fn stream<S: Stream, O: Fn(&S::Item) -> Option<Failure<'_>>>(
        self,
        span: Pending,
        body: impl FnOnce() -> S,
        end: By<O>,
    ) -> Pin<Box<StreamInSpan<S, O>>> {
        Box::pin(stream(span, body, end))
    }

    /// See [`stream_by`].
    #[inline]
    pub fn stream_by<S: Stream, O: Fn(&S::Item) -> Option<Failure<'_>>>(
        self,
        span: Pending,
        body: impl FnOnce() -> S,
        end: O,
    ) -> Pin<Box<StreamInSpan<S, O>>> {
        Box::pin(stream_by(span, body, end))
    }
}

/// What functions do that return a type of the user's own: what it is cannot be put together again, so the span ends
/// with the call. Nobody looks at an output; a closure that does not say at what it would look gets nothing.
pub struct IsOther;

impl IsOther {
    /// Runs the body.
    #[inline]
    pub fn future<R, E>(self, mut span: Pending, body: impl FnOnce() -> R, _: E) -> R {
        let polled = span.enter();
        let result = body();
        polled.succeed();
        result
    }

    /// Runs the body.
    #[inline]
    pub fn future_by<R, O: Fn(&()) -> Option<Failure<'_>>>(self, span: Pending, body: impl FnOnce() -> R, end: O) -> R {
        self.future(span, body, end)
    }

    /// Runs the body.
    #[inline]
    pub fn stream<R, E>(self, span: Pending, body: impl FnOnce() -> R, end: E) -> R {
        self.future(span, body, end)
    }

    /// Runs the body.
    #[inline]
    pub fn stream_by<R, O: Fn(&()) -> Option<Failure<'_>>>(self, span: Pending, body: impl FnOnce() -> R, end: O) -> R {
        self.future(span, body, end)
    }
}
