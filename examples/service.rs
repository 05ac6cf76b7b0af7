//! A web service: a span for each request, whose status follows the conventions of HTTP.
//!
//! ```text
//! OTEL_TRACES_EXPORTER=console cargo run --example service
//! ```
//!
//! It serves itself three requests and ends. What an error means is said once, where it is defined: 404 is the caller's
//! mistake and leaves the server's span alone, 503 marks it.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use axum::Router;
use axum::extract::Path;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use traced::{SpanError, attrs, traced};

#[derive(Debug, SpanError, thiserror::Error)]
pub(crate) enum ShopError {
    #[error("there is no order {0}")]
    #[span_error(status = 404, attrs(order.id = _0))]
    NoSuchOrder(u64),
    #[error("the warehouse does not answer")]
    #[span_error(status = 503)]
    Warehouse(#[source] std::io::Error),
}

impl IntoResponse for ShopError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::NoSuchOrder(_) => StatusCode::NOT_FOUND,
            Self::Warehouse(_) => StatusCode::SERVICE_UNAVAILABLE,
        };
        (status, self.to_string()).into_response()
    }
}

/// The headers make the span a child of the caller's, if the caller sent one.
#[traced("GET /orders/{{id}}", kind = server, parent = headers, attrs(order.id = id))]
pub(crate) async fn order(headers: HeaderMap, Path(id): Path<u64>) -> Result<String, ShopError> {
    let stock = stock(id).await?;
    attrs!(order.stock = stock, http.response.status_code = 200);
    Ok(format!("order {id}, {stock} in stock\n"))
}

#[traced(kind = client)]
async fn stock(id: u64) -> Result<u64, ShopError> {
    tokio::task::yield_now().await;
    match id {
        0 => Err(ShopError::Warehouse(std::io::ErrorKind::TimedOut.into())),
        1..=99 => Ok(id * 3),
        _ => Err(ShopError::NoSuchOrder(id)),
    }
}

pub(crate) fn app() -> Router {
    Router::new().route("/orders/{id}", get(order))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let server = tokio::spawn(async move { axum::serve(listener, app()).await });
    for id in [7, 100, 0] {
        let response = reqwest::get(format!("http://{address}/orders/{id}")).await?;
        println!("{id}: {}", response.status());
    }
    server.abort();
    Ok(())
}
