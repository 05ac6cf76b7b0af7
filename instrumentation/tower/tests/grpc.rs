//! gRPC by tonic, server and client, over a connection: all kinds of streams, and all ways to end.

mod common;

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Once;
use std::task::{Context as TaskContext, Poll};
use std::time::Duration;

use common::{ended, is_error, serve, text};
use http::uri::PathAndQuery;
use tokio_stream::{Stream, StreamExt};
use tonic::server::{ClientStreamingService, ServerStreamingService, StreamingService, UnaryService};
use tonic::transport::Channel;
use tonic::{Code, Request, Response, Status, Streaming};
use tonic_prost::ProstCodec;
use tower::{Layer, Service, ServiceBuilder};
use traced::propagation::{self, TraceContextPropagator};
use traced::testing::Capture;
use traced::{FinishedSpan, SpanKind};
use traced_tower::GrpcService;

type Codec = ProstCodec<String, String>;
type Messages = Pin<Box<dyn Stream<Item = Result<String, Status>> + Send>>;
type Reply<T> = Pin<Box<dyn Future<Output = Result<Response<T>, Status>> + Send>>;

/// Answers by what it is asked: a status, a wait, or what was said.
fn say(message: &str) -> Result<String, Status> {
    match message {
        "not found" => Err(Status::not_found("no such order s3cret")),
        "internal" => Err(Status::internal("s3cret")),
        "early" => Err(Status::failed_precondition("not now")),
        "deadline" => Err(Status::deadline_exceeded("too late")),
        "cancelled" => Err(Status::cancelled("no more")),
        said => Ok(said.to_owned()),
    }
}

#[derive(Clone)]
struct Echo;

impl UnaryService<String> for Echo {
    type Response = String;
    type Future = Reply<String>;

    fn call(&mut self, request: Request<String>) -> Reply<String> {
        Box::pin(async move {
            if request.get_ref() == "wait" {
                tokio::time::sleep(Duration::from_secs(60)).await;
            }
            say(request.get_ref()).map(Response::new)
        })
    }
}

impl ServerStreamingService<String> for Echo {
    type Response = String;
    type ResponseStream = Messages;
    type Future = Reply<Messages>;

    fn call(&mut self, request: Request<String>) -> Reply<Messages> {
        Box::pin(async move {
            let last = request.into_inner();
            if last == "early" {
                return Err(say(&last).expect_err("it is refused"));
            }
            let is_endless = last == "endless";
            let parts = tokio_stream::iter(["a".to_owned(), last].map(|part| say(&part)));
            Ok(Response::new(match is_endless {
                true => Box::pin(parts.chain(tokio_stream::pending())) as Messages,
                false => Box::pin(parts),
            }))
        })
    }
}

impl ClientStreamingService<String> for Echo {
    type Response = String;
    type Future = Reply<String>;

    fn call(&mut self, request: Request<Streaming<String>>) -> Reply<String> {
        Box::pin(async move {
            let mut said = request.into_inner();
            let mut last = String::new();
            while let Some(message) = said.next().await {
                last = message?;
            }
            say(&last).map(Response::new)
        })
    }
}

impl StreamingService<String> for Echo {
    type Response = String;
    type ResponseStream = Messages;
    type Future = Reply<Messages>;

    fn call(&mut self, request: Request<Streaming<String>>) -> Reply<Messages> {
        Box::pin(async move {
            if request.metadata().contains_key("early") {
                return Err(say("early").expect_err("it is refused"));
            }
            let is_endless = request.metadata().contains_key("endless");
            let replies = request.into_inner().map(|message| message.and_then(|message| say(&message)));
            Ok(Response::new(match is_endless {
                true => Box::pin(replies.chain(tokio_stream::pending())) as Messages,
                false => Box::pin(replies),
            }))
        })
    }
}

/// What tonic's generated server would be.
#[derive(Clone)]
struct Server;

impl Service<http::Request<hyper::body::Incoming>> for Server {
    type Response = http::Response<tonic::body::Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, _: &mut TaskContext<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<hyper::body::Incoming>) -> Self::Future {
        Box::pin(async move {
            let mut grpc = tonic::server::Grpc::new(Codec::default());
            Ok(match request.uri().path() {
                "/shop.Echo/Unary" => grpc.unary(Echo, request).await,
                "/shop.Echo/ServerStream" => grpc.server_streaming(Echo, request).await,
                "/shop.Echo/ClientStream" => grpc.client_streaming(Echo, request).await,
                "/shop.Echo/Both" => grpc.streaming(Echo, request).await,
                _ => Status::unimplemented("").into_http(),
            })
        })
    }
}

