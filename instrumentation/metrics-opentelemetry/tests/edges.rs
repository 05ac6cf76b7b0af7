//! Durations of servers, clients, databases and brokers, measured by the official SDK.

mod common;

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::MatchedPath;
use axum::http::{Request, Response, StatusCode, response};
use axum::routing::get;
use common::Measured;
use http_body_util::BodyExt;
use tower::{Layer, Service, ServiceExt, service_fn};
use traced::instrumentation::{Instrument, Measurement, Metrics, Record};
use traced::sampler::AlwaysOff;
use traced::testing::Capture;
use traced::{KeyValue, Scope};
use traced_conventions::db::{self, Database, Failure};
use traced_conventions::messaging;

const SERVER: &str = "http.server.request.duration";
const ACTIVE: &str = "http.server.active_requests";
const CLIENT: &str = "http.client.request.duration";
const RPC_SERVER: &str = "rpc.server.call.duration";
const RPC_CLIENT: &str = "rpc.client.call.duration";

/// Runs it twice: sampled, and not.
async fn both(run: impl AsyncFn(&Measured)) {
    for builder in [Capture::builder(), Capture::builder().sampler(AlwaysOff)] {
        let measured = Measured::new(builder);
        measured.capture.context().instrument(run(&measured)).await;
    }
}

fn app() -> Router {
    Router::new()
        .route("/users/{id}", get(async || "ann"))
        .route("/broken", get(async || StatusCode::SERVICE_UNAVAILABLE))
        .route("/stuck", get(std::future::pending::<()>))
        .route("/panics", get(panics))
}

async fn panics() {
    panic!("boom");
}

async fn ask(app: Router, path: &str) {
    let request = Request::builder().uri(path).header("host", "shop.example:8080").body(Body::empty());
    let answer = app.oneshot(request.expect("a request")).await.expect("infallible");
    drop(answer.into_body().collect().await);
}

/// A service that answers everything with this head.
fn answering(
    head: impl Fn(response::Builder) -> response::Builder + Clone,
) -> impl Service<
    Request<Body>,
    Response = Response<Body>,
    Error = Infallible,
    Future = Ready<Result<Response<Body>, Infallible>>,
> {
    service_fn(move |_| ready(Ok(head(Response::builder()).body(Body::empty()).expect("a head"))))
}

/// Polls it for a moment, and drops it.
async fn give_up(work: impl Future<Output = ()>) {
    let moment = std::time::Duration::from_millis(5);
    tokio::time::timeout(moment, work).await.expect_err("it never ends");
}

fn server(route: &str, more: &str) -> String {
    let fixed = "http.request.method=GET";
    let status = |status| format!("http.response.status_code={status},");
    let (error, status) = match more {
        "cancelled" | "panic" => (format!("error.type={more},"), String::new()),
        "200" | "404" => (String::new(), status(more)),
        error => (format!("error.type={error},"), status(error)),
    };
    let route = if route.is_empty() { String::new() } else { format!("http.route={route},") };
    format!("{error}{fixed},{status}{route}network.protocol.version=1.1,url.scheme=http")
}

#[tokio::test]
async fn requests_are_measured_sampled_or_not() {
    both(async |measured| {
        let app = || app().layer(traced_tower::server().route(MatchedPath::as_str));
        for path in ["/users/1", "/users/2", "/nowhere", "/broken"] {
            ask(app(), path).await;
        }
        give_up(ask(app(), "/stuck")).await;
        let panics = futures_catch(ask(app(), "/panics")).await;
        assert!(panics.is_err());
        let expected = [
            (server("/stuck", "cancelled"), 1),
            (server("/broken", "503"), 1),
            (server("/panics", "panic"), 1),
            (server("/users/{id}", "200"), 2),
        ];
        let mut counts = measured.counts(SERVER);
        // axum puts no layer of a router's on what no route matches.
        counts.retain(|(labels, _)| !labels.contains("404"));
        let mut expected = expected.to_vec();
        expected.sort();
        assert_eq!(counts, expected);
        let series = measured.series(SERVER);
        let one = series.values().next().expect("one");
        assert_eq!(one.bounds, traced_conventions::metric::REQUEST_BOUNDS);
        assert_eq!((&*one.unit, &*one.scope), ("s", "traced-tower"));
        let active = measured.series(ACTIVE);
        let sums: Vec<_> = active.iter().map(|(labels, series)| (&**labels, series.sum)).collect();
        assert_eq!(sums, [("http.request.method=GET,url.scheme=http", 0.0)], "all have ended");
    })
    .await;
}

