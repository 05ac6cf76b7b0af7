//! A context carried to where work goes on: guards, closures for threads, futures and streams for tasks.

use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::local::attach::{ContextGuard, attach_context};
use crate::local::current;
use crate::tracer::context::Context;

impl Context {
    /// The context of the code that is running now, with its span.
    ///
    /// ```
    /// let context = traced::Context::current();
    /// std::thread::spawn(move || {
    ///     let _guard = context.attach(); // spans from here on are children of the span that spawned
    ///     traced::attrs!(worker.id = 7); // and this is said about that span, if it is still open
    /// });
    /// ```
    #[must_use]
    pub fn current() -> Self {
        current::holding_context()
    }

    /// Makes this the current context of this thread until the guard is dropped.
    pub fn attach(self) -> ContextGuard {
        attach_context(self)
    }

    /// Runs `f` in this context.
    ///
    /// ```
    /// use traced::{Baggage, Context};
    /// let context = Context::current().with_baggage(Baggage::EMPTY.insert("tenant", "acme"));
    /// assert_eq!(context.in_scope(|| Context::current().baggage().len()), 1);
    /// ```
    pub fn in_scope<R>(&self, f: impl FnOnce() -> R) -> R {
        let _guard = self.clone().attach();
        f()
    }

    /// A closure that runs `f` in this context, for another thread.
    ///
    /// ```
    /// use traced::Context;
    /// let work = Context::current().wrap(|| 42);
    /// assert_eq!(std::thread::spawn(work).join().unwrap(), 42);
    /// ```
    pub fn wrap<R>(self, f: impl FnOnce() -> R) -> impl FnOnce() -> R {
        move || {
            let _guard = self.attach();
            f()
        }
    }

    /// Wraps a closure that is called often and takes an argument, such as that of `par_iter().map(..)`.
    ///
    /// ```
    /// use traced::Context;
    /// let double = Context::current().wrap_fn(|n: u32| n * 2);
    /// assert_eq!([1, 2].map(double), [2, 4]);
    /// ```
    pub fn wrap_fn<A, R>(self, f: impl Fn(A) -> R) -> impl Fn(A) -> R {
        move |argument| self.in_scope(|| f(argument))
    }

    /// Wraps a closure that is called often and changes what it holds.
    pub fn wrap_fn_mut<A, R>(self, mut f: impl FnMut(A) -> R) -> impl FnMut(A) -> R {
        move |argument| self.in_scope(|| f(argument))
    }

    /// A future, or a stream, that runs in this context, for a spawned task.
    ///
    /// ```
    /// # async fn work() {}
    /// let task = traced::Context::current().instrument(work());
    /// ```
    #[doc(alias = "with_context")]
    pub const fn instrument<F>(self, future: F) -> WithContext<F> {
        WithContext { context: self, future: Some(future) }
    }
}

pin_project! {
    /// A future or stream that runs in a context, also while it is dropped; made by [`Context::instrument`].
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct WithContext<F> {
        context: Context,
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for WithContext<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                let _guard = this.context.clone().attach();
                this.future.set(None);
            }
        }
    }
}

impl<F: Future> Future for WithContext<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let guard = this.context.clone().attach();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("a future was polled after it had completed");
        };
        let output = task::ready!(future.poll(task));
        this.future.set(None);
        drop(guard);
        // A future that has completed may be kept: it must not keep the span open.
        *this.context = Context::default();
        Poll::Ready(output)
    }
}

impl<S: Stream> Stream for WithContext<S> {
    type Item = S::Item;

    fn poll_next(self: Pin<&mut Self>, task: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        let mut this = self.project();
        let guard = this.context.clone().attach();
        let Some(stream) = this.future.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let item = task::ready!(stream.poll_next(task));
        if item.is_none() {
            this.future.set(None);
            drop(guard);
            *this.context = Context::default();
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.future.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}
