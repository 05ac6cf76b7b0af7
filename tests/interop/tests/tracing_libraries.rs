//! Spans and events that libraries from crates.io make with `tracing`, where a service has `#[traced]` functions.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::Once;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::routing::get;
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use sqlx::{ConnectOptions as _, Connection as _, Row as _, SqliteConnection};
use tower::ServiceExt as _;
use tower_http::trace::TraceLayer;
use traced::testing::Capture;
use traced::{Context, FinishedSpan, assert_tree, traced};
use tracing::Instrument as _;
use tracing_subscriber::layer::SubscriberExt as _;

/// For the process: servers and databases work on threads of their own.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer());
        tracing::subscriber::set_global_default(subscriber).unwrap();
    });
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
    assert_tree!(
        spans,
        "
        call
          GET [client] http.request.method=*
        request method=*
          answer
        "
    );
    assert!(spans.one("GET").view().scope().name.starts_with("reqwest_tracing"));
    assert!(spans.one("request").view().scope().name.starts_with("tower_http"));
}

#[traced]
async fn serve(service: Router) -> StatusCode {
    service.oneshot(Request::get("/").body(Body::empty()).unwrap()).await.unwrap().status()
}

/// What `TraceLayer` makes is inside of the function that calls the service.
#[tokio::test]
async fn tower_http_inside_of_a_function() {
    install();
    let capture = Capture::new();
    let service = Router::new().route("/", get(answer)).layer(TraceLayer::new_for_http());
    assert_eq!(capture.context().instrument(serve(service)).await, StatusCode::OK);
    assert_tree!(capture.take(), "serve\n  request method=*\n    answer");
}

async fn connect() -> SqliteConnection {
    let options = "sqlite::memory:".parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap();
    options.log_statements(log::LevelFilter::Info).connect().await.unwrap()
}

async fn query(connection: &mut SqliteConnection) -> i64 {
    sqlx::query("SELECT 42").fetch_one(connection).await.unwrap().get(0)
}

#[traced]
async fn load(connection: &mut SqliteConnection) -> i64 {
    query(connection).instrument(tracing::info_span!("query", otel.kind = "client")).await
}

#[traced]
async fn load_without_a_span_around_the_query(connection: &mut SqliteConnection) -> i64 {
    query(connection).await
}

/// The line of a tree in which sqlx says what it has run: an event without a message is named after its place in sqlx.
fn said(span: &FinishedSpan) -> String {
    let place = span.view().events().next().map_or("no event", |event| event.name()).to_owned();
    format!(r#"· {place} level=INFO target=sqlx::query summary="SELECT 42" db.statement=*"#)
}

/// sqlx makes no spans. It says on its database's thread what it did, in the `tracing` span that called it: one around
/// the query is a span of its own, under the function, and holds what is said.
#[tokio::test]
async fn sqlx_on_sqlite_in_a_span_of_tracing() {
    install();
    let capture = Capture::new();
    let mut connection = connect().await;
    let loaded = capture.context().instrument(load(&mut connection)).await;
    assert_eq!(loaded, 42);
    connection.close().await.unwrap();

    let spans = capture.take();
    assert_tree!(spans, &format!("load\n  query [client]\n    {}", said(spans.one("query"))));
    assert!(!Context::current().span_context().is_valid());
}

/// Without one, sqlx takes along what `tracing` calls current: the next span of `tracing` further out, or none.
#[tokio::test]
async fn sqlx_on_sqlite_without_a_span_of_its_own() {
    install();
    let capture = Capture::new();
    let mut connection = connect().await;
    let request = async {
        let span = tracing::info_span!("request");
        load_without_a_span_around_the_query(&mut connection).instrument(span).await
    };
    capture.context().instrument(request).await;
    // The database's thread holds the span until it is done with the query.
    connection.close().await.unwrap();
    let spans = capture.take();
    let said = said(spans.one("request"));
    assert_tree!(spans, &format!("request\n  {said}\n  load_without_a_span_around_the_query"));

    let mut connection = connect().await;
    capture.context().instrument(load_without_a_span_around_the_query(&mut connection)).await;
    connection.close().await.unwrap();
    assert_tree!(capture.take(), "load_without_a_span_around_the_query");
}

/// With the mirror, the function itself is what `tracing` calls current, and what sqlx takes along.
#[test]
fn sqlx_on_sqlite_in_a_function_that_is_mirrored() {
    traced_tests::child::run("sqlx_on_sqlite_in_a_function_that_is_mirrored", &[], || {
        let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer().mirror(true));
        tracing::subscriber::set_global_default(subscriber).unwrap();
        let capture = Capture::new();
        tokio::runtime::Runtime::new().unwrap().block_on(async {
            let mut connection = connect().await;
            capture.context().instrument(load_without_a_span_around_the_query(&mut connection)).await;
            connection.close().await.unwrap();
        });
        let spans = capture.take();
        let said = said(spans.one("load_without_a_span_around_the_query"));
        assert_tree!(spans, &format!("load_without_a_span_around_the_query\n  {said}"));
    });
}
