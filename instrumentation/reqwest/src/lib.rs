//! Spans of reqwest: wrap the client where it is made, and everything else stays as it is.
//!
//! ```no_run
//! # async fn ask() -> Result<(), reqwest_middleware::Error> {
//! let http = traced_reqwest::client(reqwest::Client::new());
//! let answer = http.get("https://shop.example/orders/7").send().await?;
//! # let _ = answer;
//! # Ok(())
//! # }
//! ```
//!
//! What comes out is a client of `reqwest-middleware`, with the methods of reqwest's own. Beside other middleware, such as
//! one that retries, [`Spans`] goes in last: then each attempt has a span and a `traceparent` of its own, and counts.
//!
//! The span ends when the head of the answer is there. Redirects that reqwest follows by itself are inside it, with the same
//! `traceparent` on each hop. An error is one word; its text, which has the URL, is not recorded.
#![forbid(unsafe_code)]

use async_trait::async_trait;
use http::{Extensions, HeaderName, HeaderValue};
use reqwest::{Request, Response, Url};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Error, Middleware, Next};
use traced::instrumentation::{CallSite, Convention, Metric, Outcome, OwnedSpan, Start};
use traced::{Scope, SpanKind, Value};
use traced_conventions::attribute::{
    HTTP_REQUEST_METHOD, HTTP_REQUEST_METHOD_ORIGINAL, HTTP_REQUEST_RESEND_COUNT, HTTP_RESPONSE_STATUS_CODE,
    NETWORK_PROTOCOL_VERSION, SERVER_ADDRESS, SERVER_PORT, URL_FULL, URL_TEMPLATE,
};
use traced_conventions::correlation::CorrelationId;
use traced_conventions::method::{KnownMethods, OTHER};
use traced_conventions::metric;
use traced_conventions::sites::Sites;
use traced_conventions::url::{SECRET_KEYS, redacted};

const SCOPE: Scope = Scope::new(env!("CARGO_PKG_NAME"))
    .with_version(env!("CARGO_PKG_VERSION"))
    .with_schema_url(traced_conventions::SCHEMA_URL);

static DURATION: Metric = metric::http_client_request_duration();
static ANY: CallSite =
    CallSite::new("HTTP", SCOPE).kind(SpanKind::Client).convention(Convention::Http).metric(&DURATION);
static SITES: Sites = Sites::new(500);

/// A client whose requests have spans and carry the trace.
#[must_use]
pub fn client(client: reqwest::Client) -> ClientWithMiddleware {
    ClientBuilder::new(client).with(Spans::default()).build()
}

/// The template of a request's URL, which names its span: `.with_extension(UrlTemplate("/orders/{id}"))`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct UrlTemplate(pub &'static str);

/// Middleware that makes a span of each request that reaches it; to be the last one.
///
/// ```
/// use reqwest_middleware::ClientBuilder;
/// let http = ClientBuilder::new(reqwest::Client::new()) /* .with(retries) */ .with(traced_reqwest::Spans::default()).build();
/// # let _ = http;
/// ```
#[derive(Clone, Debug)]
pub struct Spans {
    methods: KnownMethods,
    secret_keys: Vec<String>,
    correlation_id: Option<HeaderName>,
}

impl Default for Spans {
    fn default() -> Self {
        Self {
            methods: KnownMethods::default(),
            secret_keys: SECRET_KEYS.map(str::to_owned).to_vec(),
            correlation_id: None,
        }
    }
}

/// How often a request was sent before; in the extensions that its attempts share.
#[derive(Clone, Copy)]
struct Sent(u32);

impl Spans {
    /// The keys in a query whose values are redacted, instead of [`SECRET_KEYS`].
    #[must_use]
    pub fn redact_query(mut self, keys: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.secret_keys = keys.into_iter().map(Into::into).collect();
        self
    }

    /// Sends the [correlation id](CorrelationId) of the request that is being served on in this header, unless the request
    /// has one already.
    ///
    /// # Panics
    ///
    /// When no header can have that name.
    #[must_use]
    pub fn correlation_id(mut self, header: &'static str) -> Self {
        self.correlation_id = Some(HeaderName::from_static(header));
        self
    }

    fn send_correlation_id(&self, request: &mut Request) {
        let Some(name) = self.correlation_id.as_ref().filter(|name| !request.headers().contains_key(*name)) else {
            return;
        };
        if let Some(id) = CorrelationId::current()
            && let Ok(value) = HeaderValue::try_from(&*id)
        {
            request.headers_mut().insert(name, value);
        }
    }

