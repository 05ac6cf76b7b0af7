//! A server whose requests are measured though none of them is sampled, and a function beside it:
//!
//! ```sh
//! cargo run -p traced-metrics-opentelemetry --example red
//! ```

#![allow(clippy::print_stdout, reason = "the program's output")]

use axum::extract::{MatchedPath, Path};
use axum::{Router, body::Body, http::Request, http::StatusCode, routing::get};
use http_body_util::BodyExt;
use opentelemetry_sdk::metrics::SdkMeterProvider;
use tower::ServiceExt;
use traced::traced;
use traced_metrics_opentelemetry::Meters;

#[traced(metric)]
async fn look_up(id: u32) -> Result<&'static str, std::fmt::Error> {
    if id == 7 { Ok("ann") } else { Err(std::fmt::Error) }
}

async fn user(Path(id): Path<u32>) -> Result<&'static str, StatusCode> {
    look_up(id).await.map_err(|_| StatusCode::NOT_FOUND)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let meters =
        SdkMeterProvider::builder().with_periodic_exporter(opentelemetry_stdout::MetricExporter::default()).build();
    let builder = traced::builder().metrics(Meters::new(meters.clone())).sampler(traced::sampler::AlwaysOff);
    let _traced = builder.init()?;
    let app = Router::new().route("/users/{id}", get(user)).layer(traced_tower::server().route(MatchedPath::as_str));
    for path in ["/users/7", "/users/7", "/users/8"] {
        let answer = app.clone().oneshot(Request::get(path).body(Body::empty())?).await?;
        println!("{path}: {}", answer.status());
        drop(answer.into_body().collect().await?);
    }
    meters.shutdown()?; // prints what was measured
    Ok(())
}
