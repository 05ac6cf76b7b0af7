//! Row 30: `Option`, `Poll<Result>`, and other things that are no plain `Result`.

use std::ops::ControlFlow;
use std::task::Poll;

/// Optional.
#[shape]
pub fn optional(values: &[u32]) -> Option<u32> {
    let first = values.first()?;
    Some(first + 1)
}

/// Ready or not.
#[shape]
pub fn poll(value: u32) -> Poll<Result<u32, String>> {
    match value {
        0 => Poll::Pending,
        1 => Poll::Ready(Err(String::from("one"))),
        other => Poll::Ready(Ok(other)),
    }
}

/// Optional and failing.
#[shape]
pub async fn both(value: u32) -> Option<Result<u32, String>> {
    core::future::ready(()).await;
    Some(Ok(value))
}

/// Goes on or stops.
#[shape]
pub fn flow(value: u32) -> ControlFlow<u32> {
    if value > 3 { ControlFlow::Break(value) } else { ControlFlow::Continue(()) }
}

/// Results within a result.
#[shape]
pub fn nested(value: u32) -> Result<Result<u32, String>, String> {
    Ok(Err(value.to_string()))
}