type Client = tonic::client::Grpc<GrpcService<Channel>>;

async fn pair(capture: &Capture) -> (Client, SocketAddr) {
    static PROPAGATOR: Once = Once::new();
    PROPAGATOR.call_once(|| propagation::set_global(TraceContextPropagator));
    let address = serve(capture, ServiceBuilder::new().layer(traced_tower::grpc_server()).service(Server)).await;
    let channel = Channel::from_shared(format!("http://{address}")).expect("a URI").connect().await.expect("listening");
    (tonic::client::Grpc::new(traced_tower::grpc_client().target("echo.example:50051").layer(channel)), address)
}

async fn call(mut client: Client, kind: &str, message: &str) -> Result<Vec<String>, Status> {
    client.ready().await.map_err(|error| Status::unknown(error.to_string()))?;
    let path: PathAndQuery = format!("/shop.Echo/{kind}").parse().expect("a path");
    let messages = tokio_stream::iter(["a".to_owned(), message.to_owned()]);
    let one = Request::new(message.to_owned());
    let replies = match kind {
        "ServerStream" => client.server_streaming(one, path, Codec::default()).await?.into_inner(),
        "ClientStream" => {
            let request = Request::new(messages);
            return Ok(vec![client.client_streaming(request, path, Codec::default()).await?.into_inner()]);
        }
        "Both" => {
            let mut request = Request::new(messages);
            if message == "early" {
                request.metadata_mut().insert("early", "1".parse().expect("a value"));
            }
            client.streaming(request, path, Codec::default()).await?.into_inner()
        }
        _ => return Ok(vec![client.unary(one, path, Codec::default()).await?.into_inner()]),
    };
    replies.collect::<Result<Vec<String>, Status>>().await
}

/// The client's span and the server's.
fn sides(spans: &[FinishedSpan]) -> (&FinishedSpan, &FinishedSpan) {
    let side = |kind| spans.iter().find(|span| span.view().kind() == kind).expect("a span of each side");
    (side(SpanKind::Client), side(SpanKind::Server))
}

#[tokio::test]
async fn each_kind_of_call_ends_by_its_status_on_both_sides() {
    for kind in ["Unary", "ServerStream", "ClientStream", "Both"] {
        for (message, code, word, fails_there) in [
            ("hello", Code::Ok, "OK", false),
            ("not found", Code::NotFound, "NOT_FOUND", false),
            ("internal", Code::Internal, "INTERNAL", true),
        ] {
            let capture = Capture::new();
            let (client, _) = pair(&capture).await;
            let result = capture.context().instrument(call(client, kind, message)).await;
            assert_eq!(result.as_ref().err().map_or(Code::Ok, Status::code), code, "{kind} {message}");
            let spans = ended(&capture, 2).await;
            let (here, there) = sides(&spans);
            for span in [here, there] {
                assert_eq!(span.view().name(), format!("shop.Echo/{kind}"));
                assert_eq!(text(span, "rpc.status_code").as_deref(), Some(word), "{kind} {message}");
                assert!(!format!("{span:?}").contains("s3cret"));
            }
            assert_eq!((is_error(here), is_error(there)), (code != Code::Ok, fails_there), "{kind} {message}");
            assert_eq!(text(here, "server.address").as_deref(), Some("echo.example"));
            assert_eq!(text(here, "server.port").as_deref(), Some("50051"));
            assert_eq!(there.view().parent_span_id(), Some(here.view().span_id()), "one trace");
        }
    }
}

#[tokio::test]
async fn an_error_before_the_stream_is_in_the_headers_alone() {
    for kind in ["Unary", "ServerStream", "ClientStream", "Both"] {
        let capture = Capture::new();
        let (client, _) = pair(&capture).await;
        let result = capture.context().instrument(call(client, kind, "early")).await;
        assert_eq!(result.expect_err("refused").code(), Code::FailedPrecondition, "{kind}");
        let spans = ended(&capture, 2).await;
        let (here, there) = sides(&spans);
        assert_eq!(text(there, "rpc.status_code").as_deref(), Some("FAILED_PRECONDITION"), "{kind}");
        assert_eq!((is_error(here), is_error(there)), (true, false), "{kind}");
    }
}

