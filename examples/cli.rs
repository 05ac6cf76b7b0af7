//! A command that does its work on all cores: a thread pool in one trace.
//!
//! ```text
//! OTEL_TRACES_EXPORTER=console cargo run --example cli
//! ```
//!
//! `Context::wrap_fn` carries the current span into each call of a closure, whatever thread of the pool makes it.
//! `traced::exit` exports the last spans, which `std::process::exit` does not.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use rayon::prelude::*;
use traced::{Context, attrs, traced};

#[traced(attrs(file.count = files.len()))]
pub(crate) fn count(files: &[&str]) -> usize {
    let words: usize = files.par_iter().map(Context::current().wrap_fn(count_one)).sum();
    attrs!(word.count = words);
    words
}

#[traced(attrs(file.len = text.len()))]
fn count_one(text: &&str) -> usize {
    text.split_whitespace().count()
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let words = count(&["one two", "three", "four five six"]);
    println!("{words} words");
    if words == 0 {
        traced::exit(1);
    }
    Ok(())
}
