//! A future in a span.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::outcome_by_type::End;
use crate::local::pending::{Entry, Exit, Pending};

pin_project! {
    /// A future whose span is the current one while it is polled, and while it is dropped.
    ///
    /// `end` says what the result means for the outcome; it runs inside the span.
    // Its fields are dropped in this order, so that nothing of ours that knows the future's type has to do it.
    #[must_use = "futures do nothing unless polled"]
    pub struct InSpan<F, O> {
        entry: Entry,
        #[pin]
        future: F,
        exit: Exit,
        end: O,
    }
}

impl<F, O> InSpan<F, O> {
    #[inline]
    pub(crate) fn new(span: Pending, future: F, end: O) -> Self {
        let Pending { entry, exit } = span;
        Self { entry, future, exit, end }
    }
}

impl<F: Future, O: End<F::Output>> Future for InSpan<F, O> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let polled = this.entry.enter(this.exit);
        let poll = this.future.poll(cx);
        match &poll {
            Poll::Ready(value) => this.end.end(polled, value),
            Poll::Pending => polled.leave(),
        }
        poll
    }
}
