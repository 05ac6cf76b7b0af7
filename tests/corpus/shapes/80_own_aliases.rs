//! Row 80: types of the user's own that are called as the aliases of `futures` are.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// A future of the user's own.
pub struct BoxFuture<'a, T>(Pin<Box<dyn Future<Output = T> + 'a>>);

impl<T> Future for BoxFuture<'_, T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        self.0.as_mut().poll(cx)
    }
}

/// Returns one.
#[shape]
pub fn future(value: u32) -> BoxFuture<'static, Result<u32, String>> {
    if value == 0 {
        return BoxFuture(Box::pin(async { Err(String::from("none")) }));
    }
    BoxFuture(Box::pin(async move { Ok(value) }))
}

/// Returns one that borrows.
#[shape]
pub fn borrowing(text: &str) -> BoxFuture<'_, usize> {
    BoxFuture(Box::pin(async move { text.len() }))
}

/// Something of the user's own that is no stream at all.
#[derive(Debug)]
pub struct BoxStream(pub Vec<u8>);

/// Returns one.
#[shape_without_ret]
pub fn stream() -> BoxStream {
    BoxStream(vec![1])
}

/// An alias with fewer parameters.
pub mod sdk {
    use std::future::Future;

    /// It does not borrow.
    pub type BoxFuture<T> = std::pin::Pin<Box<dyn Future<Output = T> + Send>>;
    /// It says all.
    pub type LocalBoxFuture = std::pin::Pin<Box<dyn Future<Output = Result<(), String>>>>;
}

/// Returns one.
#[shape]
pub fn alias(text: String) -> sdk::BoxFuture<Result<u32, std::num::ParseIntError>> {
    Box::pin(async move { text.parse() })
}

/// Returns the other one.
#[shape]
pub fn full_alias() -> sdk::LocalBoxFuture {
    Box::pin(async move { Err("none".into()) })
}
