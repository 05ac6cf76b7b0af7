//! The same with fastrace, its layer for axum and its headers for reqwest; it has nothing for sqlx.
use axum::extract::{Path, State};
use axum::{Router, http::StatusCode, routing::get};
use fastrace::prelude::*;
use fastrace_opentelemetry::OpenTelemetryReporter;
use fastrace_reqwest::traceparent_headers;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;
use sqlx::SqlitePool;
use std::borrow::Cow;
use tokio::net::TcpListener;
type Error = Box<dyn std::error::Error + Send + Sync>;
#[derive(Clone)]
struct Shop {
    pool: SqlitePool,
    http: reqwest::Client,
}
async fn order(State(shop): State<Shop>, Path(id): Path<i64>) -> Result<String, StatusCode> {
    let name = name_of(&shop, id).await.map_err(|_| StatusCode::NOT_FOUND)?;
    let pieces = pieces_of(&shop, id).await.map_err(|_| StatusCode::BAD_GATEWAY)?;
    Ok(format!("{name}: {pieces}"))
}
#[trace(properties = { "order.id": "{id}" })]
async fn name_of(shop: &Shop, id: i64) -> Result<String, Error> {
    let query = sqlx::query_scalar("SELECT name FROM orders WHERE id = $1").bind(id).fetch_one(&shop.pool);
    let span = Span::enter_with_local_parent("SELECT orders")
        .with_property(|| ("span.kind", "internal"))
        .with_property(|| ("db.system.name", "sqlite"));
    Ok(query.in_span(span).await?)
}
#[trace(properties = { "order.id": "{id}" })]
async fn pieces_of(shop: &Shop, id: i64) -> Result<String, Error> {
    let url = format!("http://stock/pieces/{id}");
    let span = Span::enter_with_local_parent("GET")
        .with_property(|| ("span.kind", "client"))
        .with_property(|| ("url.full", url.clone()));
    let call = async { shop.http.get(&url).headers(traceparent_headers()).send().await?.text().await };
    Ok(call.in_span(span).await?)
}
fn init() -> Result<(), Error> {
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build()?;
    let resource = Cow::Owned(Resource::builder().build());
    let scope = InstrumentationScope::builder("shop").build();
    fastrace::set_reporter(OpenTelemetryReporter::new(exporter, resource, scope), Default::default());
    Ok(())
}
pub(crate) async fn serve() -> Result<(), Error> {
    init()?;
    let pool = SqlitePool::connect("sqlite::memory:").await?;
    let http = reqwest::Client::new();
    let app = Router::new().route("/orders/{id}", get(order)).with_state(Shop { pool, http });
    let app = app.layer(fastrace_axum::FastraceLayer::default());
    axum::serve(TcpListener::bind("127.0.0.1:0").await?, app).await?;
    fastrace::flush();
    Ok(())
}
