//! Row 38: a future bound first, then boxed; `.boxed()` and the aliases.

use futures_util::FutureExt as _;
use futures_util::future::{BoxFuture, LocalBoxFuture};
use std::future::Future;
use std::pin::Pin;

/// Bound first.
#[shape]
pub fn bound(value: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    let future = async move {
        core::future::ready(()).await;
        value
    };
    Box::pin(future)
}

/// By the extension method.
#[shape]
pub fn boxed(value: u32) -> BoxFuture<'static, Result<u32, String>> {
    async move {
        core::future::ready(()).await;
        if value == 0 { Err(String::from("zero")) } else { Ok(value) }
    }
    .boxed()
}

/// By the extension method, bound first, borrowing.
#[shape]
pub fn boxed_borrowing(text: &str) -> BoxFuture<'_, usize> {
    let future = async move { text.len() };
    future.boxed()
}

/// Not `Send`.
#[shape]
pub fn local(text: std::rc::Rc<str>) -> LocalBoxFuture<'static, usize> {
    async move {
        core::future::ready(()).await;
        text.len()
    }
    .boxed_local()
}

/// A combinator.
#[shape]
pub fn mapped(value: u32) -> impl Future<Output = String> {
    core::future::ready(value).map(|value| value.to_string())
}
