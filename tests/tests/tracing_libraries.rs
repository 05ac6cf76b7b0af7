//! Spans and events that libraries from crates.io make with `tracing`, where a service has `#[traced]` functions.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::Once;

use axum::Router;
use axum::routing::get;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tower_http::trace::TraceLayer;
use traced::testing::{Capture, tree};
use traced::{Context, FinishedSpan, SpanKind, SpanView, traced};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

/// For the process: servers and databases work on threads of their own.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(traced::tracing::layer());
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
}

fn named<'a>(spans: &'a [FinishedSpan], name: &str) -> SpanView<'a> {
    let found = spans.iter().map(FinishedSpan::view).find(|span| span.name() == name);
    found.unwrap_or_else(|| panic!("no span `{name}`:\n{}", tree(spans)))
}

#[traced]
async fn call(client: &ClientWithMiddleware, url: &str) -> String {
    client.get(url).send().await.unwrap().text().await.unwrap()
}

#[traced]
async fn answer() -> &'static str {
    "hello"
}

/// What `TraceLayer` makes is around the handler, what `reqwest-tracing` makes is inside of the function that calls.
#[tokio::test]
async fn tower_http_and_reqwest_tracing() {
    install();
    let capture = Capture::new();
    let service = Router::new().route("/", get(answer)).layer(TraceLayer::new_for_http());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    // Connections are served by tasks of axum's, outside of any context: the outermost layer enters that of the test.
    let context = capture.context();
    let service = service.layer(axum::middleware::from_fn(move |request, next: axum::middleware::Next| {
        context.clone().instrument(next.run(request))
    }));
    let server = tokio::spawn(async move { axum::serve(listener, service).await });

    let client = ClientBuilder::new(reqwest::Client::builder().no_proxy().build().unwrap())
        .with(reqwest_tracing::TracingMiddleware::<reqwest_tracing::DefaultSpanBackend>::new())
        .build();
    let text = capture.context().instrument(call(&client, &url)).await;
    assert_eq!(text, "hello");
    server.abort();
    let _ = server.await;

    let spans = capture.take();
    let (call, client_span) = (named(&spans, "call"), named(&spans, "GET"));
    assert_eq!(client_span.parent_span_id(), Some(call.span_id()), "{}", tree(&spans));
    assert_eq!(client_span.kind(), SpanKind::Client);
    assert!(client_span.scope().name.starts_with("reqwest_tracing"));
    let (request, answer) = (named(&spans, "request"), named(&spans, "answer"));
    assert_eq!(answer.parent_span_id(), Some(request.span_id()), "{}", tree(&spans));
    assert!(request.scope().name.starts_with("tower_http"));
}

#[traced]
async fn load(connection: &mut SqliteConnection) -> i64 {
    let query = sqlx::query("SELECT 42").fetch_one(connection);
    query.instrument(tracing::info_span!("query", otel.kind = "client")).await.unwrap().get(0)
}

/// sqlx makes no spans: it says on its database's thread what it did, in the `tracing` span that called it.
#[tokio::test]
async fn sqlx_on_sqlite() {
    install();
    let capture = Capture::new();
    let options = "sqlite::memory:".parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap();
    let mut connection = options.log_statements(log::LevelFilter::Info).connect().await.unwrap();
    let loaded = capture.context().instrument(load(&mut connection)).await;
    assert_eq!(loaded, 42);
    connection.close().await.unwrap();

    let spans = capture.take();
    let (load, query) = (named(&spans, "load"), named(&spans, "query"));
    assert_eq!(query.parent_span_id(), Some(load.span_id()), "{}", tree(&spans));
    let said = query.events().find(|event| event.attributes().any(|attribute| attribute.key == "db.statement"));
    let said = said.unwrap_or_else(|| panic!("{}", tree(&spans)));
    assert!(said.attributes().any(|attribute| attribute.value.as_str() == Some("sqlx::query")));
    assert!(!Context::current().span_context().is_valid());
}
