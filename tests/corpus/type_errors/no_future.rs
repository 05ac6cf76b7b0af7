//! No future where one is due: the result type and the body are told apart.
//@ also: E0277

use std::future::Future;

/// No future.
#[shape]
pub fn none(value: u32) -> impl Future<Output = u32> {
    value
}
