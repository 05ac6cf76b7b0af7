//! The same in functions that return futures; the messages name the type that wraps the future. Where `ret` looks at the
//! output that the signature names, a future with another one is wrong twice.
//@ reworded
//@ also-ret: E0271 E0631

use std::future::Future;
use std::pin::Pin;

/// A future of the wrong type.
#[shape]
pub fn opaque(value: u32) -> impl Future<Output = String> {
    async move { value }
}

/// A boxed future of the wrong type.
#[shape]
pub fn boxed(value: u32) -> Pin<Box<dyn Future<Output = String> + Send>> {
    Box::pin(async move { value })
}

/// Not boxed.
#[shape]
pub fn unboxed(value: u32) -> Pin<Box<dyn Future<Output = u32>>> {
    async move { value }
}