async fn futures_catch(work: impl Future<Output = ()>) -> Result<(), Box<dyn std::any::Any + Send>> {
    let mut work = Box::pin(work);
    std::future::poll_fn(move |cx| match std::panic::catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx))) {
        Ok(poll) => poll.map(Ok),
        Err(panic) => std::task::Poll::Ready(Err(panic)),
    })
    .await
}

#[tokio::test]
async fn a_request_is_active_until_its_body_is_over() {
    both(async |measured| {
        let app = app().layer(traced_tower::server().route(MatchedPath::as_str));
        let active = || measured.series(ACTIVE).values().map(|series| series.sum).sum::<f64>();
        let answer = app.oneshot(Request::get("/users/1").body(Body::empty()).expect("a request")).await;
        let body = answer.expect("infallible").into_body();
        assert_eq!((active(), measured.counts(SERVER).len()), (1.0, 0));
        drop(body);
        assert_eq!((active(), measured.counts(SERVER).len()), (0.0, 1));
    })
    .await;
}

#[tokio::test]
async fn a_request_is_measured_once_wherever_the_layers_are() {
    both(async |measured| {
        let layer = || traced_tower::server().route(MatchedPath::as_str);
        let app = Router::new().fallback_service(app().layer(layer())).layer(layer());
        ask(app, "/users/1").await;
        assert_eq!(measured.counts(SERVER), [(server("/users/{id}", "200"), 1)]);
    })
    .await;
}

#[tokio::test]
async fn attempts_of_clients_are_measured_by_the_server_they_ask() {
    both(async |measured| {
        let answer = |status: u16| traced_tower::client().layer(answering(move |answer| answer.status(status)));
        let request = |url: &str| Request::get(url).body(Body::empty()).expect("a request");
        answer(200).oneshot(request("https://shop.example/a")).await.expect("infallible");
        answer(404).oneshot(request("http://shop.example:81/b?secret=1")).await.expect("infallible");
        let broken = traced_tower::client()
            .layer(service_fn(async |_: Request<Body>| Err::<Response<Body>, _>(std::io::Error::other("no"))));
        broken.oneshot(request("http://shop.example/c")).await.expect_err("it is broken");
        let stuck = traced_tower::client().layer(service_fn(async |_: Request<Body>| {
            std::future::pending::<Result<Response<Body>, Infallible>>().await
        }));
        give_up(async { drop(stuck.oneshot(request("http://shop.example/d")).await) }).await;
        let at = |port, rest: &str| {
            let (error, status) = match rest {
                "" => ("", String::new()),
                "200" => ("", "http.response.status_code=200,network.protocol.version=1.1,".to_owned()),
                "404" => ("error.type=404,", "http.response.status_code=404,network.protocol.version=1.1,".to_owned()),
                error => (error, String::new()),
            };
            format!("{error}http.request.method=GET,{status}server.address=shop.example,server.port={port}")
        };
        let mut expected = [
            (at(443, "200"), 1),
            (at(81, "404"), 1),
            (at(80, "error.type=std::io::error::Error,"), 1),
            (at(80, ""), 1),
        ];
        expected.sort();
        assert_eq!(measured.counts(CLIENT), expected);
    })
    .await;
}

#[tokio::test]
async fn calls_of_grpc_are_measured_by_method_and_status() {
    both(async |measured| {
        let grpc = |status: &'static str| answering(move |answer| answer.header("grpc-status", status));
        let request_of = |method: &str| {
            Request::post(format!("http://greeter:50051/greet.Greeter/{method}")).body(Body::empty()).expect("one")
        };
        let request = || request_of("Hello");
        for (status, method) in [("0", "Hello"), ("0", "Hello"), ("5", "Hello"), ("12", "Scanned")] {
            traced_tower::grpc_server().layer(grpc(status)).oneshot(request_of(method)).await.expect("infallible");
        }
        for status in ["0", "5"] {
            traced_tower::grpc_client().layer(grpc(status)).oneshot(request()).await.expect("infallible");
        }
        let on = |error: &str, method: &str, server: &str, status: &str| {
            format!("{error}rpc.method={method},rpc.status_code={status},rpc.system.name=grpc{server}")
        };
        let method = "greet.Greeter/Hello";
        let mut expected = [
            (on("", method, "", "OK"), 2),
            (on("", method, "", "NOT_FOUND"), 1),
            (on("error.type=UNIMPLEMENTED,", "_OTHER", "", "UNIMPLEMENTED"), 1),
        ];
        expected.sort();
        assert_eq!(measured.counts(RPC_SERVER), expected);
        let place = ",server.address=greeter,server.port=50051";
        let mut expected =
            [(on("", method, place, "OK"), 1), (on("error.type=NOT_FOUND,", method, place, "NOT_FOUND"), 1)];
        expected.sort();
        assert_eq!(measured.counts(RPC_CLIENT), expected);
    })
    .await;
}

