//! When the answers of axum's handlers are over: streams of events, web sockets, compression, bodies of requests; over
//! HTTP/1 and HTTP/2.

mod common;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ws::{Message, WebSocketUpgrade};
use axum::extract::{MatchedPath, Request as AxumRequest};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use bytes::Bytes;
use common::{ended, http2, is_error, serve, text};
use http::Request;
use http_body_util::{BodyExt, Empty, Full, StreamBody};
use hyper::body::Frame;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_stream::StreamExt;
use tower_http::compression::CompressionLayer;
use traced::testing::Capture;
use traced::{FinishedSpan, Span};

const PAUSE: Duration = Duration::from_millis(20);

/// Three events with a pause before each; each is made inside the span of the request.
async fn events() -> Sse<impl tokio_stream::Stream<Item = Result<Event, Infallible>>> {
    let ticks = tokio_stream::iter(0..3).then(async |tick| {
        tokio::time::sleep(PAUSE).await;
        Span::start("event").end();
        Ok(Event::default().data(tick.to_string()))
    });
    Sse::new(ticks)
}

async fn socket(upgrade: WebSocketUpgrade) -> Response {
    let context = traced::Context::current();
    upgrade.on_upgrade(move |mut socket| {
        context.instrument(async move {
            while let Some(Ok(Message::Text(text))) = socket.recv().await {
                Span::start("message").end();
                socket.send(Message::Text(text)).await.expect("it listens");
            }
        })
    })
}

async fn length(request: AxumRequest) -> Response {
    match request.into_body().collect().await {
        Ok(body) => body.to_bytes().len().to_string().into_response(),
        Err(_) => http::StatusCode::BAD_REQUEST.into_response(),
    }
}

fn app() -> Router {
    let long = async || "all work and no play makes jack a dull boy\n".repeat(300);
    Router::new()
        .route("/events", get(events))
        .route("/socket", any(socket))
        .route("/long", get(long))
        .route("/length", post(length))
}

fn traced_app() -> Router {
    app().layer(traced_tower::server().route(MatchedPath::as_str))
}

/// The span of the request among those that ended.
fn request_of(spans: &[FinishedSpan]) -> &FinishedSpan {
    spans.iter().find(|span| text(span, "http.request.method").is_some()).expect("the span of the request")
}

fn whole(spans: &[FinishedSpan], status: &str) {
    let span = request_of(spans);
    assert_eq!(text(span, "http.response.status_code").as_deref(), Some(status));
    assert!(!is_error(span), "{:?}", text(span, "error.type"));
}

/// The answer's body.
async fn send<B>(address: SocketAddr, version: u8, request: http::request::Builder, body: B) -> Bytes
where
    B: hyper::body::Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Unpin + Send + 'static,
{
    let path = request.uri_ref().expect("a path").path().to_owned();
    let request = request.header("host", "shop.example");
    let answer = if version == 2 {
        let request = request.uri(format!("http://shop.example{path}")).body(body).expect("a request");
        let mut request = request;
        request.headers_mut().remove("host");
        http2(address).await.send_request(request).await
    } else {
        let stream = TcpStream::connect(address).await.expect("listening");
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.expect("HTTP/1");
        tokio::spawn(connection);
        sender.send_request(request.body(body).expect("a request")).await
    };
    answer.expect("an answer").into_body().collect().await.expect("it is whole").to_bytes()
}

#[tokio::test]
async fn a_stream_of_events_lasts_as_long_as_it_does() {
    for version in [1, 2] {
        let capture = Capture::new();
        let address = serve(&capture, traced_app()).await;
        let body = send(address, version, Request::get("/events"), Empty::<Bytes>::new()).await;
        assert_eq!(String::from_utf8_lossy(&body).matches("data:").count(), 3);
        let spans = ended(&capture, 4).await;
        whole(&spans, "200");
        let request = request_of(&spans);
        assert!(request.view().duration() >= 3 * PAUSE, "{:?}", request.view().duration());
        let inside = spans.iter().filter(|span| span.view().parent_span_id() == Some(request.view().span_id()));
        assert_eq!(inside.count(), 3, "events are made inside of it");
    }
}

