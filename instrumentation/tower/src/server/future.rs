//! The future of a server's answer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use http::header::{CONTENT_LENGTH, HeaderName};
use http::{HeaderMap, HeaderValue, Response, StatusCode};
use http_body::Body;
use pin_project_lite::pin_project;
use traced::instrumentation::{Outcome, OwnedSpan};
use traced_conventions::attribute::{HTTP_RESPONSE_STATUS_CODE, HTTP_ROUTE};

use super::config::Facts;
use super::start;
use crate::body::{Ending, Open, ResponseBody};
use crate::ending::end_with;

static SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

pin_project! {
    /// The future of an answer, polled inside the span of its request.
    pub struct ServerFuture<F> {
        // The future goes first, inside the span; then the span, if it is still there, ends as cancelled or panicked.
        #[pin]
        future: Option<F>,
        started: Option<(OwnedSpan, Facts)>,
    }

    impl<F> PinnedDrop for ServerFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            if let Some((span, _)) = this.started {
                span.within(|| this.future.set(None));
            }
        }
    }
}

impl<F> ServerFuture<F> {
    pub(super) fn plain(future: F) -> Self {
        Self { future: Some(future), started: None }
    }

    pub(super) fn new(future: F, span: OwnedSpan, facts: Facts) -> Self {
        Self { future: Some(future), started: Some((span, facts)) }
    }
}

impl<F, B, E> Future for ServerFuture<F>
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
        let Some((span, facts)) = this.started.take() else { unreachable!("it was there a moment ago") };
        Poll::Ready(match answer {
            Ok(response) => Ok(answered(response, span, facts)),
            Err(error) => {
                span.end(Outcome::error(std::any::type_name::<E>()));
                Err(error)
            }
        })
    }
}

/// Records the head of an answer. The span ends here if no body follows, and else with it.
fn answered<B: Body>(mut response: Response<B>, mut span: OwnedSpan, facts: Facts) -> Response<ResponseBody<B>> {
    let status = response.status();
    span.label(HTTP_RESPONSE_STATUS_CODE, &i64::from(status.as_u16()));
    if span.is_recording() {
        span.add_attribute(HTTP_RESPONSE_STATUS_CODE, &i64::from(status.as_u16()));
        facts.config.response_headers.on_span(response.headers(), &mut span);
    }
    set_late_route(&response, &mut span, &facts);
    tell_the_caller(response.headers_mut(), &span, &facts);
    let failed = status.is_server_error().then_some(status);
    let is_bodyless = has_no_body(status, &facts);
    if status.is_informational() || response.body().is_end_stream() {
        end_with(span, failed);
        return response.map(ResponseBody::plain);
    }
    // A body that is not sent may still be asked, or dropped at once.
    let length = || content_length(response.headers()).or_else(|| response.body().size_hint().exact());
    let remaining = if is_bodyless { Some(0) } else { length() };
    let open = Open { span: Some(span), remaining, ending: Ending::Http(failed), active: facts.active };
    response.map(|body| ResponseBody::open(body, open))
}

fn set_late_route<B>(response: &Response<B>, span: &mut OwnedSpan, facts: &Facts) {
    let Some(late) = &facts.mark.late else { return };
    let attached = || facts.config.route.as_ref().and_then(|read| read(response.extensions()));
    if let Some(route) = late.get().map(|route| &**route).or_else(attached) {
        span.set_attribute(HTTP_ROUTE, route);
        span.label(HTTP_ROUTE, route);
        span.set_name(&start::name(facts.method, Some(route)));
    }
}

fn has_no_body(status: StatusCode, facts: &Facts) -> bool {
    let is_bodyless = status == StatusCode::NO_CONTENT || status == StatusCode::NOT_MODIFIED;
    facts.is_head || is_bodyless || facts.is_connect && status.is_success()
}

pub(crate) fn content_length(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Headers for the caller: its correlation id, and the trace.
fn tell_the_caller(headers: &mut HeaderMap, span: &OwnedSpan, facts: &Facts) {
    if let (Some(name), Some(id)) = (&facts.config.correlation_id, &facts.correlation_id) {
        headers.insert(name, id.clone());
    }
    if !facts.config.server_timing {
        return;
    }
    let context = span.span_context();
    if context.is_valid() {
        let flags = context.trace_flags().to_byte();
        let text = format!("trace;desc=00-{}-{}-{flags:02x}", context.trace_id(), context.span_id());
        if let Ok(value) = HeaderValue::try_from(text) {
            headers.append(&SERVER_TIMING, value);
        }
    }
}
