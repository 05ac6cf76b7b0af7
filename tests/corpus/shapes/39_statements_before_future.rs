//! Row 39: statements and an early return before the tail.

use std::future::Future;
use std::pin::Pin;

/// Returns early, with another future.
#[shape]
pub fn early(value: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    let doubled = value * 2;
    if doubled == 0 {
        return Box::pin(async { 0 });
    }
    let text = doubled.to_string();
    Box::pin(async move {
        core::future::ready(()).await;
        text.len() as u32 + doubled
    })
}

/// Opaque, with statements.
#[shape]
pub fn statements(mut values: Vec<u32>) -> impl Future<Output = usize> + Send {
    values.sort_unstable();
    let count = values.len();
    async move {
        core::future::ready(()).await;
        count + values.len()
    }
}

/// Opaque, with an inner function and `?`-free checks.
#[shape]
pub fn inner(value: u32) -> impl Future<Output = Result<u32, String>> {
    async fn run(value: u32) -> Result<u32, String> {
        core::future::ready(()).await;
        Ok(value)
    }
    assert!(value < 1_000, "too big");
    run(value)
}
