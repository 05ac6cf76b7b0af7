//! A stream in a span: one span, from its first poll, or the call that made it, to its end.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::failure::fail;
use super::future::end;
use crate::local::pending::{EndOnPanic, Pending};
use crate::model::outcome::Failure;

pin_project! {
    /// A stream whose span is the current one while it is polled, and while it is dropped.
    ///
    /// `end` says of an item whether it is an error; the last one decides the outcome.
    #[must_use = "streams do nothing unless polled"]
    pub struct StreamInSpan<S, O> {
        #[pin]
        stream: Option<S>,
        span: Pending,
        end: O,
    }

    impl<S, O> PinnedDrop for StreamInSpan<S, O> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if this.stream.is_some() {
                let _polling = this.span.enter();
                this.stream.set(None);
            }
        }
    }
}

impl<S, O> StreamInSpan<S, O> {
    pub(crate) const fn new(span: Pending, stream: S, end: O) -> Self {
        Self { stream: Some(stream), span, end }
    }
}

impl<S: Stream, O: Fn(&S::Item) -> Option<Failure<'_>>> Stream for StreamInSpan<S, O> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut this = self.project();
        let Some(stream) = this.stream.as_mut().as_pin_mut() else { unreachable!("only `drop` takes the stream out") };
        let on_panic = EndOnPanic(this.span);
        let polling = on_panic.0.enter();
        let poll = stream.poll_next(cx);
        if let Poll::Ready(Some(item)) = &poll {
            fail((this.end)(item));
        }
        drop(polling);
        on_panic.disarm();
        if let Poll::Ready(None) = &poll {
            end(mem::take(this.span), None);
        }
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}
