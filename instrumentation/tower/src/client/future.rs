//! The future of a client's answer.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::Response;
use pin_project_lite::pin_project;
use traced::instrumentation::{Outcome, OwnedSpan};
use traced_conventions::attribute::{HTTP_RESPONSE_STATUS_CODE, NETWORK_PROTOCOL_VERSION};

use super::config::Config;
use crate::head::version;

pin_project! {
    /// The future of an answer, polled inside the span of its request.
    pub struct ClientFuture<F> {
        // The future goes first, inside the span; then the span, if it is still there, ends without an error: the caller
        // meant it.
        #[pin]
        future: Option<F>,
        span: Option<OwnedSpan>,
        config: Arc<Config>,
    }

    impl<F> PinnedDrop for ClientFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some(span) = this.span {
                span.within(|| this.future.set(None));
            }
        }
    }
}

impl<F> ClientFuture<F> {
    pub(super) fn new(future: F, span: OwnedSpan, config: Arc<Config>) -> Self {
        Self { future: Some(future), span: Some(span), config }
    }
}

impl<F, B, E> Future for ClientFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    E: 'static,
{
    type Output = Result<Response<B>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { unreachable!("only `drop` takes the future out") };
        let Some(span) = this.span.as_mut() else { return future.poll(cx) };
        let answer = ready!(span.within(|| future.poll(cx)));
        let span = std::mem::take(span);
        *this.span = None;
        match &answer {
            Ok(response) => answered(response, span, this.config),
            Err(error) => span.end(Outcome::error(this.config.errors.of(error))),
        }
        Poll::Ready(answer)
    }
}

fn answered<B>(response: &Response<B>, mut span: OwnedSpan, config: &Config) {
    let status = response.status();
    if span.is_recording() {
        span.add_attribute(HTTP_RESPONSE_STATUS_CODE, &i64::from(status.as_u16()));
        span.add_attribute(NETWORK_PROTOCOL_VERSION, version(response.version()));
        config.response_headers.on_span(response.headers(), &mut span);
    }
    span.label(HTTP_RESPONSE_STATUS_CODE, &i64::from(status.as_u16()));
    span.label(NETWORK_PROTOCOL_VERSION, version(response.version()));
    let failed = status.is_client_error() || status.is_server_error();
    span.end(if failed { Outcome::error(status.as_str()) } else { Outcome::Success });
}
