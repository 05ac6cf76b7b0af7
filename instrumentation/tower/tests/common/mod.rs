//! Servers on loopback whose spans are captured.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use http::{Request, Response};
use hyper::body::{Body, Incoming};
use hyper::rt::Executor;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tower::Service;
use traced::testing::Capture;
use traced::{Context, FinishedSpan, Status};
use traced_conventions::check;

/// Spawns tasks in a context, so that what they do is captured.
#[derive(Clone)]
pub struct In(pub Context);

impl<F> Executor<F> for In
where
    F: Future<Output: Send> + Send + 'static,
{
    fn execute(&self, future: F) {
        drop(tokio::spawn(self.0.clone().instrument(future)));
    }
}

/// Serves HTTP/1 and HTTP/2 on a free port until the runtime ends.
pub async fn serve<S, B>(capture: &Capture, service: S) -> SocketAddr
where
    S: Service<Request<Incoming>, Response = Response<B>> + Clone + Send + 'static,
    S::Future: Send + 'static,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let context = capture.context();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (service, context) = (TowerToHyperService::new(service.clone()), context.clone());
            let server = hyper_util::server::conn::auto::Builder::new(In(context.clone()));
            let connection =
                async move { drop(server.serve_connection_with_upgrades(TokioIo::new(stream), service).await) };
            tokio::spawn(context.instrument(connection));
        }
    });
    address
}

/// Waits until so many spans have ended, and then for a moment for those that should not have; checks them against the
/// conventions.
pub async fn ended(capture: &Capture, count: usize) -> Vec<FinishedSpan> {
    let mut spans = Vec::new();
    for _ in 0..2_000 {
        spans.extend(capture.take());
        if spans.len() >= count {
            break;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    tokio::time::sleep(Duration::from_millis(20)).await;
    spans.extend(capture.take());
    assert_eq!(spans.len(), count, "{:?}", spans.iter().map(|span| span.view().name().to_owned()).collect::<Vec<_>>());
    check::assert_clean(&spans);
    spans
}

pub fn text(span: &FinishedSpan, key: &str) -> Option<String> {
    span.view().attributes().get(key).map(|value| value.to_string())
}

pub fn is_error(span: &FinishedSpan) -> bool {
    matches!(span.view().status().to_owned(), Status::Error { .. })
}

/// What a connection of HTTP/2 needs to be driven.
pub async fn http2<B>(address: SocketAddr) -> hyper::client::conn::http2::SendRequest<B>
where
    B: Body<Data: Send, Error: Into<Box<dyn std::error::Error + Send + Sync>>> + Unpin + Send + 'static,
{
    let stream = tokio::net::TcpStream::connect(address).await.expect("listening");
    let (sender, connection) =
        hyper::client::conn::http2::handshake(TokioExecutor::new(), TokioIo::new(stream)).await.expect("HTTP/2");
    tokio::spawn(connection);
    sender
}

pub type Never = Infallible;
