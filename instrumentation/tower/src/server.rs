//! The server's layer and service.

mod config;
mod future;
mod start;

use std::net::SocketAddr;
use std::sync::Arc;
use std::task::{Context, Poll};

use http::{Extensions, HeaderName, Request, Response, Uri};
use tower_layer::Layer;
use tower_service::Service;
use traced::instrumentation::{Start, extract};
use traced_conventions::attribute::{HTTP_REQUEST_HEADER, HTTP_RESPONSE_HEADER};
use traced_conventions::method::KnownMethods;

pub use future::ServerFuture;

use config::{Config, Mark, text, uri};

use crate::body::ResponseBody;
use crate::head::Head;

/// Spans of an HTTP server. See [`ServerLayer`] for what can be set.
///
/// ```
/// use std::net::SocketAddr;
///
/// use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
/// use axum::{Router, routing::get};
///
/// let layer = traced_tower::server()
///     .route(MatchedPath::as_str)
///     .peer(|peer: &ConnectInfo<SocketAddr>| peer.0)
///     .uri(|uri: &OriginalUri| &uri.0);
/// let app: Router = Router::new().route("/", get(async || "hello")).layer(layer);
/// ```
pub fn server() -> ServerLayer {
    ServerLayer { config: Arc::new(Config::default()) }
}

/// Wraps a service of HTTP in spans; made by [`server`]. The layer may be inside or outside of a router, or both: one
/// request makes one span, whose route is that which the inner layer knows.
#[derive(Clone)]
#[must_use = "a layer does nothing until it is applied"]
pub struct ServerLayer {
    config: Arc<Config>,
}

