//! Servers and clients of gRPC.

mod future;

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Request, Response, StatusCode};
use tower_layer::Layer;
use tower_service::Service;
use traced::instrumentation::{OwnedSpan, Start, extract};
use traced_conventions::attribute::{RPC_METHOD, RPC_REQUEST_METADATA, SERVER_ADDRESS, SERVER_PORT};
use traced_conventions::forwarded::{HostPort, host_port};

pub use future::GrpcFuture;

use crate::body::ResponseBody;
use crate::call::{CLIENT, CLIENT_SITES, Call, NO_FACTS, SERVER, SERVER_SITES, Side};
use crate::captured::Captured;
use crate::head::{Head, server_of};

/// Spans of a gRPC server, such as tonic's.
///
/// ```no_run
/// # async fn serve() -> Result<(), tonic::transport::Error> {
/// # let greeter = tonic::service::Routes::default();
/// tonic::transport::Server::builder()
///     .layer(traced_tower::grpc_server())
///     .add_routes(greeter)
///     .serve("[::1]:50051".parse().expect("an address"))
///     .await
/// # }
/// ```
pub fn grpc_server() -> GrpcServerLayer {
    GrpcServerLayer { config: Arc::new(Config::new(Side::Server)) }
}

/// Spans of a gRPC client, such as tonic's: one for each call, from its start to the end of its streams.
///
/// ```
/// use tonic::transport::Channel;
/// use tower::Layer;
///
/// # async fn connect() -> Result<(), Box<dyn std::error::Error>> {
/// let channel = Channel::from_static("http://greeter:50051").connect().await?;
/// let channel = traced_tower::grpc_client().target("greeter:50051").layer(channel);
/// // let stub = GreeterClient::new(channel);
/// # let _ = channel;
/// # Ok(())
/// # }
/// ```
pub fn grpc_client() -> GrpcClientLayer {
    GrpcClientLayer { config: Arc::new(Config::new(Side::Client)) }
}

#[derive(Clone, Debug)]
struct Config {
    side: Side,
    target: Option<String>,
    metadata: Captured,
    is_public: bool,
}

impl Config {
    fn new(side: Side) -> Self {
        Self { side, target: None, metadata: Captured::default(), is_public: false }
    }
}

/// Wraps a gRPC server in spans; made by [`grpc_server`].
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is applied"]
pub struct GrpcServerLayer {
    config: Arc<Config>,
}

impl GrpcServerLayer {
    /// Metadata of requests to record, each as `rpc.request.metadata.<key>`. Values of `authorization` and cookies are
    /// redacted.
    pub fn request_metadata(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Arc::make_mut(&mut self.config).metadata.add(names, RPC_REQUEST_METADATA);
        self
    }

    /// For an endpoint that anybody can call: calls start traces of their own, linked to the caller's.
    pub fn public_endpoint(mut self) -> Self {
        Arc::make_mut(&mut self.config).is_public = true;
        self
    }
}

/// Wraps a gRPC client in spans; made by [`grpc_client`].
#[derive(Clone, Debug)]
#[must_use = "a layer does nothing until it is applied"]
pub struct GrpcClientLayer {
    config: Arc<Config>,
}

impl GrpcClientLayer {
    /// Sets what the channel was made for, as `host:port`; without it, the authority of each request counts.
    pub fn target(mut self, target: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.config).target = Some(target.into());
        self
    }

    /// Metadata of requests to record, each as `rpc.request.metadata.<key>`. Values of `authorization` and cookies are
    /// redacted.
    pub fn request_metadata(mut self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        Arc::make_mut(&mut self.config).metadata.add(names, RPC_REQUEST_METADATA);
        self
    }
}

impl<S> Layer<S> for GrpcServerLayer {
    type Service = GrpcService<S>;

    fn layer(&self, inner: S) -> GrpcService<S> {
        GrpcService { inner, config: Arc::clone(&self.config) }
    }
}

impl<S> Layer<S> for GrpcClientLayer {
    type Service = GrpcService<S>;

    fn layer(&self, inner: S) -> GrpcService<S> {
        GrpcService { inner, config: Arc::clone(&self.config) }
    }
}

/// A server or client of gRPC in spans; made by [`GrpcServerLayer`] and [`GrpcClientLayer`].
#[derive(Clone, Debug)]
pub struct GrpcService<S> {
    inner: S,
    config: Arc<Config>,
}

/// Lets a generated server go on to name its service.
impl<S, B, R> Service<Request<B>> for GrpcService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: http_body::Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = GrpcFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> GrpcFuture<S::Future> {
        let config = &self.config;
        let (mut span, call) = start(config, &request);
        if config.side == Side::Client {
            traced::propagation::inject_context(&span.context(), request.headers_mut());
        }
        let future = span.within(|| self.inner.call(request));
        GrpcFuture::new(future, span, call)
    }
}

fn start<B>(config: &Config, request: &Request<B>) -> (OwnedSpan, Call) {
    let head = Head::of(request);
    let (any, sites) = match config.side {
        Side::Server => (&SERVER, &SERVER_SITES),
        Side::Client => (&CLIENT, &CLIENT_SITES),
    };
    let method = head.uri().path().trim_start_matches('/');
    let mut new_method = None;
    let mut site = None;
    if any.is_enabled() {
        site = sites.find(method, NO_FACTS);
        new_method = site.is_none().then(|| method.into());
    }
    let fill = |start: &mut Start<'_>| {
        if site.is_none() {
            start.name(format_args!("{method}"));
            start.attribute(RPC_METHOD, method);
        }
        attributes(config, head, start);
    };
    let site_or_any = site.unwrap_or(any);
    let mut span = match config.side {
        Side::Client => site_or_any.start(fill),
        Side::Server if config.is_public => {
            site_or_any.start_in(traced::propagation::extract_public(head.headers()), fill)
        }
        Side::Server => site_or_any.start_in(extract(head.headers()), fill),
    };
    if config.side == Side::Client && span.is_measured() {
        let server = server(config, head);
        span.label(SERVER_ADDRESS, &server.map(|server| server.host));
        span.label(SERVER_PORT, &server.and_then(|server| server.port).map(i64::from));
    }
    (span, Call { side: config.side, new_method, http_status: StatusCode::OK })
}

fn server<'a>(config: &'a Config, head: Head<'a>) -> Option<HostPort<'a>> {
    config.target.as_deref().and_then(host_port).or_else(|| server_of(head))
}

fn attributes(config: &Config, head: Head<'_>, start: &mut Start<'_>) {
    if let Some(server) = server(config, head) {
        start.attribute(SERVER_ADDRESS, server.host);
        start.attribute(SERVER_PORT, &server.port.map(i64::from));
    }
    config.metadata.at_start(head.headers(), start);
}
