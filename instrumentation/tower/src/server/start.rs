//! How a server's span starts.

use std::sync::Arc;

use http::{HeaderValue, Method, Request};
use traced::instrumentation::{CallSite, Convention, Counted, Metric, OwnedSpan, Start, extract};
use traced::{Context, SpanKind, Value};
use traced_conventions::attribute::{
    CLIENT_ADDRESS, HTTP_REQUEST_HEADER, HTTP_REQUEST_METHOD, HTTP_REQUEST_METHOD_ORIGINAL, HTTP_ROUTE,
    NETWORK_PEER_ADDRESS, NETWORK_PEER_PORT, NETWORK_PROTOCOL_VERSION, SERVER_ADDRESS, SERVER_PORT, URL_PATH,
    URL_QUERY, URL_SCHEME, USER_AGENT_ORIGINAL,
};
use traced_conventions::correlation::CorrelationId;
use traced_conventions::method::OTHER;
use traced_conventions::metric;
use traced_conventions::sites::Sites;
use traced_conventions::url::redacted_query;

use super::config::{Config, Facts, Mark, Started};
use crate::SCOPE;
use crate::head::{Claims, Head, address, version};

/// The call site of all routes that are one too many.
static ANY: CallSite = CallSite::new("HTTP", SCOPE)
    .kind(SpanKind::Server)
    .convention(Convention::Http)
    .cancelled_is_error()
    .metric(&DURATION);
static DURATION: Metric = metric::http_server_request_duration();
static ACTIVE: Metric = metric::http_server_active_requests();
static SITES: Sites = Sites::new(1_000);

/// Whether there is anything to do for a request: a span, or headers for the caller.
pub(super) fn is_idle(config: &Config) -> bool {
    !ANY.is_enabled() && config.correlation_id.is_none()
}

/// Starts the span of a request and attaches its mark.
pub(super) fn start<B>(config: &Arc<Config>, request: &mut Request<B>) -> Started {
    let parent = if config.is_public {
        traced::propagation::extract_public(request.headers())
    } else {
        extract(request.headers())
    };
    let (parent, taken_over) = correlate(config, request, parent);
    let head = Head::of(request);
    let route = config.route.as_ref().and_then(|read| read(head.extensions()));
    let is_known = route.is_some();
    let (method, span, active) = start_span(config, head, (route, parent, taken_over.as_ref()));
    let correlation_id = taken_over.or_else(|| made_of(config, &span));
    let is_seen = span.is_recording() || span.is_measured();
    let facts = Facts {
        config: Arc::clone(config),
        mark: Mark { late: (!is_known && is_seen).then(Arc::default) },
        method,
        is_head: *head.method() == Method::HEAD,
        is_connect: *head.method() == Method::CONNECT,
        correlation_id,
        active,
    };
    // Where nothing is recorded, a layer further in may start what it likes: it is not recorded either.
    if is_seen {
        request.extensions_mut().insert(facts.mark.clone());
    }
    (span, facts)
}

/// The caller's correlation id, and the context with it.
fn correlate<B>(config: &Config, request: &Request<B>, parent: Context) -> (Context, Option<HeaderValue>) {
    let Some(name) = &config.correlation_id else { return (parent, None) };
    let value = request.headers().get(name);
    let id = value.and_then(|value| CorrelationId::new(value.to_str().ok()?));
    match (id, value) {
        (Some(id), Some(value)) => (parent.with_value(id), Some(value.clone())),
        // The trace id is one; it is known only after the start.
        _ => (parent.with_value(CorrelationId::of_trace()), None),
    }
}

/// The trace id as a correlation id.
fn made_of(config: &Config, span: &OwnedSpan) -> Option<HeaderValue> {
    config.correlation_id.as_ref()?;
    let trace_id = span.context().span_context().trace_id();
    if trace_id.is_valid() { HeaderValue::try_from(trace_id.to_string()).ok() } else { None }
}

