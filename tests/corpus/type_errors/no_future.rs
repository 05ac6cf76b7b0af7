//! No future where one is due.

use std::future::Future;

/// No future.
#[shape]
pub fn none(value: u32) -> impl Future<Output = u32> {
    value
}
