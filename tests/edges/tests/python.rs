//! A service in Python, by the official SDK, between two of ours: one trace, with baggage and tracestate, both ways over
//! HTTP and over NATS.
//!
//! `ci/python.sh` runs it, with `TRACED_PYTHON` as the interpreter that has the service's packages. NATS is found by
//! `NATS_URL`, by default on this machine; without one the test is skipped, and fails where `CI` is `true`.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::fmt::Write as _;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{MatchedPath, State};
use axum::routing::get;
use futures_util::StreamExt;
use reqwest::StatusCode;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use traced::{Context, OtlpHttpExporter, traced};
use traced_tests::receiver::{ReceivedSpan, Receiver};

/// Longer than anything here takes; only a failure waits for it.
const LONG: Duration = Duration::from_secs(30);

// The caller's span, and its two traces.
const CALLER: &str = "00f067aa0ba902b7";
const HTTP: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const NATS: &str = "4bf92f3577b34da6a3ce929d0e0e4737";

/// What a handler of ours knows of the caller that is furthest out.
#[traced]
fn seen() {
    traced::attrs!(tenant = Context::current().baggage().get("tenant").unwrap_or_default());
}

#[derive(Clone)]
struct Shop {
    nats: traced_nats::Client,
    to_python: String,
    python: Arc<str>,
    done: Arc<Notify>,
}

async fn over_http(State(shop): State<Shop>) -> StatusCode {
    let http = traced_reqwest::client(reqwest::Client::new());
    let answer = http.get(format!("{}/forward", shop.python)).send().await.expect("the service in Python answers");
    answer.status()
}

async fn over_nats(State(shop): State<Shop>) {
    shop.nats.publish(shop.to_python, "7".into()).await.expect("sent");
}

async fn handle(message: &async_nats::Message) {
    let handler = async {
        seen();
        Ok::<(), std::convert::Infallible>(())
    };
    traced_nats::process(message).as_parent().run(handler).await.expect("handled");
}

async fn backend(State(shop): State<Shop>) {
    seen();
    shop.done.notify_one();
}

/// The service in Python, which ends with its standard input.
struct Python(Child);

