//! A context carried to where work goes on: guards, closures for threads, futures for tasks.

use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use pin_project_lite::pin_project;

use crate::local::attach::{ContextGuard, attach_context};
use crate::local::current;
use crate::tracer::context::Context;

impl Context {
    /// The context of the code that is running now.
    ///
    /// ```
    /// let context = traced::Context::current();
    /// std::thread::spawn(move || {
    ///     let _guard = context.attach(); // spans from here on are children of the span that spawned
    /// });
    /// ```
    #[must_use]
    pub fn current() -> Self {
        current::context()
    }

    /// Makes this the current context of this thread until the guard is dropped.
    pub fn attach(self) -> ContextGuard {
        attach_context(self)
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

    /// A future that runs `future` in this context, for a spawned task.
    ///
    /// ```
    /// # async fn work() {}
    /// let task = traced::Context::current().instrument(work());
    /// ```
    pub fn instrument<F: Future>(self, future: F) -> WithContext<F> {
        WithContext { context: self, future: Some(future) }
    }
}

pin_project! {
    /// A future that runs in a context, also while it is dropped; made by [`Context::instrument`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
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
        let _guard = this.context.clone().attach();
        let Some(future) = this.future.as_mut().as_pin_mut() else {
            panic!("a future was polled after it had completed");
        };
        let output = std::task::ready!(future.poll(task));
        this.future.set(None);
        Poll::Ready(output)
    }
}
