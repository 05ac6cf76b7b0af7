//! Row 68: `forbid(unsafe_code)`, and forbidden lints that an expansion might want to allow.
#![forbid(unsafe_code, unused_variables, unused_mut, unreachable_code, dead_code, non_snake_case)]

/// Nothing special.
#[shape]
pub fn plain(value: u32) -> u32 {
    value
}

/// An outcome.
#[shape]
pub fn result(mut values: Vec<u32>) -> Result<u32, String> {
    values.pop().ok_or_else(String::new)
}

/// Async.
#[shape]
pub async fn later(mut values: Vec<u32>) -> Result<u32, String> {
    core::future::ready(()).await;
    values.pop().ok_or_else(String::new)
}

/// A future.
#[shape]
pub fn future(value: u32) -> impl core::future::Future<Output = u32> {
    async move { value }
}

/// Never.
#[shape_without_ret]
pub fn never() -> ! {
    panic!("never")
}