impl ServerLayer {
    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.config));
        self
    }

    /// Where the route's template is, as `/users/{id}`: in a value of this type that the framework attaches to requests,
    /// such as axum's `MatchedPath`. Without it spans are named by their method alone.
    pub fn route<T: Send + Sync + 'static>(
        self,
        read: impl for<'a> Fn(&'a T) -> &'a str + Send + Sync + 'static,
    ) -> Self {
        self.with(|config| config.route = Some(text(move |extensions| extensions.get().map(&read))))
    }

    /// Where the address of the peer is, such as axum's `ConnectInfo`.
    pub fn peer<T: Send + Sync + 'static>(self, read: impl Fn(&T) -> SocketAddr + Send + Sync + 'static) -> Self {
        self.with(|config| config.peer = Some(Arc::new(move |extensions: &Extensions| extensions.get().map(&read))))
    }

    /// Where the URI is as it was received, such as axum's `OriginalUri`: a layer inside of a nested router sees it without
    /// its prefix.
    pub fn uri<T: Send + Sync + 'static>(
        self,
        read: impl for<'a> Fn(&'a T) -> &'a Uri + Send + Sync + 'static,
    ) -> Self {
        self.with(|config| config.uri = Some(uri(move |extensions| extensions.get().map(&read))))
    }

    /// For an endpoint that anybody can call: requests start traces of their own, linked to the caller's.
    pub fn public_endpoint(self) -> Self {
        self.with(|config| config.is_public = true)
    }

    /// How many proxies of your own stand in front of the server: `client.address` is what the outermost of them says of
    /// its peer. Without this it is the first address in `Forwarded` or `X-Forwarded-For`, which clients may invent.
    pub fn trusted_proxies(self, count: usize) -> Self {
        self.with(|config| config.trust.proxies = Some(count))
    }

    /// Whether `Forwarded` and `X-Forwarded-*` count at all; they do by default, as the conventions have it.
    pub fn forwarded(self, counts: bool) -> Self {
        self.with(|config| config.trust.forwarded = counts)
    }

    /// The listener speaks TLS: `url.scheme` is `https` unless a proxy says something else.
    pub fn tls(self) -> Self {
        self.with(|config| config.scheme = "https")
    }

    /// Requests that make no span, such as those of health checks.
    pub fn ignore(self, ignore: impl Fn(Head<'_>) -> bool + Send + Sync + 'static) -> Self {
        self.with(|config| config.ignore = Some(Arc::new(ignore)))
    }

    /// More attributes, recorded at the start of spans that record. Their keys are not those of the conventions.
    pub fn attributes(self, record: impl Fn(Head<'_>, &mut Start<'_>) + Send + Sync + 'static) -> Self {
        self.with(|config| config.more = Some(Arc::new(record)))
    }

    /// Headers of requests to record, besides those of `OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_REQUEST_HEADERS`. Values of
    /// `authorization`, `proxy-authorization`, `cookie` and `set-cookie` are redacted even then.
    pub fn request_headers(self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.with(|config| config.request_headers.add(names, HTTP_REQUEST_HEADER))
    }

    /// Headers of answers to record, besides those of `OTEL_INSTRUMENTATION_HTTP_SERVER_CAPTURE_RESPONSE_HEADERS`.
    pub fn response_headers(self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.with(|config| config.response_headers.add(names, HTTP_RESPONSE_HEADER))
    }

    /// Shows the values of listed headers that hold secrets. Whoever reads spans can then act as your users.
    pub fn show_secret_headers(self) -> Self {
        self.with(|config| {
            config.request_headers.show_secrets();
            config.response_headers.show_secrets();
        })
    }

    /// The keys in a query whose values are redacted, instead of
    /// [`SECRET_KEYS`](traced_conventions::url::SECRET_KEYS).
    pub fn redact_query(self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with(|config| config.secret_keys = keys.into_iter().map(Into::into).collect())
    }

    /// The methods that are named, instead of those of `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` or the default.
    pub fn known_methods(self, methods: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let methods = KnownMethods::new(methods);
        self.with(|config| config.methods = methods)
    }

    /// Takes over a correlation id from this header, or makes the trace id one, and sends it back. It is in the request's
    /// context as [`CorrelationId`](traced_conventions::correlation::CorrelationId), and on the span as the header.
    ///
    /// # Panics
    ///
    /// When no header can have that name.
    pub fn correlation_id(self, header: &'static str) -> Self {
        let name = HeaderName::from_static(header);
        self.with(|config| config.correlation_id = Some(name))
    }

    /// Tells the caller the trace, as browsers can read it: `server-timing: trace;desc=00-{trace}-{span}-{flags}`.
    pub fn server_timing(self) -> Self {
        self.with(|config| config.server_timing = true)
    }
}

impl std::fmt::Debug for ServerLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerLayer").field("trust", &self.config.trust).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for ServerLayer {
    type Service = Server<S>;

    fn layer(&self, inner: S) -> Server<S> {
        Server { inner, config: Arc::clone(&self.config) }
    }
}

/// A service of HTTP in spans; made by [`ServerLayer`].
#[derive(Clone)]
pub struct Server<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S: std::fmt::Debug> std::fmt::Debug for Server<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Server").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for Server<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    R: http_body::Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ServerFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> ServerFuture<S::Future> {
        let config = &self.config;
        if start::is_idle(config) && !extract(request.headers()).span_context().is_valid() {
            return ServerFuture::plain(self.inner.call(request));
        }
        if config.ignore.as_ref().is_some_and(|ignore| ignore(Head::of(&request))) {
            return ServerFuture::plain(self.inner.call(request));
        }
        if let Some(mark) = request.extensions().get::<Mark>() {
            fill_in(config, mark, request.extensions());
            return ServerFuture::plain(self.inner.call(request));
        }
        let (mut span, facts) = start::start(config, &mut request);
        let future = span.within(|| self.inner.call(request));
        ServerFuture::new(future, span, facts)
    }
}

/// Hands the route to the layer further out, whose request this is.
fn fill_in(config: &Config, mark: &Mark, extensions: &Extensions) {
    if let (Some(late), Some(read)) = (&mark.late, &config.route)
        && let Some(route) = read(extensions)
    {
        let _is_first = late.set(route.into());
    }
}
