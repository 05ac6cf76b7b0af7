//! A stream in a span: one span, from its first poll, or the call that made it, to its end.

use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::failure::fail;
use crate::local::pending::{Entry, Exit, Pending};
use crate::model::outcome::{EndsByOutcome as _, Failure};

pin_project! {
    /// A stream whose span is the current one while it is polled, and while it is dropped.
    ///
    /// `end` says of an item whether it is an error; the last one decides the outcome.
    #[must_use = "streams do nothing unless polled"]
    pub struct StreamInSpan<S, O> {
        entry: Entry,
        #[pin]
        stream: S,
        exit: Exit,
        end: O,
    }
}

impl<S, O> StreamInSpan<S, O> {
    #[inline]
    pub(crate) fn new(span: Pending, stream: S, end: O) -> Self {
        let Pending { entry, exit } = span;
        Self { entry, stream, exit, end }
    }
}

impl<S: Stream, O: Fn(&S::Item) -> Option<Failure<'_>>> Stream for StreamInSpan<S, O> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.project();
        let polled = this.entry.enter(this.exit);
        let poll = this.stream.poll_next(cx);
        match &poll {
            Poll::Ready(Some(item)) => {
                fail((this.end)(item));
                polled.leave();
            }
            Poll::Ready(None) => polled.succeed(),
            Poll::Pending => polled.leave(),
        }
        poll
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
    }
}
