//! Row 46: async recursion.

use std::future::Future;
use std::pin::Pin;

/// Boxed at the call.
#[shape]
pub async fn depth(left: u32) -> u32 {
    if left == 0 {
        return 0;
    }
    Box::pin(depth(left - 1)).await + 1
}

/// Boxed as a `Send` object, the size of its own type unknown.
#[shape]
pub fn object(left: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { if left == 0 { 0 } else { object(left - 1).await + 1 } })
}

/// Boxed without `Send`.
#[shape]
pub async fn fallible(left: u32) -> Result<u32, String> {
    if left > 100 {
        return Err(String::from("too deep"));
    }
    if left == 0 {
        return Ok(0);
    }
    let inner: Pin<Box<dyn Future<Output = Result<u32, String>>>> = Box::pin(fallible(left - 1));
    Ok(inner.await? + 1)
}

/// Two that call each other.
#[shape]
pub async fn even(value: u32) -> bool {
    if value == 0 { true } else { Box::pin(odd(value - 1)).await }
}

/// Two that call each other.
#[shape]
pub async fn odd(value: u32) -> bool {
    if value == 0 { false } else { Box::pin(even(value - 1)).await }
}

/// Asks for `Send`.
pub fn asks() -> impl Send {
    (depth(3), object(3))
}
