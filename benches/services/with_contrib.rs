//! The same with OpenTelemetry's API and contrib's layer; it has none for reqwest and sqlx.
use axum::extract::{Path, State};
use axum::{Router, http::HeaderMap, http::StatusCode, routing::get};
use opentelemetry::trace::{FutureExt as _, SpanKind, Status, TraceContextExt as _, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_http::HeaderInjector;
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use sqlx::SqlitePool;
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
async fn in_span<T>(
    (name, kind): (&'static str, SpanKind),
    attributes: Vec<KeyValue>,
    work: impl Future<Output = Result<T, Error>>,
) -> Result<T, Error> {
    let tracer = global::tracer("shop");
    let span = tracer.span_builder(name).with_kind(kind).with_attributes(attributes).start(&tracer);
    let context = Context::current_with_span(span);
    let result = work.with_context(context.clone()).await;
    if let Err(error) = &result {
        context.span().record_error(&**error);
        context.span().set_status(Status::error(error.to_string()));
    }
    context.span().end();
    result
}
async fn name_of(shop: &Shop, id: i64) -> Result<String, Error> {
    let query =
        async { Ok(sqlx::query_scalar("SELECT name FROM orders WHERE id = $1").bind(id).fetch_one(&shop.pool).await?) };
    let attributes =
        vec![KeyValue::new("db.system.name", "sqlite"), KeyValue::new("db.query.summary", "SELECT orders")];
    let query = in_span(("SELECT orders", SpanKind::Internal), attributes, query);
    in_span(("name_of", SpanKind::Internal), vec![KeyValue::new("order.id", id)], query).await
}
async fn pieces_of(shop: &Shop, id: i64) -> Result<String, Error> {
    let url = format!("http://stock/pieces/{id}");
    let attributes = vec![KeyValue::new("http.request.method", "GET"), KeyValue::new("url.full", url.clone())];
    let call = async {
        let mut headers = HeaderMap::new();
        global::get_text_map_propagator(|format| format.inject(&mut HeaderInjector(&mut headers)));
        Ok(shop.http.get(url).headers(headers).send().await?.text().await?)
    };
    let call = in_span(("GET", SpanKind::Client), attributes, call);
    in_span(("pieces_of", SpanKind::Internal), vec![KeyValue::new("order.id", id)], call).await
}
fn init() -> Result<SdkTracerProvider, Error> {
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    global::set_text_map_propagator(TraceContextPropagator::new());
    global::set_tracer_provider(provider.clone());
    Ok(provider)
}
pub(crate) async fn serve() -> Result<(), Error> {
    let provider = init()?;
    let pool = SqlitePool::connect("sqlite::memory:").await?;
    let http = reqwest::Client::new();
    let app = Router::new().route("/orders/{id}", get(order)).with_state(Shop { pool, http });
    let app = app.layer(opentelemetry_instrumentation_tower::http::server::Layer::new());
    axum::serve(TcpListener::bind("127.0.0.1:0").await?, app).await?;
    provider.shutdown()?;
    Ok(())
}
