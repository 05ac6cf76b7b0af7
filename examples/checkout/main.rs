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
//!
//! With `--html` the traces also become a page for the browser:
//!
//! ```text
//! cargo run --example checkout -- --html trace.html
//! ```
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a program for the terminal")]

/// Prints a line, unless nobody reads any more, as after `| head -3`.
macro_rules! say {
    ($($text:tt)*) => {
        drop(std::io::Write::write_fmt(&mut std::io::stdout(), format_args!("{}\n", format_args!($($text)*))))
    };
}

mod bank;
mod database;
mod demo;
mod error;
mod gateway;
mod http;
mod model;
mod notifications;
mod orders;
mod page;
mod payments;
mod processes;
mod role;
mod traces;

use std::process::ExitCode;

use role::Role;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let (name, outcome) = match arguments.next().as_deref() {
        None => ("checkout".to_owned(), block_on(demo::run(None))),
        Some("--html") => {
            let path = arguments.next().unwrap_or_else(|| "traces.html".to_owned());
            ("checkout".to_owned(), block_on(demo::run(Some(path.into()))))
        }
        Some(name) => (name.to_owned(), run_service(name)),
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
fn run_service(name: &str) -> anyhow::Result<()> {
    let role = Role::from_name(name)?;
    // Longer than the runtime, whose end waits for the work that requests have left on its threads.
    let _traced = traced::builder().service_name(role.name()).init()?;
    match role {
        Role::Gateway => block_on(gateway::run()),
        Role::Orders => block_on(orders::run()),
        Role::Payments => block_on(payments::run()),
        Role::Notifications => block_on(notifications::run()),
    }
}

fn block_on(future: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    tokio::runtime::Runtime::new()?.block_on(future)
}
