//! The future of a call's answer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::Response;
use http_body::Body;
use pin_project_lite::pin_project;
use traced::instrumentation::OwnedSpan;

use crate::body::{Ending, Open, ResponseBody};
use crate::call::Call;

pin_project! {
    /// The future of an answer, polled inside the span of its call.
    pub struct GrpcFuture<F> {
        // The future goes first, inside the span; then the span, if it is still there, ends as cancelled or panicked.
        #[pin]
        future: Option<F>,
        started: Option<(OwnedSpan, Call)>,
    }

    impl<F> PinnedDrop for GrpcFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some((mut span, call)) = this.started.take() {
                span.within(|| this.future.set(None));
                call.dropped(span);
            }
        }
    }
}

impl<F> GrpcFuture<F> {
    pub(super) fn new(future: F, span: OwnedSpan, call: Call) -> Self {
        Self { future: Some(future), started: Some((span, call)) }
    }
}

impl<F, B, E> Future for GrpcFuture<F>
where
    F: Future<Output = Result<Response<B>, E>>,
    B: Body,
{
    type Output = Result<Response<ResponseBody<B>>, E>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let Some(future) = this.future.as_mut().as_pin_mut() else { unreachable!("only `drop` takes the future out") };
        let Some((span, _)) = this.started.as_mut() else {
            return future.poll(cx).map_ok(|response| response.map(ResponseBody::plain));
        };
        let answer = ready!(span.within(|| future.poll(cx)));
        let Some((span, mut call)) = this.started.take() else { unreachable!("it was there a moment ago") };
        Poll::Ready(match answer {
            Ok(response) => Ok(answered(response, span, &mut call)),
            Err(error) => {
                call.failed(span, std::any::type_name::<E>());
                Err(error)
            }
        })
    }
}

/// An answer may have its status in the head, and then has nothing else.
fn answered<B: Body>(response: Response<B>, span: OwnedSpan, call: &mut Call) -> Response<ResponseBody<B>> {
    call.answered(response.status());
    if response.headers().contains_key("grpc-status") || response.body().is_end_stream() {
        call.end(span, Some(response.headers()));
        return response.map(ResponseBody::plain);
    }
    let open = Open { span: Some(span), remaining: None, ending: Ending::Grpc(call.clone()), active: None };
    response.map(|body| ResponseBody::open(body, open))
}
