//! The same with `tracing`, `tower-http` and OpenTelemetry 0.33. `reqwest-tracing` sends the context of OpenTelemetry up to
//! 0.32, so the client's span is written by hand; the query is an event of sqlx'.
use axum::extract::{MatchedPath, Path, Request, State};
use axum::{Router, http::HeaderMap, http::StatusCode, routing::get};
use opentelemetry::{global, trace::TracerProvider as _};
use opentelemetry_http::{HeaderExtractor, HeaderInjector};
use opentelemetry_sdk::{propagation::TraceContextPropagator, trace::SdkTracerProvider};
use sqlx::SqlitePool;
use tokio::net::TcpListener;
use tower_http::trace::TraceLayer;
use tracing::{Instrument as _, Span, instrument};
use tracing_opentelemetry::OpenTelemetrySpanExt as _;
use tracing_subscriber::{filter::LevelFilter, layer::SubscriberExt as _, util::SubscriberInitExt as _};
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
#[instrument(skip_all, fields(order.id = id), err)]
async fn name_of(shop: &Shop, id: i64) -> Result<String, Error> {
    Ok(sqlx::query_scalar("SELECT name FROM orders WHERE id = $1").bind(id).fetch_one(&shop.pool).await?)
}
#[instrument(skip_all, fields(order.id = id), err)]
async fn pieces_of(shop: &Shop, id: i64) -> Result<String, Error> {
    let url = format!("http://stock/pieces/{id}");
    let span = tracing::info_span!("GET", otel.kind = "client", http.request.method = "GET", url.full = url);
    let mut headers = HeaderMap::new();
    let context = span.context();
    global::get_text_map_propagator(|format| format.inject_context(&context, &mut HeaderInjector(&mut headers)));
    let call = async { shop.http.get(&url).headers(headers).send().await?.text().await };
    Ok(call.instrument(span).await?)
}
fn init() -> Result<SdkTracerProvider, Error> {
    let exporter = opentelemetry_otlp::SpanExporter::builder().with_http().build()?;
    let provider = SdkTracerProvider::builder().with_batch_exporter(exporter).build();
    global::set_text_map_propagator(TraceContextPropagator::new());
    let layer = tracing_opentelemetry::layer().with_tracer(provider.tracer("shop"));
    tracing_subscriber::registry().with(LevelFilter::INFO).with(layer).init();
    Ok(provider)
}
fn span(request: &Request) -> Span {
    let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str);
    let method = request.method();
    let span = tracing::info_span!(
        "request",
        otel.name = %format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = %method,
        http.route = route,
        url.path = request.uri().path(),
    );
    let parent = global::get_text_map_propagator(|format| format.extract(&HeaderExtractor(request.headers())));
    let _ = span.set_parent(parent);
    span
}
pub(crate) async fn serve() -> Result<(), Error> {
    let provider = init()?;
    let pool = SqlitePool::connect("sqlite::memory:").await?;
    let http = reqwest::Client::new();
    let app = Router::new().route("/orders/{id}", get(order)).with_state(Shop { pool, http });
    let app = app.layer(TraceLayer::new_for_http().make_span_with(span));
    axum::serve(TcpListener::bind("127.0.0.1:0").await?, app).await?;
    provider.shutdown()?;
    Ok(())
}
