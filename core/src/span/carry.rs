//! A span carried to where its work runs: scopes, closures for threads, futures and streams.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{self, Poll, ready};

use pin_project_lite::pin_project;

use super::Span;
use crate::local::context_ext::WithContext;
use crate::local::frame::Handle;
use crate::local::recording;
use crate::local::shared::SharedSpan;
use crate::tracer::context::Context;

impl Context {
    /// The span that this context is in: to be told something, if it records and has not ended.
    ///
    /// ```
    /// use traced::{Span, testing};
    ///
    /// let spans = testing::capture(|| {
    ///     let span = Span::start("upload");
    ///     let context = span.context();
    ///     context.span().set_attribute("file.size", 1200);
    /// });
    /// assert!(spans[0].view().attributes().get("file.size").is_some());
    /// ```
    #[must_use]
    pub fn span(&self) -> Span {
        let shared = self.held.clone().and_then(|held| held.downcast::<SharedSpan>().ok());
        Span::from(shared.map_or_else(|| Handle::Context(self.clone()), Handle::Recording))
    }
}

/// Where the span is the current one.
impl Span {
    /// Runs `f` in the span. The span goes on afterwards.
    ///
    /// ```
    /// use traced::{Span, attrs, testing};
    ///
    /// let spans = testing::capture(|| {
    ///     let span = Span::start("parse");
    ///     span.in_scope(|| attrs!(line.count = 3));
    /// });
    /// assert!(spans[0].view().attributes().get("line.count").is_some());
    /// ```
    pub fn in_scope<R>(&self, f: impl FnOnce() -> R) -> R {
        let _guard = self.attach();
        f()
    }

    /// A closure that runs `f` in the span, for another thread.
    pub fn wrap<R, F: FnOnce() -> R>(&self, f: F) -> impl FnOnce() -> R + use<R, F> {
        self.context().wrap(f)
    }

    /// Wraps a closure that is called often and takes an argument, such as that of `par_iter().map(..)`.
    pub fn wrap_fn<A, R, F: Fn(A) -> R>(&self, f: F) -> impl Fn(A) -> R + use<A, R, F> {
        self.context().wrap_fn(f)
    }

    /// Wraps a closure that is called often and changes what it holds.
    pub fn wrap_fn_mut<A, R, F: FnMut(A) -> R>(&self, f: F) -> impl FnMut(A) -> R + use<A, R, F> {
        self.context().wrap_fn_mut(f)
    }

    /// A future, or a stream, that runs in the span. The span ends by [`end`](Self::end), or with its last handle: the
    /// one in here goes when the future has completed or is dropped.
    ///
    /// ```
    /// # async fn send() {}
    /// use traced::Span;
    /// let task = Span::start("send").instrument(send());
    /// ```
    pub fn instrument<F>(&self, future: F) -> WithContext<F> {
        self.context().instrument(future)
    }

    /// A future that runs in the span and ends it, as `#[traced]` does on an `async fn`: when it completes, after
    /// `describe` has said what the output means for the span; or when it is dropped before, with the attribute
    /// `traced.cancelled`.
    ///
    /// ```
    /// use traced::{Span, Status};
    /// # async fn call() -> Result<u32, std::fmt::Error> { Ok(1) }
    ///
    /// let call = Span::start("call").end_with(call(), |span, output| match output {
    ///     Ok(bytes) => span.set_attribute("response.size", *bytes),
    ///     Err(error) => span.fail(error),
    /// });
    /// # drop(call);
    /// ```
    pub fn end_with<F: Future, D: FnOnce(&Self, &F::Output)>(self, future: F, describe: D) -> EndWith<F, D> {
        EndWith { future: self.instrument(future), end: Unfinished(Some((self, describe))) }
    }
}

pin_project! {
    /// A future that runs in a span and ends it; made by [`Span::end_with`].
    #[must_use = "futures do nothing unless polled"]
    pub struct EndWith<F, D> {
        // Dropped first, inside the span; then the span, if it is still there, ends as cancelled.
        #[pin]
        future: WithContext<F>,
        end: Unfinished<D>,
    }
}

/// What is to be done at the end; done by half where that does not come.
struct Unfinished<D>(Option<(Span, D)>);

impl<D> Drop for Unfinished<D> {
    fn drop(&mut self) {
        if let Some((span, _)) = self.0.take() {
            span.set_attribute("traced.cancelled", true);
            span.end();
        }
    }
}

/// Ends the span when the future unwinds.
struct EndOnPanic<'a, D>(&'a mut Option<(Span, D)>);

impl<D> Drop for EndOnPanic<'_, D> {
    #[cold]
    fn drop(&mut self) {
        if let Some((span, _)) = self.0.take() {
            span.shared().into_iter().for_each(recording::record_panic);
            span.end();
        }
    }
}

impl<F: Future, D: FnOnce(&Span, &F::Output)> Future for EndWith<F, D> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let on_panic = EndOnPanic(&mut this.end.0);
        let poll = this.future.poll(task);
        mem::forget(on_panic);
        let output = ready!(poll);
        if let Some((span, describe)) = mem::take(&mut this.end.0) {
            describe(&span, &output);
            span.end();
        }
        Poll::Ready(output)
    }
}
