//! Row 42: a future in a tuple; spanned as a plain function.

use std::future::Future;

/// A future and a number.
#[shape]
pub fn pair(value: u32) -> (impl Future<Output = u32>, u32) {
    (async move { value }, value)
}

/// A future in a result.
#[shape]
pub fn result(value: u32) -> Result<impl Future<Output = u32>, String> {
    if value == 0 {
        return Err(String::from("zero"));
    }
    Ok(async move { value })
}

/// Futures in a list.
#[shape]
pub fn list(count: u32) -> Vec<impl Future<Output = u32>> {
    (0..count).map(|value| core::future::ready(value)).collect()
}
