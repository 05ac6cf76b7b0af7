//! A client's attempts, and what they end as.

mod common;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use common::{ended, is_error, serve, text};
use http::{Request, Response};
use http_body_util::{Empty, Full};
use hyper::body::Incoming;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use tower::retry::Policy;
use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
use tower_http::follow_redirect::FollowRedirectLayer;
use traced::propagation::{self, TraceContextPropagator};
use traced::testing::Capture;
use traced_tower::UrlTemplate;

type Body = Full<Bytes>;

/// A server that is not traced, and the `traceparent` of each request it got.
async fn server() -> (SocketAddr, Arc<Mutex<Vec<String>>>) {
    static PROPAGATOR: Once = Once::new();
    PROPAGATOR.call_once(|| propagation::set_global(TraceContextPropagator));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let (log, failures) = (Arc::clone(&seen), Arc::new(AtomicUsize::new(2)));
    let service = service_fn(move |request: Request<Incoming>| {
        let parents: Vec<_> = request.headers().get_all("traceparent").iter().collect();
        assert!(parents.len() <= 1, "one traceparent each");
        let parent = parents.first().map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default();
        log.lock().expect("the log").push(parent);
        let failures = Arc::clone(&failures);
        async move {
            let mut response = Response::new(Body::from("hello"));
            *response.status_mut() = match request.uri().path() {
                "/404" => 404.try_into().expect("a status"),
                "/flaky" if failures.fetch_sub(1, Ordering::Relaxed) > 0 => 503.try_into().expect("a status"),
                "/moved" => {
                    response.headers_mut().insert("location", "/there".parse().expect("a value"));
                    302.try_into().expect("a status")
                }
                "/slow" => {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    200.try_into().expect("a status")
                }
                _ => 200.try_into().expect("a status"),
            };
            Ok::<_, Infallible>(response)
        }
    });
    let untraced = Capture::new();
    (serve(&untraced, service).await, seen)
}

fn client()
-> impl Service<Request<Empty<Bytes>>, Response = Response<Incoming>, Error = Error, Future: Send> + Clone + Send {
    let layer = traced_tower::client().error_type(|error: &Error| error.is_connect().then_some("connect"));
    ServiceBuilder::new().layer(layer).service(Client::builder(TokioExecutor::new()).build_http())
}

fn request(address: SocketAddr, path: &str) -> Request<Empty<Bytes>> {
    Request::get(format!("http://{address}{path}")).body(Empty::new()).expect("a request")
}

#[tokio::test]
async fn each_answer_is_a_span_that_names_its_server() {
    let (address, seen) = server().await;
    for (path, status, fails) in [("/", "200", false), ("/404", "404", true)] {
        let capture = Capture::new();
        let mut request = request(address, &format!("{path}?sig=s3cret"));
        request.extensions_mut().insert(UrlTemplate("/{page}"));
        request.headers_mut().insert("traceparent", "stale".parse().expect("a value"));
        capture.context().instrument(client().oneshot(request)).await.expect("answered");
        let span = ended(&capture, 1).await.remove(0);
        assert_eq!(span.view().name(), "GET /{page}");
        assert_eq!(text(&span, "http.response.status_code").as_deref(), Some(status));
        assert_eq!(is_error(&span), fails);
        assert_eq!(text(&span, "error.type").as_deref(), fails.then_some(status));
        assert_eq!(text(&span, "url.full"), Some(format!("http://{address}{path}?sig=REDACTED")));
        assert_eq!(text(&span, "server.port"), Some(address.port().to_string()));
        assert_eq!(text(&span, "network.protocol.version").as_deref(), Some("1.1"));
        assert_eq!(text(&span, "http.request.resend_count"), None);
        let sent = seen.lock().expect("the log").pop().expect("a request");
        assert_eq!(sent, format!("00-{}-{}-03", span.view().trace_id(), span.view().span_id()));
    }
}

#[tokio::test]
async fn what_fails_without_an_answer_is_one_word_and_what_is_given_up_is_none() {
    let capture = Capture::new();
    let closed = "127.0.0.1:1".parse().expect("an address");
    assert!(capture.context().instrument(client().oneshot(request(closed, "/"))).await.is_err());
    let span = ended(&capture, 1).await.remove(0);
    assert_eq!(text(&span, "error.type").as_deref(), Some("connect"));

    let (address, _) = server().await;
    let work = tokio::time::timeout(Duration::from_millis(50), client().oneshot(request(address, "/slow")));
    assert!(capture.context().instrument(work).await.is_err());
    let span = ended(&capture, 1).await.remove(0);
    assert_eq!((is_error(&span), text(&span, "error.type")), (false, None));
}

#[derive(Clone)]
struct Thrice;

impl<E> Policy<Request<Empty<Bytes>>, Response<Incoming>, E> for Thrice {
    type Future = std::future::Ready<()>;

    fn retry(
        &mut self,
        _: &mut Request<Empty<Bytes>>,
        result: &mut Result<Response<Incoming>, E>,
    ) -> Option<Self::Future> {
        matches!(result, Ok(response) if response.status() == 503).then(|| std::future::ready(()))
    }

    fn clone_request(&mut self, request: &Request<Empty<Bytes>>) -> Option<Request<Empty<Bytes>>> {
        Some(request.clone())
    }
}

#[tokio::test]
async fn attempts_are_spans_of_their_own_and_count() {
    let (address, seen) = server().await;
    let capture = Capture::new();
    let retrying = ServiceBuilder::new().layer(traced_tower::attempts()).retry(Thrice).service(client());
    capture.context().instrument(retrying.oneshot(request(address, "/flaky"))).await.expect("answered");
    let spans = ended(&capture, 3).await;
    let counts: Vec<_> = spans.iter().map(|span| text(span, "http.request.resend_count")).collect();
    assert_eq!(counts, [None, Some("1".to_owned()), Some("2".to_owned())]);
    assert_eq!(spans.iter().map(is_error).collect::<Vec<_>>(), [true, true, false]);
    let ids: Vec<_> =
        spans.iter().map(|span| format!("00-{}-{}-03", span.view().trace_id(), span.view().span_id())).collect();
    assert_eq!(*seen.lock().expect("the log"), ids);
}

#[tokio::test]
async fn redirects_are_attempts() {
    let (address, parents) = server().await;
    let capture = Capture::new();
    let following =
        ServiceBuilder::new().layer(traced_tower::attempts()).layer(FollowRedirectLayer::new()).service(client());
    capture.context().instrument(following.oneshot(request(address, "/moved"))).await.expect("answered");
    let spans = ended(&capture, 2).await;
    let seen: Vec<_> = spans
        .iter()
        .map(|span| (text(span, "http.response.status_code"), text(span, "http.request.resend_count")))
        .collect();
    let some = |text: &str| Some(text.to_owned());
    assert_eq!(seen, [(some("302"), None), (some("200"), some("1"))]);
    assert!(text(&spans[1], "url.full").is_some_and(|url| url.ends_with("/there")));
    let ids: Vec<_> =
        spans.iter().map(|span| format!("00-{}-{}-03", span.view().trace_id(), span.view().span_id())).collect();
    assert_eq!(*parents.lock().expect("the log"), ids, "each hop has a parent of its own");
}

#[tokio::test]
async fn two_layers_make_one_span() {
    let (address, _) = server().await;
    let capture = Capture::new();
    let twice = ServiceBuilder::new().layer(traced_tower::client()).service(client());
    capture.context().instrument(twice.oneshot(request(address, "/"))).await.expect("answered");
    ended(&capture, 1).await;
}
