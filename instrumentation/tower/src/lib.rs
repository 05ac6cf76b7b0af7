//! Spans of HTTP and gRPC servers and clients, as tower layers.
//!
//! ```
//! use axum::{Router, extract::MatchedPath, routing::get};
//!
//! let app: Router = Router::new().route("/users/{id}", get(async || "ann"));
//! let app = app.layer(traced_tower::server().route(MatchedPath::as_str));
//! ```
//!
//! A server's span continues its caller's trace, starts with the head of the request and ends when the answer is over,
//! its body included. A client's span is one attempt: it starts before the first byte and ends with the head of the
//! answer, or for gRPC with the status. Names, attributes and what is an error follow the semantic conventions 1.44.0.
//!
//! The types in the public API are those of `http`, `http-body` and tower's two traits: no version of axum, hyper or tonic
//! is in it.
#![forbid(unsafe_code)]

mod body;
mod call;
mod captured;
mod client;
mod ending;
mod error;
mod grpc;
mod head;
mod server;

pub use body::ResponseBody;
pub use client::{
    Attempts, AttemptsLayer, Client, ClientFuture, ClientLayer, CountedAttempts, UrlTemplate, attempts, client,
};
pub use grpc::{GrpcClientLayer, GrpcFuture, GrpcServerLayer, GrpcService, grpc_client, grpc_server};
pub use head::Head;
pub use server::{Server, ServerFuture, ServerLayer, server};

/// The scope of all spans of this crate.
pub(crate) const SCOPE: traced::Scope = traced::Scope::new(env!("CARGO_PKG_NAME"))
    .with_version(env!("CARGO_PKG_VERSION"))
    .with_schema_url(traced_conventions::SCHEMA_URL);
