//! What spans of axum's routers say: routes, clients, callers, ids.

mod common;

use std::net::SocketAddr;
use std::sync::Once;

use axum::extract::{ConnectInfo, MatchedPath, OriginalUri};
use axum::routing::{get, post};
use axum::{Router, body::Body};
use common::{ended, is_error, text};
use http::{Request, Response, StatusCode};
use http_body_util::BodyExt;
use tower::ServiceExt;
use traced::propagation::{self, TraceContextPropagator};
use traced::testing::Capture;
use traced::{FinishedSpan, TraceId};
use traced_conventions::correlation::CorrelationId;
use traced_tower::ServerLayer;

const CALLER: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn layer() -> ServerLayer {
    static PROPAGATOR: Once = Once::new();
    PROPAGATOR.call_once(|| propagation::set_global(TraceContextPropagator));
    traced_tower::server()
        .route(MatchedPath::as_str)
        .peer(|peer: &ConnectInfo<SocketAddr>| peer.0)
        .uri(|uri: &OriginalUri| &uri.0)
}

fn users() -> Router {
    Router::new().route("/users/{id}", get(async || "ann")).route("/orders", post(async || "made"))
}

fn request(path: &str) -> Request<Body> {
    let mut request =
        Request::builder().uri(path).header("host", "shop.example").body(Body::empty()).expect("a request");
    let peer: SocketAddr = "192.0.2.9:4711".parse().expect("an address");
    request.extensions_mut().insert(ConnectInfo(peer));
    request
}

/// Sends a request through a router, reads its answer, and returns that and the one span.
async fn send(app: Router, request: Request<Body>) -> (Response<()>, FinishedSpan) {
    let capture = Capture::new();
    let work = async {
        let (head, body) = app.oneshot(request).await.expect("infallible").into_parts();
        drop(body.collect().await);
        Response::from_parts(head, ())
    };
    let answer = capture.context().instrument(work).await;
    let span = ended(&capture, 1).await.remove(0);
    (answer, span)
}

fn with(name: &'static str, value: &str) -> Request<Body> {
    let mut request = request("/users/7");
    request.headers_mut().append(name, value.parse().expect("a value"));
    request
}

#[tokio::test]
async fn a_span_has_its_route_wherever_the_layer_is() {
    let nested = || Router::new().nest("/api", users());
    let places: [(&str, Router); 5] = [
        ("inside", Router::new().nest("/api", users().layer(layer()))),
        ("on the router", nested().layer(layer())),
        ("around it", Router::new().fallback_service(nested()).layer(layer())),
        ("both", Router::new().fallback_service(nested().layer(layer())).layer(layer())),
        ("twice", nested().layer(layer()).layer(layer())),
    ];
    for (place, app) in places {
        let (_, span) = send(app, request("/api/users/7?x=1")).await;
        let route = if place == "around it" { None } else { Some("/api/users/{id}") };
        let name = route.map_or_else(|| "GET".to_owned(), |route| format!("GET {route}"));
        assert_eq!((span.view().name(), text(&span, "http.route").as_deref()), (&*name, route), "{place}");
        assert_eq!(text(&span, "url.path").as_deref(), Some("/api/users/7"), "{place}");
        assert_eq!(text(&span, "url.query").as_deref(), Some("x=1"), "{place}");
    }
}

#[tokio::test]
async fn what_has_no_handler_has_no_path_in_its_name() {
    let app = || {
        users().nest_service(
            "/files",
            tower::service_fn(async |_| Ok::<_, std::convert::Infallible>(Response::new(Body::empty()))),
        )
    };
    let cases = [
        ("GET", "/nowhere", 404, "GET"),
        ("GET", "/files/a.txt", 200, "GET"),
        ("GET", "/orders", 405, "GET /orders"),
        ("HEAD", "/users/7", 200, "HEAD /users/{id}"),
        ("POST", "/orders", 200, "POST /orders"),
        ("PURGE", "/users/7", 405, "HTTP /users/{id}"),
    ];
    for (method, path, status, name) in cases {
        let mut request = request(path);
        *request.method_mut() = method.parse().expect("a method");
        let (answer, span) = send(app().layer(layer()), request).await;
        assert_eq!((answer.status().as_u16(), span.view().name()), (status, name), "{method} {path}");
        assert!(!is_error(&span), "{method} {path}: a caller's mistake is none of the server");
        let is_other = method == "PURGE";
        assert_eq!(text(&span, "http.request.method").as_deref(), Some(if is_other { "_OTHER" } else { method }));
        assert_eq!(text(&span, "http.request.method_original").is_some(), is_other);
    }
}