#[tokio::test]
async fn a_deadline_is_the_servers_error_and_one_of_the_client_alone() {
    let capture = Capture::new();
    let (client, _) = pair(&capture).await;
    let result = capture.context().instrument(call(client, "Unary", "deadline")).await;
    assert_eq!(result.expect_err("too late").code(), Code::DeadlineExceeded);
    let spans = ended(&capture, 2).await;
    let (here, there) = sides(&spans);
    assert_eq!((is_error(here), is_error(there)), (true, true), "said by the server");
    // The client's own clock: the server is dropped.
    let capture = Capture::new();
    let (mut client, _) = pair(&capture).await;
    let work = async {
        client.ready().await.expect("connected");
        let mut request = Request::new("wait".to_owned());
        request.set_timeout(Duration::from_millis(40));
        client.unary(request, "/shop.Echo/Unary".parse().expect("a path"), Codec::default()).await
    };
    capture.context().instrument(work).await.expect_err("too late");
    let spans = ended(&capture, 2).await;
    let (here, there) = sides(&spans);
    assert_eq!(text(there, "rpc.status_code").as_deref(), Some("CANCELLED"));
    assert_eq!((is_error(here), is_error(there)), (true, false));
    assert!(text(here, "error.type").is_some_and(|word| !word.contains(' ')), "a type, no text");
}

#[tokio::test]
async fn a_stream_that_is_left_half_way_is_cancelled_by_the_client_and_one_that_the_server_gives_up_says_so() {
    for kind in ["ServerStream", "Both"] {
        let capture = Capture::new();
        let (client, _) = pair(&capture).await;
        let result = capture.context().instrument(call(client, kind, "cancelled")).await;
        assert_eq!(result.expect_err("given up").code(), Code::Cancelled, "{kind}");
        let spans = ended(&capture, 2).await;
        let (here, there) = sides(&spans);
        assert_eq!((is_error(here), is_error(there)), (true, false), "{kind}");
        let capture = Capture::new();
        let (mut client, _) = pair(&capture).await;
        let work = async {
            client.ready().await.expect("connected");
            let path = format!("/shop.Echo/{kind}").parse().expect("a path");
            let mut replies = match kind {
                "Both" => {
                    let mut request = Request::new(tokio_stream::iter(["a".to_owned()]));
                    request.metadata_mut().insert("endless", "1".parse().expect("a value"));
                    client.streaming(request, path, Codec::default()).await
                }
                _ => client.server_streaming(Request::new("endless".to_owned()), path, Codec::default()).await,
            };
            replies.as_mut().expect("it begins").get_mut().next().await.expect("one").expect("a message");
        };
        capture.context().instrument(work).await;
        let spans = ended(&capture, 2).await;
        for span in [sides(&spans).0, sides(&spans).1] {
            assert_eq!(text(span, "rpc.status_code").as_deref(), Some("CANCELLED"), "{kind}");
        }
    }
}

#[tokio::test]
async fn what_is_given_up_is_cancelled_on_both_sides() {
    let capture = Capture::new();
    let (client, _) = pair(&capture).await;
    let work = tokio::time::timeout(Duration::from_millis(60), call(client, "Unary", "wait"));
    assert!(capture.context().instrument(work).await.is_err());
    let spans = ended(&capture, 2).await;
    let (here, there) = sides(&spans);
    for span in [here, there] {
        assert_eq!(text(span, "rpc.status_code").as_deref(), Some("CANCELLED"));
    }
    assert_eq!((is_error(here), is_error(there)), (true, false));
}

#[tokio::test]
async fn a_method_that_the_server_does_not_have_fills_nothing() {
    let capture = Capture::new();
    let (client, _) = pair(&capture).await;
    let result = capture.context().instrument(call(client, "Scan42", "x")).await;
    assert_eq!(result.expect_err("unknown").code(), Code::Unimplemented);
    let spans = ended(&capture, 2).await;
    let (here, there) = sides(&spans);
    assert_eq!(here.view().name(), "shop.Echo/Scan42");
    assert_eq!(there.view().name(), "grpc");
    assert_eq!(text(there, "rpc.method").as_deref(), Some("_OTHER"));
    assert_eq!(text(there, "rpc.method_original").as_deref(), Some("shop.Echo/Scan42"));
    assert!(is_error(there));
}
