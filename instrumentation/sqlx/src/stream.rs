//! A stream of rows in the span of its query.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use futures_core::stream::BoxStream;
use traced::instrumentation::OwnedSpan;
use traced_conventions::db;

use crate::error::failure;

/// Ends the span with the stream: with its last row, its error, or because nobody asked for more.
pub(crate) struct InSpan<'e, T> {
    // Goes first, and inside the span.
    rows: Option<BoxStream<'e, Result<T, sqlx::Error>>>,
    span: Option<OwnedSpan>,
}

impl<'e, T> InSpan<'e, T> {
    pub(crate) fn new(rows: BoxStream<'e, Result<T, sqlx::Error>>, span: OwnedSpan) -> Self {
        Self { rows: Some(rows), span: Some(span) }
    }
}

impl<T> Stream for InSpan<'_, T> {
    type Item = Result<T, sqlx::Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { rows: Some(rows), span } = &mut *self else { return Poll::Ready(None) };
        let Some(open) = span else { return rows.as_mut().poll_next(cx) };
        let item = ready!(open.within(|| rows.as_mut().poll_next(cx)));
        if !matches!(item, Some(Ok(_)))
            && let Some(span) = span.take()
        {
            db::end(span, item.as_ref().and_then(|item| item.as_ref().err()).and_then(failure));
        }
        Poll::Ready(item)
    }
}

impl<T> Drop for InSpan<'_, T> {
    fn drop(&mut self) {
        let Self { rows, span } = self;
        if let Some(span) = span {
            span.within(|| drop(rows.take()));
        }
    }
}
