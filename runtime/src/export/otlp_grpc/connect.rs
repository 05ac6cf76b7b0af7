//! How a connection comes about: straight, or through the proxy that the environment names.

use std::error::Error;
use std::fmt::{self, Display, Formatter};
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::Uri;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tower_service::Service;
use ureq::Proxy;

use crate::export::otlp::names::look_up;
use crate::export::otlp::url::port_of;

/// Longer answers of a proxy are not read.
const MAX_HEAD: usize = 8 << 10;

type AnyError = Box<dyn Error + Send + Sync>;

/// Makes connections. Unlike the client's own it starts no thread that cannot be had.
#[derive(Clone)]
pub(super) struct Connector {
    pub(super) proxy: Option<Proxy>,
}

/// The status with which a proxy refuses to connect.
#[derive(Clone, Copy, Debug)]
pub(super) struct ProxyAnswered(pub(super) u16);

impl Display for ProxyAnswered {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "CONNECT proxy failed: proxy server responded {}", self.0)
    }
}

impl Error for ProxyAnswered {}

impl Service<Uri> for Connector {
    type Response = TokioIo<TcpStream>;
    type Error = AnyError;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, AnyError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), AnyError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let proxy = self.proxy.clone();
        Box::pin(async move { connect(&uri, proxy.as_ref()).await.map(TokioIo::new) })
    }
}

async fn connect(uri: &Uri, proxy: Option<&Proxy>) -> Result<TcpStream, AnyError> {
    let (host, port) =
        proxy.map_or_else(|| (uri.host().unwrap_or_default(), port_of(uri)), |proxy| (proxy.host(), proxy.port()));
    let (answer, answers) = oneshot::channel();
    // Nobody may wait any more.
    look_up(host, port, move |addresses| drop(answer.send(addresses)))?;
    let addresses = answers.await??;
    let mut stream = TcpStream::connect(addresses.as_slice()).await?;
    stream.set_nodelay(true)?;
    if let Some(proxy) = proxy {
        tunnel(&mut stream, uri, proxy).await?;
    }
    Ok(stream)
}

/// Asks the proxy for a connection to the receiver. RFC 9110, "CONNECT".
async fn tunnel(stream: &mut TcpStream, uri: &Uri, proxy: &Proxy) -> Result<(), AnyError> {
    let to = format!("{}:{}", uri.host().unwrap_or_default(), port_of(uri));
    let mut request = format!("CONNECT {to} HTTP/1.1\r\nHost: {to}\r\n");
    if proxy.username().is_some() || proxy.password().is_some() {
        let pair = format!("{}:{}", proxy.username().unwrap_or_default(), proxy.password().unwrap_or_default());
        request.extend(["Proxy-Authorization: Basic ", &BASE64_STANDARD.encode(pair), "\r\n"]);
    }
    request.push_str("\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut head = Vec::new();
    // Byte by byte: what comes after the head belongs to the receiver.
    while !head.ends_with(b"\r\n\r\n") {
        if head.len() == MAX_HEAD {
            return Err(not_http());
        }
        head.push(stream.read_u8().await?);
    }
    let status = std::str::from_utf8(&head).ok().and_then(|head| head.strip_prefix("HTTP/1."));
    let status = status.and_then(|head| head.split(' ').nth(1)?.parse::<u16>().ok()).ok_or_else(not_http)?;
    if (200..300).contains(&status) { Ok(()) } else { Err(ProxyAnswered(status).into()) }
}

fn not_http() -> AnyError {
    io::Error::new(io::ErrorKind::InvalidData, "the proxy does not speak HTTP/1.1").into()
}