fn start_span(
    config: &Config,
    head: Head<'_>,
    (route, parent, correlation_id): (Option<&str>, Context, Option<&HeaderValue>),
) -> (&'static str, OwnedSpan, Option<Box<Counted>>) {
    let method = config.methods.of(head.method().as_str());
    if !ANY.is_enabled_in(&parent) {
        return (method, ANY.start_in(parent, |_| {}), None);
    }
    let claims = config.trust.claims(head);
    let facts = [method, claims.scheme(config.scheme), version(head.version())];
    let text = route.unwrap_or_default();
    let site = SITES.get(text, facts, || ANY.leak(&name(method, route), &constants(facts, route)));
    let mut span = site.unwrap_or(&ANY).start_in(parent, |start| {
        if site.is_none() {
            start.name(format_args!("{}", name(method, route)));
            start.attribute(HTTP_REQUEST_METHOD, method);
            start.attribute(URL_SCHEME, facts[1]);
            start.attribute(NETWORK_PROTOCOL_VERSION, facts[2]);
            start.attribute(HTTP_ROUTE, &route);
        }
        if method == OTHER {
            start.attribute(HTTP_REQUEST_METHOD_ORIGINAL, head.method().as_str());
        }
        attributes(config, (head, claims), start);
        if let (Some(name), Some(id)) = (&config.correlation_id, correlation_id.and_then(|id| id.to_str().ok())) {
            start.set(&format!("{HTTP_REQUEST_HEADER}.{name}"), &[id]);
        }
    });
    if site.is_none() && span.is_measured() {
        constants(facts, None).iter().for_each(|(key, value)| span.label(key, value));
        span.label(HTTP_ROUTE, &route);
    }
    let active = span.count(&ACTIVE, &[(HTTP_REQUEST_METHOD, method), (URL_SCHEME, facts[1])]);
    (method, span, active.map(Box::new))
}

/// What is the same for all requests of a route.
fn constants([method, scheme, version]: [&'static str; 3], route: Option<&str>) -> Vec<(&'static str, Value)> {
    let fixed = [(HTTP_REQUEST_METHOD, method), (URL_SCHEME, scheme), (NETWORK_PROTOCOL_VERSION, version)];
    let route = route.map(|route| (HTTP_ROUTE, Value::from(route.to_owned())));
    fixed.into_iter().map(|(key, value)| (key, Value::from(value))).chain(route).collect()
}

/// What is different from request to request.
fn attributes(config: &Config, (head, claims): (Head<'_>, Claims<'_>), start: &mut Start<'_>) {
    let uri = config.uri.as_ref().and_then(|read| read(head.extensions())).unwrap_or(head.uri());
    start.attribute(URL_PATH, uri.path());
    if let Some(query) = uri.query().filter(|query| !query.is_empty()) {
        start.attribute(URL_QUERY, &redacted_query(query, &config.secret_keys));
    }
    if let Some(server) = claims.server() {
        start.attribute(SERVER_ADDRESS, server.host);
        start.attribute(SERVER_PORT, &server.port.map(i64::from));
    }
    let peer = config.peer.as_ref().and_then(|read| read(head.extensions()));
    match (claims.client(), peer) {
        (Some(client), _) => start.attribute(CLIENT_ADDRESS, client),
        (None, Some(peer)) => start.format(CLIENT_ADDRESS, format_args!("{}", address(peer))),
        (None, None) => {}
    }
    if let Some(peer) = peer {
        start.format(NETWORK_PEER_ADDRESS, format_args!("{}", address(peer)));
        start.attribute(NETWORK_PEER_PORT, &i64::from(peer.port()));
    }
    start.attribute(USER_AGENT_ORIGINAL, &head.header(&http::header::USER_AGENT));
    config.request_headers.at_start(head.headers(), start);
    if let Some(more) = &config.more {
        more(head, start);
    }
}

/// `{method} {route}`, and never the path. A method that is not known is said to be `HTTP`.
pub(super) fn name(method: &str, route: Option<&str>) -> String {
    let method = if method == OTHER { "HTTP" } else { method };
    route.map_or_else(|| method.to_owned(), |route| format!("{method} {route}"))
}