#[tokio::test]
async fn who_leaves_a_stream_of_events_cancels_it() {
    let capture = Capture::new();
    let address = serve(&capture, traced_app()).await;
    let mut socket = TcpStream::connect(address).await.expect("listening");
    socket.write_all(b"GET /events HTTP/1.1\r\nhost: a\r\n\r\n").await.expect("sent");
    socket.read_exact(&mut [0; 8]).await.expect("it has begun");
    drop(socket);
    let mut spans = Vec::new();
    for _ in 0..2_000 {
        spans.extend(capture.take());
        if spans.iter().any(|span| text(span, "http.request.method").is_some()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let span = request_of(&spans);
    assert_eq!(text(span, "error.type").as_deref(), Some("cancelled"));
    assert_eq!(text(span, "http.response.status_code").as_deref(), Some("200"));
}

#[tokio::test]
async fn a_web_socket_ends_with_its_101_and_its_task_goes_on_in_the_trace() {
    let capture = Capture::new();
    let address = serve(&capture, traced_app()).await;
    let mut socket = TcpStream::connect(address).await.expect("listening");
    let head = "GET /socket HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
                sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    socket.write_all(head.as_bytes()).await.expect("sent");
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(socket.read_u8().await.expect("a head"));
    }
    assert!(head.starts_with(b"HTTP/1.1 101"), "{}", String::from_utf8_lossy(&head));
    let spans = ended(&capture, 1).await;
    whole(&spans, "101");
    // A masked frame of text: "hi", with a mask of zeros.
    socket.write_all(&[0x81, 0x82, 0, 0, 0, 0, b'h', b'i']).await.expect("sent");
    let mut echo = [0; 4];
    socket.read_exact(&mut echo).await.expect("an echo");
    assert_eq!(echo, [0x81, 2, b'h', b'i']);
    let message = ended(&capture, 1).await.remove(0);
    let request = request_of(&spans);
    assert_eq!(message.view().name(), "message");
    assert_eq!(message.view().parent_span_id(), Some(request.view().span_id()));
}

#[tokio::test]
async fn a_compressed_answer_is_whole_wherever_it_is_compressed() {
    for version in [1, 2] {
        let ours = || traced_tower::server().route(MatchedPath::as_str);
        let inside = app().layer(CompressionLayer::new()).layer(ours());
        let outside = app().layer(ours()).layer(CompressionLayer::new());
        for (place, app) in [("inside", inside), ("outside", outside)] {
            let capture = Capture::new();
            let address = serve(&capture, app).await;
            let request = Request::get("/long").header("accept-encoding", "gzip");
            let body = send(address, version, request, Empty::<Bytes>::new()).await;
            assert_eq!(body[..2], [0x1f, 0x8b], "gzip, {place}");
            whole(&ended(&capture, 1).await, "200");
        }
    }
}

#[tokio::test]
async fn the_body_of_a_request_may_come_slowly() {
    for version in [1, 2] {
        let capture = Capture::new();
        let address = serve(&capture, traced_app()).await;
        let parts = tokio_stream::iter(0..3).then(async |_| {
            tokio::time::sleep(PAUSE).await;
            Ok::<_, Infallible>(Frame::data(Bytes::from("12345")))
        });
        let body = send(address, version, Request::post("/length"), StreamBody::new(Box::pin(parts))).await;
        assert_eq!(body, "15");
        let spans = ended(&capture, 1).await;
        whole(&spans, "200");
        assert!(spans[0].view().duration() >= 2 * PAUSE);
        let body = send(address, version, Request::post("/length"), Full::new(Bytes::from("1"))).await;
        assert_eq!(body, "1");
        whole(&ended(&capture, 1).await, "200");
    }
}

#[tokio::test]
async fn who_leaves_while_sending_cancels_or_is_refused() {
    let capture = Capture::new();
    let address = serve(&capture, traced_app()).await;
    let mut socket = TcpStream::connect(address).await.expect("listening");
    socket.write_all(b"POST /length HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n12345").await.expect("sent");
    tokio::time::sleep(PAUSE).await;
    drop(socket);
    let spans = ended(&capture, 1).await;
    let error = text(&spans[0], "error.type");
    let status = text(&spans[0], "http.response.status_code");
    // The handler may see a broken body and answer, or be dropped first.
    assert!(
        matches!((error.as_deref(), status.as_deref()), (None, Some("400")) | (Some("cancelled"), _)),
        "{error:?} {status:?}"
    );
}