impl Python {
    fn start(variables: &[(&str, &str)]) -> (Self, u16) {
        let interpreter = std::env::var("TRACED_PYTHON").expect("`bash ci/python.sh` runs this test");
        let service = concat!(env!("CARGO_MANIFEST_DIR"), "/python/service.py");
        let mut command = Command::new(interpreter);
        command.arg(service).envs(variables.iter().copied()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("an interpreter");
        let mut port = String::new();
        let said = child.stdout.take().expect("piped");
        BufReader::new(said).read_line(&mut port).expect("a line");
        let port = port.trim().parse().expect("a port");
        (Self(child), port)
    }

    /// Ends the service, which then has exported everything.
    fn end(mut self) {
        drop(self.0.stdin.take());
        assert!(self.0.wait().expect("an end").success());
    }
}

impl Drop for Python {
    fn drop(&mut self) {
        // It is gone already unless the test has failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The spans of a trace as a tree: service, name, and what came along.
fn tree(spans: &[ReceivedSpan], trace: &str) -> String {
    fn write(spans: &[ReceivedSpan], (parent, depth): (&str, usize), out: &mut String) {
        for span in spans.iter().filter(|span| span.parent_id_hex() == parent) {
            let _ = write!(out, "{:depth$}{}: {}", "", span.service(), span.name);
            for key in ["tenant", "state"] {
                span.text(key).into_iter().for_each(|value| out.push_str(&format!(" {key}={value}")));
            }
            out.push('\n');
            write(spans, (&span.span_id_hex(), depth + 2), out);
        }
    }
    let spans: Vec<_> = spans.iter().filter(|span| span.trace_id_hex() == trace).cloned().collect();
    assert!(spans.iter().all(|span| span.trace_state == "vendor=1"), "the tracestate is on every span");
    let mut out = String::new();
    write(&spans, (CALLER, 0), &mut out);
    assert_eq!(out.lines().count(), spans.len(), "each span has a parent in the trace:\n{out}{spans:#?}");
    out
}

fn assert_trees(spans: &[ReceivedSpan], to_rust: &str, to_python: &str) {
    assert_eq!(
        tree(spans, HTTP),
        format!(
            "rust: GET /http\n  rust: GET\n    python: GET /forward tenant=acme state=vendor=1\n      python: publish\n        \
             rust: process {to_rust}\n          rust: seen tenant=acme\n"
        )
    );
    assert_eq!(
        tree(spans, NATS),
        format!(
            "rust: GET /nats\n  rust: publish {to_python}\n    python: process tenant=acme state=vendor=1\n      \
             python: GET\n        rust: GET /backend\n          rust: seen tenant=acme\n"
        )
    );
}

async fn connect() -> Option<async_nats::Client> {
    let url = std::env::var("NATS_URL").unwrap_or("nats://127.0.0.1:4222".to_owned());
    match async_nats::connect(url).await {
        Ok(client) => Some(client),
        Err(error) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "NATS is missing: {error}");
            eprintln!("skipped: NATS is missing: {error}");
            None
        }
    }
}

/// Serves our side of HTTP.
async fn serve(listener: TcpListener, shop: Shop) -> std::io::Result<()> {
    let app =
        Router::new().route("/http", get(over_http)).route("/nats", get(over_nats)).route("/backend", get(backend));
    let app = app.layer(traced_tower::server().route(MatchedPath::as_str)).with_state(shop);
    axum::serve(listener, app).await
}

/// Asks our service, as a caller that traces by other means.
async fn ask(url: String, trace: &str) {
    let request = reqwest::Client::new().get(url).header("traceparent", format!("00-{trace}-{CALLER}-01"));
    let request = request.header("tracestate", "vendor=1").header("baggage", "tenant=acme");
    assert!(request.send().await.expect("an answer").status().is_success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_in_python_between_two_of_ours_is_one_trace() {
    let Some(nats) = connect().await else { return };
    let receiver = Receiver::start();
    let exporter = OtlpHttpExporter::builder().endpoint(receiver.endpoint()).build().expect("an endpoint");
    let guard = traced::builder().service_name("rust").exporter(exporter).init().expect("the first one");

    let [to_rust, to_python] = ["rust", "python"].map(|name| format!("traced-{}-to-{name}", std::process::id()));
    let mut messages = nats.subscribe(to_rust.clone()).await.expect("subscribed");
    nats.flush().await.expect("flushed");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let ours = format!("http://{}", listener.local_addr().expect("an address"));
    let url = std::env::var("NATS_URL").unwrap_or("nats://127.0.0.1:4222".to_owned());
    let (python, port) = Python::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &receiver.endpoint()),
        ("NATS_URL", &url),
        ("RUST", &ours),
        ("TO_RUST", &to_rust),
        ("TO_PYTHON", &to_python),
    ]);
    let python_at = format!("http://127.0.0.1:{port}").into();
    let nats = traced_nats::Client::from(nats);
    let shop = Shop { nats, to_python: to_python.clone(), python: python_at, done: Arc::default() };
    let server = tokio::spawn(serve(listener, shop.clone()));

    ask(format!("{ours}/http"), HTTP).await;
    let message = tokio::time::timeout(LONG, messages.next()).await.expect("in time").expect("a message");
    handle(&message).await;
    ask(format!("{ours}/nats"), NATS).await;
    tokio::time::timeout(LONG, shop.done.notified()).await.expect("the backend is asked in time");

    tokio::task::spawn_blocking(|| python.end()).await.expect("ended");
    server.abort();
    guard.shutdown(LONG).expect("exported");
    let spans = receiver.spans();
    assert_trees(&spans, &to_rust, &to_python);
}