#[tokio::test]
async fn queries_are_measured_by_their_summary() {
    both(async |measured| {
        let shop = Database::new(db::POSTGRESQL).namespace("shop").server("db.internal", Some(5433));
        let sql = "SELECT name FROM users WHERE id = $1";
        let fails = |_: &u8| Some(Failure::Code("23505".into()));
        for id in [Ok(1), Ok(2), Err(1)] {
            _ = shop.query(sql).parameterized().run_with(async move { id }, fails).await;
        }
        let place = "db.query.summary=SELECT users";
        let rest = "db.system.name=postgresql";
        let server = "server.address=db.internal,server.port=5433";
        let expected = [
            (format!("db.namespace=shop,{place},db.response.status_code=23505,{rest},error.type=23505,{server}"), 1),
            (format!("db.namespace=shop,{place},{rest},{server}"), 2),
        ];
        assert_eq!(measured.counts("db.client.operation.duration"), expected);
        let series = measured.series("db.client.operation.duration");
        assert_eq!(series.values().next().expect("one").bounds, traced_conventions::metric::DATABASE_BOUNDS);
    })
    .await;
}

#[tokio::test]
async fn messages_are_measured_where_they_are_sent_and_where_they_are_processed() {
    both(async |measured| {
        let send = messaging::send("nats", "publish").destination("orders").server("broker", Some(4222)).start();
        messaging::run(send, async { Ok::<_, u8>(()) }).await.expect("it is well");
        let process = messaging::process("nats", "process").destination("orders").start();
        messaging::run(process, async { Err::<(), _>(1_u8) }).await.expect_err("it fails");
        let on = |operation: &str, kind: &str| {
            format!("messaging.destination.name=orders,messaging.operation.name={operation},messaging.operation.type={kind},messaging.system=nats")
        };
        let sent = format!("{},server.address=broker,server.port=4222", on("publish", "send"));
        assert_eq!(measured.counts("messaging.client.operation.duration"), [(sent, 1)]);
        let processed = format!("error.type=u8,{}", on("process", "process"));
        assert_eq!(measured.counts("messaging.process.duration"), [(processed, 1)]);
    })
    .await;
}

/// What is handed over with each measurement, for an SDK that keeps exemplars.
#[derive(Clone, Default)]
struct Exemplars(Arc<Mutex<Vec<Measurement>>>);

impl Metrics for Exemplars {
    fn instrument(&self, _: Scope, instrument: &Instrument, _: &[KeyValue]) -> Box<dyn Record> {
        assert_eq!(instrument.name, "db.client.operation.duration");
        Box::new(self.clone())
    }
}

impl Record for Exemplars {
    fn record(&self, measurement: &Measurement) {
        self.0.lock().expect("no test panics with it").push(*measurement);
    }
}

#[tokio::test]
async fn a_measurement_leads_to_its_span_if_that_is_sampled() {
    for is_sampled in [true, false] {
        let exemplars = Exemplars::default();
        let builder = Capture::builder().metrics(exemplars.clone());
        let capture = if is_sampled { builder.start() } else { builder.sampler(AlwaysOff).start() };
        let query = db::query(db::SQLITE, "SELECT 1 FROM a").run(async { Ok::<_, u8>(()) });
        capture.context().instrument(query).await.expect("it is well");
        let kept = exemplars.0.lock().expect("no test panics with it").clone();
        assert_eq!((kept.len(), kept[0].is_sampled), (1, is_sampled));
        assert!(kept[0].trace_id.is_valid() && kept[0].span_id.is_valid());
        if let Some(span) = capture.take().first() {
            assert_eq!((span.view().trace_id(), span.view().span_id()), (kept[0].trace_id, kept[0].span_id));
        }
    }
}
