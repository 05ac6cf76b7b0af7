//! The body of an answer, with the span that ends when it is over.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Buf;
use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;
use traced::instrumentation::{Counted, OwnedSpan};

pin_project! {
    /// The body of an answer. It is polled inside the span of the request, which ends when the body is over: the last byte
    /// or the trailers were seen, or it broke, or it was dropped before.
    pub struct ResponseBody<B> {
        // The body goes first, inside the span; then the span, if it is still there, ends as cancelled or panicked.
        #[pin]
        body: Option<B>,
        open: Option<Open>,
    }

    impl<B> PinnedDrop for ResponseBody<B> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(open) = this.open {
                let Some(span) = &mut open.span else { return };
                span.within(|| this.body.set(None));
                open.drop_early();
            }
        }
    }
}

/// What a body that is not over yet needs.
pub(crate) struct Open {
    /// Gone once it has ended.
    pub(crate) span: Option<OwnedSpan>,
    /// How many bytes are to come, if that is known. None: it is over however it is dropped.
    pub(crate) remaining: Option<u64>,
    pub(crate) ending: Ending,
    /// The request among those that are being answered.
    pub(crate) active: Option<Box<Counted>>,
}

/// How the span ends when the body is over.
pub(crate) enum Ending {
    /// By the status of HTTP: the `error.type` of it, if it is an error.
    Http(Option<http::StatusCode>),
    /// By the status of gRPC.
    Grpc(crate::call::Call),
}

/// How a body is over.
enum Over<'a> {
    /// Its end, or its last byte.
    Done,
    Trailers(&'a HeaderMap),
    Broken,
}

impl Open {
    fn end(&mut self, over: &Over<'_>) {
        let Some(span) = self.span.take() else { return };
        self.active = None;
        match (&self.ending, over) {
            (Ending::Grpc(call), Over::Trailers(trailers)) => call.end(span, Some(trailers)),
            (Ending::Grpc(call), Over::Done) => call.end(span, None),
            (Ending::Grpc(call), Over::Broken) => call.broken(span),
            (Ending::Http(_), Over::Broken) => span.end(traced::instrumentation::Outcome::error("body")),
            (Ending::Http(status), _) => crate::ending::end_with(span, *status),
        }
    }

    /// Whether these bytes are the last ones. Where none were to come, more may.
    fn count(&mut self, bytes: usize) -> bool {
        let Some(remaining) = self.remaining.as_mut().filter(|remaining| **remaining > 0) else { return false };
        *remaining = remaining.saturating_sub(bytes as u64);
        *remaining == 0
    }

    /// Left to itself, the span ends as cancelled, or as panicked.
    fn drop_early(&mut self) {
        if self.remaining == Some(0) && !std::thread::panicking() {
            return self.end(&Over::Done);
        }
        if let (Ending::Grpc(call), Some(span)) = (&self.ending, self.span.take()) {
            call.dropped(span);
        }
    }
}

impl<B> ResponseBody<B> {
    /// A body without a span, or whose span has ended.
    pub(crate) fn plain(body: B) -> Self {
        Self { body: Some(body), open: None }
    }

    pub(crate) fn open(body: B, open: Open) -> Self {
        Self { body: Some(body), open: Some(open) }
    }
}

impl<B: Body> Body for ResponseBody<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        let mut this = self.project();
        let Some(mut body) = this.body.as_mut().as_pin_mut() else { return Poll::Ready(None) };
        let Some(open) = this.open.as_mut() else { return body.poll_frame(cx) };
        let Some(span) = &mut open.span else { return body.poll_frame(cx) };
        let polled = span.within(|| body.as_mut().poll_frame(cx));
        let over = match &polled {
            Poll::Pending => None,
            Poll::Ready(None) => Some(Over::Done),
            Poll::Ready(Some(Err(_))) => Some(Over::Broken),
            Poll::Ready(Some(Ok(frame))) => match frame.trailers_ref() {
                Some(trailers) => Some(Over::Trailers(trailers)),
                None => {
                    let is_last = open.count(frame.data_ref().map_or(0, Buf::remaining));
                    (is_last || body.is_end_stream()).then_some(Over::Done)
                }
            },
        };
        if let Some(over) = over {
            open.end(&over);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(Body::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body.as_ref().map_or_else(|| SizeHint::with_exact(0), Body::size_hint)
    }
}

impl<B: Default> Default for ResponseBody<B> {
    fn default() -> Self {
        Self::plain(B::default())
    }
}

impl<B> std::fmt::Debug for ResponseBody<B> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let is_open = self.open.as_ref().is_some_and(|open| open.span.is_some());
        f.debug_struct("ResponseBody").field("is_open", &is_open).finish_non_exhaustive()
    }
}
