//! Row 68: a crate without the standard library.
//@ crate: no_std
//@ solo

extern crate alloc;

use alloc::boxed::Box;
use alloc::string::String;
use core::future::Future;
use core::pin::Pin;

/// Nothing special.
#[shape]
pub fn plain(value: u32) -> u32 {
    value + 1
}

/// An outcome.
#[shape]
pub fn result(text: &str) -> Result<u32, core::num::ParseIntError> {
    let value = text.parse()?;
    Ok(value)
}

/// Async.
#[shape]
pub async fn later(text: String) -> Result<u32, core::num::ParseIntError> {
    core::future::ready(()).await;
    text.parse()
}

/// A boxed future.
#[shape]
pub fn boxed(value: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { value })
}
