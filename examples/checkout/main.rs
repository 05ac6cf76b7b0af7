//! Four services, four processes, one trace for each request:
//!
//! ```text
//! cargo run --example checkout
//! ```
//!
//! `gateway` calls `orders` over HTTP, `orders` writes to SQLite and calls `payments` over HTTP, and tells `notifications`
//! by a message whose body carries the trace context, as it would through a broker. Each is this same program, started
//! again with the name of the service as its argument. The parent process receives what they export, sends three requests
//! (fine, declined card, slow bank) and prints one waterfall for each.
//!
//! With `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318` the services export there instead, and the parent prints the
//! trace ids to look for.
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

mod bank;
mod database;
mod demo;
mod error;
mod gateway;
mod http;
mod model;
mod notifications;
mod orders;
mod payments;
mod processes;
mod role;
mod traces;

use std::process::ExitCode;

use role::Role;

#[tokio::main]
async fn main() -> ExitCode {
    let (name, outcome) = match std::env::args().nth(1) {
        None => ("checkout".to_owned(), demo::run().await),
        Some(name) => {
            let outcome = run_service(&name).await;
            (name, outcome)
        }
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// One of the four services, until it is told to stop.
async fn run_service(name: &str) -> anyhow::Result<()> {
    let role = Role::from_name(name)?;
    let _traced = traced::builder().service_name(role.name()).init()?;
    match role {
        Role::Gateway => gateway::run().await,
        Role::Orders => orders::run().await,
        Role::Payments => payments::run().await,
        Role::Notifications => notifications::run().await,
    }
}
