//! A future in a span of its library.

use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use super::owned_span::OwnedSpan;

pin_project! {
    /// A future whose span is current while it is polled and dropped; made by [`OwnedSpan::run`].
    #[must_use = "futures do nothing unless polled"]
    pub struct InOwnedSpan<F, E> {
        // The future goes first, inside the span; then the span, if it is still there, ends as cancelled or panicked.
        #[pin]
        future: Option<F>,
        span: OwnedSpan,
        end: Option<E>,
    }

    impl<F, E> PinnedDrop for InOwnedSpan<F, E> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.future.is_some() {
                let _polling = this.span.enter();
                this.future.set(None);
            }
        }
    }
}

impl OwnedSpan {
    /// A future that runs in the span; `end` ends it with what came out.
    pub fn run<F, E>(self, future: F, end: E) -> InOwnedSpan<F, E>
    where
        F: Future,
        E: FnOnce(Self, &F::Output),
    {
        InOwnedSpan { future: Some(future), span: self, end: Some(end) }
    }
}

impl<F: Future, E: FnOnce(OwnedSpan, &F::Output)> Future for InOwnedSpan<F, E> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { unreachable!("only `drop` takes the future out") };
        let poll = this.span.within(|| future.poll(cx));
        if let Poll::Ready(output) = &poll
            && let Some(end) = this.end.take()
        {
            end(std::mem::take(this.span), output);
        }
        poll
    }
}
