//! A service without traces.
use axum::extract::{Path, State};
use axum::{Router, http::StatusCode, routing::get};
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
async fn name_of(shop: &Shop, id: i64) -> Result<String, Error> {
    Ok(sqlx::query_scalar("SELECT name FROM orders WHERE id = $1").bind(id).fetch_one(&shop.pool).await?)
}
async fn pieces_of(shop: &Shop, id: i64) -> Result<String, Error> {
    Ok(shop.http.get(format!("http://stock/pieces/{id}")).send().await?.text().await?)
}
pub(crate) async fn serve() -> Result<(), Error> {
    let pool = SqlitePool::connect("sqlite::memory:").await?;
    let http = reqwest::Client::new();
    let app = Router::new().route("/orders/{id}", get(order)).with_state(Shop { pool, http });
    axum::serve(TcpListener::bind("127.0.0.1:0").await?, app).await?;
    Ok(())
}
