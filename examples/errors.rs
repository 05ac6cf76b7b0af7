//! How functions end: errors of every kind, panics, and futures that nobody waits for any longer.
//!
//! ```text
//! cargo run --example errors
//! ```
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::panic;
use std::time::Duration;

use anyhow::Context as _;
use traced::{ConsoleExporter, traced};

#[derive(Debug, thiserror::Error)]
enum LoadError {
    #[error("{file} cannot be read")]
    Unreadable { file: &'static str, source: std::io::Error },
    #[error("{file} is empty")]
    Empty { file: &'static str },
}

/// An `Err` sets the status of the span, with the messages of its sources.
#[traced(attrs(file))]
fn load(file: &'static str) -> Result<String, LoadError> {
    match std::fs::read_to_string(file) {
        Ok(text) if text.is_empty() => Err(LoadError::Empty { file }),
        Ok(text) => Ok(text),
        Err(source) => Err(LoadError::Unreadable { file, source }),
    }
}

/// Any error type will do.
#[traced]
fn load_settings() -> anyhow::Result<String> {
    load("no/such/settings").context("the program has no settings")
}

/// An error that was handled is an event; the span did not fail.
#[traced]
fn load_or_default() -> String {
    load("no/such/default").unwrap_or_else(|error| {
        traced::record_exception(&error);
        "built in".to_owned()
    })
}

/// An `Err` that is an answer and no failure.
#[traced(err = off)]
fn find(key: &str) -> Result<u32, String> {
    Err(format!("{key} is not known"))
}

/// A panic goes on unwinding; the span says what it said, and where.
#[traced]
fn divide(left: u32, right: u32) -> u32 {
    left / right
}

/// Dropped before it completed.
#[traced]
async fn wait_for_ever() {
    std::future::pending::<()>().await;
}

#[traced]
async fn errors() {
    println!("settings: {:?}", load_settings().map_err(|error| format!("{error:#}")));
    println!("default:  {}", load_or_default());
    println!("find:     {:?}", find("colour"));
    println!("divide:   {:?}", panic::catch_unwind(|| divide(1, 0)).map_err(|_| "panicked"));
    println!("wait:     {:?}", tokio::time::timeout(Duration::from_millis(5), wait_for_ever()).await);
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::builder().exporter(ConsoleExporter::stdout()).init()?;
    errors().await;
    Ok(())
}