    fn start(&self, request: &Request, template: Option<&'static str>, sent: u32) -> OwnedSpan {
        if !ANY.is_enabled() {
            return OwnedSpan::none();
        }
        let method = self.methods.of(request.method().as_str());
        let site = SITES.get(template.unwrap_or_default(), [method, "", ""], || {
            let mut attributes = vec![(HTTP_REQUEST_METHOD, Value::from(method))];
            attributes.extend(template.map(|template| (URL_TEMPLATE, Value::from(template))));
            ANY.leak(&name(method, template), &attributes)
        });
        let mut span = site.unwrap_or(&ANY).start(|start| {
            if site.is_none() {
                start.name(format_args!("{}", name(method, template)));
                start.attribute(HTTP_REQUEST_METHOD, method);
                start.attribute(URL_TEMPLATE, &template);
            }
            if method == OTHER {
                start.attribute(HTTP_REQUEST_METHOD_ORIGINAL, request.method().as_str());
            }
            self.place(request.url(), start);
            start.attribute(HTTP_REQUEST_RESEND_COUNT, &(sent > 0).then_some(i64::from(sent)));
        });
        if span.is_measured() {
            span.label(HTTP_REQUEST_METHOD, &site.is_none().then_some(method));
            span.label(SERVER_ADDRESS, &host(request.url()));
            span.label(SERVER_PORT, &request.url().port_or_known_default().map(i64::from));
        }
        span
    }

    fn place(&self, url: &Url, start: &mut Start<'_>) {
        start.attribute(URL_FULL, &redacted(url.as_str(), &self.secret_keys));
        if let Some(host) = host(url) {
            start.attribute(SERVER_ADDRESS, host);
            start.attribute(SERVER_PORT, &url.port_or_known_default().map(i64::from));
        }
    }
}

fn host(url: &Url) -> Option<&str> {
    Some(url.host_str()?.trim_start_matches('[').trim_end_matches(']'))
}

fn name(method: &str, template: Option<&str>) -> String {
    let method = if method == OTHER { "HTTP" } else { method };
    template.map_or_else(|| method.to_owned(), |template| format!("{method} {template}"))
}

#[async_trait]
impl Middleware for Spans {
    async fn handle(
        &self,
        mut request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        let Sent(sent) = extensions.get().copied().unwrap_or(Sent(0));
        extensions.insert(Sent(sent + 1));
        let template = extensions.get().map(|UrlTemplate(template)| *template);
        let span = self.start(&request, template, sent);
        // Also where no span starts: the caller's trace goes on. Replaces what an earlier attempt wrote.
        traced::propagation::inject_context(&span.context(), request.headers_mut());
        self.send_correlation_id(&mut request);
        span.run(next.run(request, extensions), end).await
    }
}

fn end(mut span: OwnedSpan, result: &reqwest_middleware::Result<Response>) {
    match result {
        Ok(answer) => {
            let status = answer.status();
            span.add_attribute(HTTP_RESPONSE_STATUS_CODE, &i64::from(status.as_u16()));
            span.add_attribute(NETWORK_PROTOCOL_VERSION, version(answer.version()));
            span.label(HTTP_RESPONSE_STATUS_CODE, &i64::from(status.as_u16()));
            span.label(NETWORK_PROTOCOL_VERSION, version(answer.version()));
            let failed = status.is_client_error() || status.is_server_error();
            span.end(if failed { Outcome::error(status.as_str()) } else { Outcome::Success });
        }
        Err(Error::Reqwest(error)) => span.end(Outcome::error(word(error))),
        Err(Error::Middleware(_)) => span.end(Outcome::error("reqwest_middleware::Error")),
    }
}

/// The most exact of the words that fit.
fn word(error: &reqwest::Error) -> &'static str {
    match error {
        error if error.is_timeout() => "timeout",
        error if error.is_connect() => "connect",
        error if error.is_redirect() => "redirect",
        error if error.is_body() => "body",
        error if error.is_decode() => "decode",
        _ => "reqwest::Error",
    }
}

const fn version(version: http::Version) -> &'static str {
    match version {
        http::Version::HTTP_10 => "1.0",
        http::Version::HTTP_2 => "2",
        http::Version::HTTP_3 => "3",
        _ => "1.1",
    }
}