#[tokio::test]
async fn the_trace_of_the_caller_goes_on() {
    let (_, span) = send(users().layer(layer()), with("traceparent", CALLER)).await;
    assert_eq!(span.view().trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(span.view().parent_span_id().map(|id| id.to_string()).as_deref(), Some("00f067aa0ba902b7"));
    // Of a public endpoint it does not: there is only a link.
    let (_, span) = send(users().layer(layer().public_endpoint()), with("traceparent", CALLER)).await;
    let caller: TraceId = TraceId::from_hex("4bf92f3577b34da6a3ce929d0e0e4736").expect("an id");
    assert_ne!(span.view().trace_id(), caller);
    assert_eq!(span.view().parent_span_id(), None);
    assert!(span.view().links().any(|link| link.trace_id() == caller));
}

#[tokio::test]
async fn proxies_are_believed_as_far_as_it_is_said() {
    let cases: [(ServerLayer, &'static str, &str, &str); 7] = [
        (layer(), "x-forwarded-for", "", "192.0.2.9"),
        (layer(), "x-forwarded-for", "203.0.113.7:99, 10.0.0.1", "203.0.113.7"),
        (layer(), "forwarded", "for=\"[2001:db8::7]:99\";proto=https;host=front.example:444", "2001:db8::7"),
        (layer().trusted_proxies(1), "x-forwarded-for", "6.6.6.6, 203.0.113.7", "203.0.113.7"),
        (layer().trusted_proxies(2), "x-forwarded-for", "6.6.6.6, 203.0.113.7, 10.0.0.1", "203.0.113.7"),
        (layer().forwarded(false), "x-forwarded-for", "203.0.113.7", "192.0.2.9"),
        (layer(), "x-forwarded-for", "unknown", "192.0.2.9"),
    ];
    for (layer, header, value, client) in cases {
        let (_, span) = send(users().layer(layer), with(header, value)).await;
        assert_eq!(text(&span, "client.address").as_deref(), Some(client), "{value}");
        assert_eq!(text(&span, "network.peer.address").as_deref(), Some("192.0.2.9"), "{value}");
        assert_eq!(text(&span, "network.peer.port").as_deref(), Some("4711"), "{value}");
        let is_forwarded = header == "forwarded";
        let server = [text(&span, "url.scheme"), text(&span, "server.address"), text(&span, "server.port")];
        let expected = if is_forwarded { ["https", "front.example", "444"] } else { ["http", "shop.example", ""] };
        assert_eq!(server.map(Option::unwrap_or_default), expected, "{value}");
    }
}

#[tokio::test]
async fn no_secret_of_a_request_is_in_its_span() {
    let layer = layer().request_headers(["authorization", "x-tenant", "Cookie"]).response_headers(["set-cookie"]);
    let app = Router::new().route("/users/{id}", get(async || [("set-cookie", "s3cret")])).layer(layer);
    let mut request = request("/users/7?a=1&sig=s3cret&X-Amz-Signature=s3cret");
    for (name, value) in
        [("authorization", "Bearer s3cret"), ("cookie", "id=s3cret"), ("x-tenant", "acme"), ("x-key", "s3cret")]
    {
        request.headers_mut().insert(name, value.parse().expect("a value"));
    }
    let (_, span) = send(app, request).await;
    assert!(!format!("{:?}", span.view().attributes()).contains("s3cret"));
    assert_eq!(text(&span, "url.query").as_deref(), Some("a=1&sig=REDACTED&X-Amz-Signature=REDACTED"));
    assert_eq!(text(&span, "http.request.header.authorization").as_deref(), Some("[REDACTED]"));
    assert_eq!(text(&span, "http.request.header.x-tenant").as_deref(), Some("[acme]"));
    assert_eq!(text(&span, "http.response.header.set-cookie").as_deref(), Some("[REDACTED]"));
    assert_eq!(text(&span, "http.request.header.x-key"), None);
}

#[tokio::test]
async fn a_correlation_id_is_taken_over_or_made() {
    let handler = get(async || CorrelationId::current().map(|id| id.to_string()).unwrap_or_default());
    let app = || {
        Router::new()
            .route("/users/{id}", handler.clone())
            .layer(layer().correlation_id("x-correlation-id").server_timing())
    };
    let seen = |answer: &Response<()>, name: &str| answer.headers()[name].to_str().expect("text").to_owned();
    let (answer, span) = send(app(), with("x-correlation-id", "order-7")).await;
    assert_eq!(seen(&answer, "x-correlation-id"), "order-7");
    assert_eq!(text(&span, "http.request.header.x-correlation-id").as_deref(), Some("[order-7]"));
    for refused in ["a b", "", &"x".repeat(129)] {
        let (answer, span) = send(app(), with("x-correlation-id", refused)).await;
        let (trace_id, span_id) = (span.view().trace_id().to_string(), span.view().span_id().to_string());
        assert_eq!(seen(&answer, "x-correlation-id"), trace_id, "{refused}");
        assert_eq!(seen(&answer, "server-timing"), format!("trace;desc=00-{trace_id}-{span_id}-03"));
    }
}

#[tokio::test]
async fn the_handler_knows_the_correlation_id() {
    let handler = get(async || CorrelationId::current().map(|id| id.to_string()).unwrap_or_default());
    let app = Router::new().route("/users/{id}", handler).layer(layer().correlation_id("x-correlation-id"));
    let capture = Capture::new();
    let work = app.oneshot(with("x-correlation-id", "order-7"));
    let answer = capture.context().instrument(work).await.expect("infallible");
    let body = answer.into_body().collect().await.expect("text").to_bytes();
    assert_eq!(body, "order-7");
}

#[tokio::test]
async fn what_is_ignored_has_no_span_and_the_program_adds_what_it_likes() {
    let capture = Capture::new();
    let layer = layer().ignore(|head| head.uri().path() == "/healthz");
    let layer = layer.attributes(|head, start| start.attribute("tenant", &head.headers().contains_key("x-tenant")));
    let app = users().route("/healthz", get(async || "ok")).layer(layer);
    let health = capture.context().instrument(app.clone().oneshot(request("/healthz"))).await.expect("infallible");
    assert_eq!(health.status(), StatusCode::OK);
    assert!(capture.take().is_empty());
    let (_, span) = send(app, request("/users/7")).await;
    assert_eq!(text(&span, "tenant").as_deref(), Some("false"));
}
