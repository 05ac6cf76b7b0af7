//! The client's layer and service.

mod attempts;
mod config;
mod future;

use std::sync::Arc;
use std::task::{Context, Poll};

use http::{HeaderName, HeaderValue, Request, Response};
use tower_layer::Layer;
use tower_service::Service;
use traced::SpanKind;
use traced::instrumentation::{CallSite, Convention, Metric, OwnedSpan, Start};
use traced_conventions::attribute::{
    HTTP_REQUEST_HEADER, HTTP_REQUEST_METHOD, HTTP_REQUEST_METHOD_ORIGINAL, HTTP_REQUEST_RESEND_COUNT,
    HTTP_RESPONSE_HEADER, SERVER_ADDRESS, SERVER_PORT, URL_FULL, URL_TEMPLATE,
};
use traced_conventions::correlation::CorrelationId;
use traced_conventions::method::{KnownMethods, OTHER};
use traced_conventions::metric;
use traced_conventions::sites::Sites;
use traced_conventions::url::redacted;

pub use attempts::{Attempts, AttemptsLayer, CountedAttempts, attempts};
pub use future::ClientFuture;

use config::Config;

use crate::SCOPE;
use crate::head::{Head, server_of};

/// Spans of an HTTP client, one for each attempt. Around it go layers that retry or follow redirects, and around those
/// [`attempts`], which counts.
///
/// ```
/// use hyper_util::client::legacy::Client;
/// use hyper_util::rt::TokioExecutor;
/// use tower::ServiceBuilder;
///
/// let client = Client::builder(TokioExecutor::new()).build_http::<String>();
/// let client = ServiceBuilder::new().layer(traced_tower::client()).service(client);
/// ```
///
/// The span ends when the head of the answer is there; how long its body takes is not in it.
pub fn client() -> ClientLayer {
    ClientLayer { config: Arc::new(Config::default()) }
}

/// The template of a request's URL, as `/users/{id}`, attached to the request by whoever made the URL: it names the span.
///
/// ```
/// let mut request = http::Request::get("http://shop.example/users/7").body(()).unwrap();
/// request.extensions_mut().insert(traced_tower::UrlTemplate("/users/{id}"));
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UrlTemplate(pub &'static str);

static DURATION: Metric = metric::http_client_request_duration();
static ANY: CallSite =
    CallSite::new("HTTP", SCOPE).kind(SpanKind::Client).convention(Convention::Http).metric(&DURATION);
static SITES: Sites = Sites::new(1_000);

/// Wraps a client of HTTP in spans; made by [`client`].
#[derive(Clone)]
#[must_use = "a layer does nothing until it is applied"]
pub struct ClientLayer {
    config: Arc<Config>,
}

impl ClientLayer {
    fn with(mut self, change: impl FnOnce(&mut Config)) -> Self {
        change(Arc::make_mut(&mut self.config));
        self
    }

    /// Sets what an error is in one word, for its `error.type`: `timeout`, `connect`, `dns`, `tls`, `body`. Without it, and where
    /// it says `None`, it is what the operating system said, or the error's type. May be called for several types.
    pub fn error_type<E: 'static>(self, classify: impl Fn(&E) -> Option<&'static str> + Send + Sync + 'static) -> Self {
        self.with(|config| config.errors.add(classify))
    }

    /// Headers of requests to record, besides those of `OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_REQUEST_HEADERS`. Values of
    /// `authorization`, `proxy-authorization`, `cookie` and `set-cookie` are redacted even then.
    pub fn request_headers(self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.with(|config| config.request_headers.add(names, HTTP_REQUEST_HEADER))
    }

    /// Headers of answers to record, besides those of `OTEL_INSTRUMENTATION_HTTP_CLIENT_CAPTURE_RESPONSE_HEADERS`.
    pub fn response_headers(self, names: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        self.with(|config| config.response_headers.add(names, HTTP_RESPONSE_HEADER))
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

    /// Sends the current [`CorrelationId`] in this header, unless the request has one.
    ///
    /// # Panics
    ///
    /// When no header can have that name.
    pub fn correlation_id(self, header: &'static str) -> Self {
        let name = HeaderName::from_static(header);
        self.with(|config| config.correlation_id = Some(name))
    }
}

impl std::fmt::Debug for ClientLayer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClientLayer").field("errors", &self.config.errors).finish_non_exhaustive()
    }
}

