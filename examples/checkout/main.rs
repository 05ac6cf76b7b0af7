//! Four services, four processes, one trace for each request:
//!
//! ```text
//! cargo run --example checkout
//! ```
//!
//! `gateway` calls `orders` over HTTP; `orders` takes a piece from the stock, writes to SQLite, calls `payments` over HTTP,
//! and tells `notifications` by a message. Each is this same program, started again with the name of the service as its
//! argument. The parent process receives what they export, sends three requests (fine, declined card, slow bank) and prints
//! one waterfall for each, with the log lines of the same trace below it.
//!
//! Servers, clients, queries and messages have their spans by `traced-tower`, `traced-reqwest`, `traced-sqlx` and
//! `traced-conventions`, a line each where the server, the client or the pool is made. `#[traced]` is on what is in between.
//!
//! With real parts instead of those in the process, any of them:
//!
//! ```text
//! cargo run --example checkout -- --postgres postgres://localhost/test --redis redis://localhost --nats nats://localhost
//! ```
//!
//! With `OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318` the services export there instead, and the parent prints the
//! trace ids to look for. With `--html` the traces also become a page for the browser:
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
mod options;
mod orders;
mod page;
mod payments;
mod processes;
mod queue;
mod role;
mod stock;
mod traces;

use std::process::ExitCode;

use options::Task;
use role::Role;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

fn main() -> ExitCode {
    let task = options::parse(std::env::args().skip(1));
    let name = if let Ok(Task::Serve(role)) = &task { role.name() } else { "checkout" };
    match task.and_then(perform) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{name}: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(task: Task) -> anyhow::Result<()> {
    match task {
        Task::Help => say!("{}", options::HELP),
        Task::Demo(demo) => block_on(demo::run(demo))?,
        Task::Serve(role) => serve(role)?,
    }
    Ok(())
}

/// One of the four services, until it is told to stop.
fn serve(role: Role) -> anyhow::Result<()> {
    // Longer than the runtime, whose end waits for the work that requests have left on its threads.
    let _traced = traced::builder().service_name(role.name()).init()?;
    // Our own log lines, as JSON, with the ids of their trace.
    let lines = tracing_subscriber::fmt::layer().event_format(traced::subscriber::json());
    let ours = Targets::new().with_target(env!("CARGO_CRATE_NAME"), LevelFilter::INFO);
    tracing_subscriber::registry().with(lines.with_filter(ours)).init();
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
