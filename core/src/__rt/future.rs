//! A future in a span.

use std::future::Future;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::outcome_by_type::End;
use crate::local::pending::{EndOnPanic, Pending};
use crate::model::outcome::{Failure, Outcome};

pin_project! {
    /// A future whose span is the current one while it is polled, and while it is dropped.
    ///
    /// `end` says what the result means for the outcome; it runs inside the span.
    #[must_use = "futures do nothing unless polled"]
    pub struct InSpan<F, O> {
        // The future goes first, inside the span; then the span, if it is still there, ends as cancelled.
        #[pin]
        future: Option<F>,
        span: Pending,
        end: O,
    }

    impl<F, O> PinnedDrop for InSpan<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                let _polling = this.span.enter();
                this.future.set(None);
            }
        }
    }
}

impl<F, O> InSpan<F, O> {
    pub(crate) const fn new(span: Pending, future: F, end: O) -> Self {
        Self { future: Some(future), span, end }
    }
}

impl<F: Future, O: End<F::Output>> Future for InSpan<F, O> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { unreachable!("only `drop` takes the future out") };
        let on_panic = EndOnPanic(this.span);
        let polling = on_panic.0.enter();
        let poll = future.poll(cx);
        let failure = match &poll {
            Poll::Ready(value) => this.end.failure(value),
            Poll::Pending => None,
        };
        drop(polling);
        on_panic.disarm();
        if poll.is_ready() {
            end(mem::take(this.span), failure);
        }
        poll
    }
}

/// Ends a span that is on no stack.
#[inline]
pub(crate) fn end(span: Pending, failure: Option<Failure<'_>>) {
    match failure {
        None => span.end(Outcome::Success),
        Some(failure) => span.end(failure.outcome()),
    }
}