impl<S> Layer<S> for ClientLayer {
    type Service = Client<S>;

    fn layer(&self, inner: S) -> Client<S> {
        Client { inner, config: Arc::clone(&self.config) }
    }
}

/// A client of HTTP in spans; made by [`ClientLayer`].
#[derive(Clone)]
pub struct Client<S> {
    inner: S,
    config: Arc<Config>,
}

impl<S: std::fmt::Debug> std::fmt::Debug for Client<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client").field("inner", &self.inner).finish_non_exhaustive()
    }
}

impl<S, B, R> Service<Request<B>> for Client<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: 'static,
{
    type Response = Response<R>;
    type Error = S::Error;
    type Future = ClientFuture<S::Future>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> ClientFuture<S::Future> {
        let config = &self.config;
        let resent = request.extensions().get::<Attempts>().map_or(0, Attempts::next);
        let mut span = start(config, Head::of(&request), resent);
        // Also where no span starts: the caller's trace goes on. Replaces what an earlier attempt wrote.
        traced::propagation::inject_context(&span.context(), request.headers_mut());
        send_correlation_id(config, &mut request);
        let future = span.within(|| self.inner.call(request));
        ClientFuture::new(future, span, Arc::clone(config))
    }
}

fn send_correlation_id<B>(config: &Config, request: &mut Request<B>) {
    let Some(name) = config.correlation_id.as_ref().filter(|name| !request.headers().contains_key(*name)) else {
        return;
    };
    if let Some(id) = CorrelationId::current()
        && let Ok(value) = HeaderValue::try_from(&*id)
    {
        request.headers_mut().insert(name, value);
    }
}

fn start(config: &Config, head: Head<'_>, resent: u32) -> OwnedSpan {
    if !ANY.is_enabled() {
        return OwnedSpan::none();
    }
    let method = config.methods.of(head.method().as_str());
    let template = head.extensions().get().map(|UrlTemplate(template)| *template);
    let facts = [method, "", ""];
    let text = template.unwrap_or_default();
    let site = SITES.get(text, facts, || {
        let mut attributes = vec![(HTTP_REQUEST_METHOD, method.into())];
        attributes.extend(template.map(|template| (URL_TEMPLATE, template.into())));
        ANY.leak(&name(method, template), &attributes)
    });
    let mut span = site.unwrap_or(&ANY).start(|start| {
        if site.is_none() {
            start.name(format_args!("{}", name(method, template)));
            start.attribute(HTTP_REQUEST_METHOD, method);
            start.attribute(URL_TEMPLATE, &template);
        }
        if method == OTHER {
            start.attribute(HTTP_REQUEST_METHOD_ORIGINAL, head.method().as_str());
        }
        attributes(config, head, start);
        start.attribute(HTTP_REQUEST_RESEND_COUNT, &(resent > 0).then_some(i64::from(resent)));
    });
    if span.is_measured() {
        span.label(HTTP_REQUEST_METHOD, &site.is_none().then_some(method));
        if let Some((address, port)) = server(head) {
            span.label(SERVER_ADDRESS, address);
            span.label(SERVER_PORT, &port);
        }
    }
    span
}

/// The server's address and port, that of the scheme if no other is said.
fn server(head: Head<'_>) -> Option<(&str, i64)> {
    let server = server_of(head)?;
    let is_tls = head.uri().scheme_str().is_some_and(|scheme| scheme.eq_ignore_ascii_case("https"));
    Some((server.host, i64::from(server.port.unwrap_or(if is_tls { 443 } else { 80 }))))
}

fn name(method: &str, template: Option<&str>) -> String {
    let method = if method == OTHER { "HTTP" } else { method };
    template.map_or_else(|| method.to_owned(), |template| format!("{method} {template}"))
}

fn attributes(config: &Config, head: Head<'_>, start: &mut Start<'_>) {
    let uri = head.uri();
    let scheme = uri.scheme_str().unwrap_or("http");
    let url = match uri.authority() {
        Some(_) => uri.to_string(),
        None => {
            let host = head.header(&http::header::HOST).unwrap_or_default();
            format!("{scheme}://{host}{uri}")
        }
    };
    start.attribute(URL_FULL, &redacted(&url, &config.secret_keys));
    if let Some((address, port)) = server(head) {
        start.attribute(SERVER_ADDRESS, address);
        start.attribute(SERVER_PORT, &port);
    }
    config.request_headers.at_start(head.headers(), start);
}
