//! The current span, taken along into tasks and threads.
//!
//! ```text
//! cargo run --example spawn
//! ```
//!
//! `#[traced]` keeps its span current over every `.await` and in everything that is awaited. What is handed to somebody
//! else to run (a task, a thread, a pool) takes its context along by one call.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::thread;
use std::time::Duration;

use traced::{ConsoleExporter, Context, traced};

#[traced]
async fn report() -> Result<u32, tokio::task::JoinError> {
    // A task: its spans become children of `report`.
    let prices = tokio::spawn(Context::current().instrument(fetch("prices")));
    // Nothing to do for what is awaited here, alone or together.
    let (stock, sales) = tokio::join!(fetch("stock"), fetch("sales"));
    // A thread for blocking work.
    let sum = tokio::task::spawn_blocking(Context::current().wrap(move || add(stock, sales))).await?;
    Ok(sum + prices.await?)
}

#[traced(kind = client, attrs(table))]
async fn fetch(table: &'static str) -> u32 {
    tokio::time::sleep(Duration::from_millis(3)).await;
    u32::try_from(table.len()).unwrap_or(u32::MAX)
}

#[traced]
fn add(left: u32, right: u32) -> u32 {
    // A scoped thread that borrows.
    let context = Context::current();
    thread::scope(|scope| {
        let doubled = scope.spawn(context.wrap(|| double(&left)));
        doubled.join().unwrap_or_default() + right
    })
}

#[traced]
fn double(number: &u32) -> u32 {
    number * 2
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::builder().exporter(ConsoleExporter::stdout()).init()?;
    println!("the report says {}", report().await?);
    Ok(())
}
