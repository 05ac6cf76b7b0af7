//! A server of axum that calls itself, both sides in one trace in the terminal:
//!
//! ```sh
//! OTEL_TRACES_EXPORTER=console cargo run -p traced-tower --example axum
//! ```

#![allow(clippy::print_stdout, reason = "the program's output")]

use axum::extract::{MatchedPath, Path};
use axum::{Router, routing::get};
use bytes::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use tower::{ServiceBuilder, ServiceExt};
use traced::traced;

#[traced]
async fn greet(Path(name): Path<String>) -> String {
    traced::attrs!(guest = &name);
    format!("hello, {name}")
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let app = Router::new().route("/guests/{name}", get(greet));
    let app = app.layer(traced_tower::server().route(MatchedPath::as_str).server_timing());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}/guests/ann?sig=secret", listener.local_addr()?);
    let server = tokio::spawn(async { axum::serve(listener, app).await });

    let client = Client::builder(TokioExecutor::new()).build_http::<Empty<Bytes>>();
    let client = ServiceBuilder::new().layer(traced_tower::client()).service(client);
    let answer = client.oneshot(http::Request::get(url).body(Empty::new())?).await?;
    println!("{}", String::from_utf8_lossy(&answer.into_body().collect().await?.to_bytes()));
    server.abort();
    Ok(())
}
