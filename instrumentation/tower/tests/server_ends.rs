//! When an answer is over: every way in which one ends, over real connections of HTTP/1 and HTTP/2.

mod common;

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use common::{ended, http2, is_error, serve, text};
use http::{HeaderMap, Method, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::Frame;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_stream::StreamExt;
use tower::{ServiceBuilder, service_fn};
use traced::testing::Capture;
use traced::{FinishedSpan, Span};

type Body = UnsyncBoxBody<Bytes, io::Error>;

/// How long each part of a stream takes.
const PAUSE: Duration = Duration::from_millis(15);

fn full(text: &'static str) -> Body {
    Full::new(Bytes::from(text)).map_err(|never| match never {}).boxed_unsync()
}

fn empty() -> Body {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// Two parts, each after a pause, and then `last`.
fn stream(last: Option<Result<Frame<Bytes>, io::Error>>) -> Body {
    let parts = (0..2).map(|_| Ok(Frame::data(Bytes::from("12345")))).chain(last);
    let slowly = tokio_stream::iter(parts.collect::<Vec<_>>()).then(async |part| {
        tokio::time::sleep(PAUSE).await;
        Span::start("part").end();
        part
    });
    StreamBody::new(slowly).boxed_unsync()
}

fn with(status: u16, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = StatusCode::from_u16(status).expect("a status");
    response
}

async fn reply<B>(request: Request<B>) -> Result<Response<Body>, Infallible> {
    let trailers = || Frame::trailers(HeaderMap::from_iter([(http::header::ETAG, "x".parse().expect("a value"))]));
    Ok(match request.uri().path() {
        "/full" => with(200, full("hello")),
        "/empty" => with(200, empty()),
        "/204" => with(204, full("not sent")),
        "/304" => with(304, stream(None)),
        "/404" => with(404, full("none")),
        "/503" => with(503, stream(None)),
        "/length" => {
            let mut response = with(200, stream(None));
            response.headers_mut().insert("content-length", 10.into());
            response
        }
        "/chunked" => with(200, stream(None)),
        "/trailers" => with(200, stream(Some(Ok(trailers())))),
        "/broken" => with(200, stream(Some(Err(io::Error::other("disk"))))),
        "/endless" => with(200, stream(Some(Ok(Frame::data(Bytes::new())))).with_endless()),
        "/slow" => {
            tokio::time::sleep(Duration::from_secs(60)).await;
            with(200, empty())
        }
        "/panic" => panic!("no stock"),
        path => panic!("{path}"),
    })
}

trait Endless {
    fn with_endless(self) -> Body;
}

impl Endless for Body {
    fn with_endless(self) -> Body {
        let parts = tokio_stream::iter(std::iter::repeat(())).then(async |()| {
            tokio::time::sleep(PAUSE).await;
            Ok(Frame::data(Bytes::from("more")))
        });
        StreamBody::new(parts).boxed_unsync()
    }
}

async fn server(capture: &Capture) -> SocketAddr {
    serve(capture, ServiceBuilder::new().layer(traced_tower::server()).service(service_fn(reply))).await
}

/// One request over HTTP/1, read to its end.
async fn over_http1(address: SocketAddr, method: &str, path: &str) {
    let mut socket = TcpStream::connect(address).await.expect("listening");
    let request =
        format!("{method} {path} HTTP/1.1\r\nhost: shop.example:8080\r\nte: trailers\r\nconnection: close\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut answer = Vec::new();
    let _ = socket.read_to_end(&mut answer).await;
}

async fn over_http2(address: SocketAddr, method: &str, path: &str) {
    let mut sender = http2::<Empty<Bytes>>(address).await;
    let uri = format!("http://shop.example:8080{path}");
    let request = Request::builder().method(method).uri(uri).body(Empty::new()).expect("a request");
    if let Ok(answer) = sender.send_request(request).await {
        let _ = answer.into_body().collect().await;
    }
}

/// How the span of a request must end.
struct Case {
    method: &'static str,
    path: &'static str,
    status: Option<&'static str>,
    error: Option<&'static str>,
    /// How many parts of a stream are inside.
    parts: usize,
}

const fn case(method: &'static str, path: &'static str, status: &'static str) -> Case {
    Case { method, path, status: Some(status), error: None, parts: 0 }
}

const CASES: &[Case] = &[
    case("GET", "/full", "200"),
    case("GET", "/empty", "200"),
    case("HEAD", "/full", "200"),
    case("HEAD", "/chunked", "200"),
    case("HEAD", "/length", "200"),
    case("GET", "/204", "204"),
    case("GET", "/304", "304"),
    case("GET", "/404", "404"),
    Case { error: Some("503"), parts: 2, ..case("GET", "/503", "503") },
    Case { parts: 2, ..case("GET", "/length", "200") },
    Case { parts: 2, ..case("GET", "/chunked", "200") },
    Case { parts: 3, ..case("GET", "/trailers", "200") },
    Case { error: Some("body"), parts: 3, ..case("GET", "/broken", "200") },
    Case { status: None, error: Some("panic"), ..case("GET", "/panic", "") },
];

fn assert_ends(spans: &[FinishedSpan], case: &Case, version: &str) {
    let Case { method, path, .. } = case;
    let at = format!("{method} {path} over {version}");
    let span = spans.iter().find(|span| span.view().name() == *method).expect("the span of the request");
    assert_eq!(text(span, "http.response.status_code").as_deref(), case.status, "{at}");
    assert_eq!(text(span, "error.type").as_deref(), case.error, "{at}");
    assert_eq!(is_error(span), case.error.is_some(), "{at}");
    assert_eq!(text(span, "url.path").as_deref(), Some(*path), "{at}");
    assert_eq!(text(span, "network.protocol.version").as_deref(), Some(version), "{at}");
    assert_eq!(text(span, "server.address").as_deref(), Some("shop.example"), "{at}");
    assert_eq!(text(span, "server.port").as_deref(), Some("8080"), "{at}");
    assert!(span.view().duration() >= PAUSE * case.parts as u32, "{at}: the body is part of it");
    let inside = spans.iter().filter(|part| part.view().parent_span_id() == Some(span.view().span_id()));
    assert_eq!(inside.count(), case.parts, "{at}: the body is polled inside");
}

#[tokio::test]
async fn each_answer_ends_its_span_once_and_rightly() {
    for case in CASES {
        let capture = Capture::new();
        let address = server(&capture).await;
        over_http1(address, case.method, case.path).await;
        assert_ends(&ended(&capture, 1 + case.parts).await, case, "1.1");
        over_http2(address, case.method, case.path).await;
        // Over HTTP/2 hyper asks for a body that it does not send: once for HEAD, to its end for 304.
        let asked = match (case.method, case.path) {
            ("HEAD", "/chunked" | "/length") => 1,
            ("GET", "/304") => 2,
            _ => 0,
        };
        let case = Case { parts: case.parts + asked, ..*case };
        assert_ends(&ended(&capture, 1 + case.parts).await, &case, "2");
    }
}

#[tokio::test]
async fn without_a_connection_it_is_the_same() {
    for case in CASES.iter().filter(|case| case.status.is_some()) {
        let capture = Capture::new();
        let work = async {
            let service =
                ServiceBuilder::new().layer(traced_tower::server()).service(service_fn(reply::<Empty<Bytes>>));
            let uri = format!("http://shop.example:8080{}", case.path);
            let request = Request::builder().method(case.method).uri(uri).body(Empty::new()).expect("a request");
            let answer = tower::ServiceExt::oneshot(service, request).await.expect("infallible");
            // A server sends no body for HEAD, 204 and 304, and asks for none.
            let has_body = case.method != Method::HEAD && !matches!(case.path, "/204" | "/304");
            if has_body {
                let _ = answer.into_body().collect().await;
            }
        };
        capture.context().instrument(work).await;
        assert_ends(&ended(&capture, 1 + case.parts).await, case, "1.1");
    }
}

fn assert_cancelled(spans: &[FinishedSpan], status: Option<&str>) {
    let span = spans.iter().find(|span| span.view().name() == "GET").expect("the span of the request");
    assert_eq!(text(span, "error.type").as_deref(), Some("cancelled"));
    assert_eq!(text(span, "http.response.status_code").as_deref(), status);
    assert!(is_error(span));
}

#[tokio::test]
async fn a_client_that_leaves_cancels() {
    for (path, status) in [("/slow", None), ("/endless", Some("200"))] {
        let capture = Capture::new();
        let address = server(&capture).await;
        let mut socket = TcpStream::connect(address).await.expect("listening");
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\n\r\n");
        socket.write_all(request.as_bytes()).await.expect("sent");
        if status.is_some() {
            socket.read_exact(&mut [0; 8]).await.expect("the answer has begun");
        }
        tokio::time::sleep(PAUSE).await;
        assert!(capture.take().is_empty(), "it is still open");
        drop(socket);
        assert_cancelled(&ended(&capture, 1).await, status);

        let mut sender = http2::<Empty<Bytes>>(address).await;
        let request = Request::get(format!("http://a{path}")).body(Empty::new()).expect("a request");
        let answer = sender.send_request(request);
        let left = tokio::time::timeout(PAUSE * 4, answer).await;
        // The stream is reset, and the connection stays.
        assert_eq!(left.is_ok(), status.is_some());
        drop(left);
        assert_cancelled(&ended(&capture, 1).await, status);
        drop(sender);
    }
}

#[tokio::test]
async fn an_upgrade_ends_with_its_101() {
    let capture = Capture::new();
    let upgrade = service_fn(async |request: Request<hyper::body::Incoming>| {
        tokio::spawn(hyper::upgrade::on(request));
        let mut response = with(101, empty());
        response.headers_mut().insert("connection", "upgrade".parse().expect("a value"));
        response.headers_mut().insert("upgrade", "echo".parse().expect("a value"));
        Ok::<_, Infallible>(response)
    });
    let address = serve(&capture, ServiceBuilder::new().layer(traced_tower::server()).service(upgrade)).await;
    let mut socket = TcpStream::connect(address).await.expect("listening");
    let request = "GET /ws HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: echo\r\n\r\n";
    socket.write_all(request.as_bytes()).await.expect("sent");
    let spans = ended(&capture, 1).await;
    assert_eq!(text(&spans[0], "http.response.status_code").as_deref(), Some("101"));
    assert!(!is_error(&spans[0]));
}

#[tokio::test]
async fn an_error_of_the_service_is_one_by_its_type() {
    let capture = Capture::new();
    let failing = service_fn(async |_: Request<()>| Err::<Response<Body>, _>(io::Error::other("disk full")));
    let service = ServiceBuilder::new().layer(traced_tower::server()).service(failing);
    let answer = capture.context().instrument(tower::ServiceExt::oneshot(service, Request::new(()))).await;
    assert!(answer.is_err());
    let spans = ended(&capture, 1).await;
    assert_eq!(text(&spans[0], "error.type").as_deref(), Some("std::io::error::Error"));
}

#[tokio::test]
async fn a_panic_that_is_caught_outside_is_still_one() {
    let capture = Capture::new();
    let service = ServiceBuilder::new()
        .layer(tower_http::catch_panic::CatchPanicLayer::new())
        .layer(traced_tower::server())
        .service(service_fn(reply::<Empty<Bytes>>));
    let request = Request::get("http://a/panic").body(Empty::new()).expect("a request");
    let answer = capture.context().instrument(tower::ServiceExt::oneshot(service, request)).await.expect("caught");
    assert_eq!(answer.status(), 500);
    let spans = ended(&capture, 1).await;
    assert_eq!(text(&spans[0], "error.type").as_deref(), Some("panic"));
    // Inside of ours, it is an answer like any other.
    let service = ServiceBuilder::new()
        .layer(traced_tower::server())
        .layer(tower_http::catch_panic::CatchPanicLayer::new())
        .service(service_fn(reply::<Empty<Bytes>>));
    let request = Request::get("http://a/panic").body(Empty::new()).expect("a request");
    let answer = capture.context().instrument(tower::ServiceExt::oneshot(service, request)).await.expect("caught");
    drop(answer.into_body().collect().await);
    let spans = ended(&capture, 1).await;
    assert_eq!(text(&spans[0], "error.type").as_deref(), Some("500"));
}

#[tokio::test]
async fn a_timeout_outside_cancels() {
    let capture = Capture::new();
    let service = ServiceBuilder::new()
        .layer(tower_http::timeout::TimeoutLayer::with_status_code(StatusCode::GATEWAY_TIMEOUT, PAUSE))
        .layer(traced_tower::server())
        .service(service_fn(reply::<Empty<Bytes>>));
    let request = Request::get("http://a/slow").body(Empty::new()).expect("a request");
    let answer = capture.context().instrument(tower::ServiceExt::oneshot(service, request)).await.expect("answered");
    assert_eq!(answer.status(), 504);
    assert_cancelled(&ended(&capture, 1).await, None);
}
