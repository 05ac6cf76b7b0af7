//! Row 43: streams, opaque, boxed and by `async_stream`.

use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream, LocalBoxStream, Stream};
use std::pin::Pin;

/// Opaque.
#[shape_without_ret]
pub fn opaque(count: u32) -> impl Stream<Item = u32> {
    stream::iter(0..count).filter(|value| core::future::ready(value % 2 == 0))
}

/// Opaque, borrowing, early return is impossible, a condition is not.
#[shape_without_ret]
pub fn borrowing<'a>(values: &'a [u32], skip: &usize) -> impl Stream<Item = &'a u32> + use<'a> {
    stream::iter(values.iter().skip(*skip))
}

/// Boxed by hand.
#[shape_without_ret]
pub fn boxed(count: u32) -> Pin<Box<dyn Stream<Item = Result<u32, String>> + Send>> {
    if count == 0 {
        return Box::pin(stream::once(async { Err(String::from("none")) }));
    }
    Box::pin(stream::iter(0..count).map(|value| Result::Ok(value)))
}

/// Boxed by the extension method.
#[shape_without_ret]
pub fn boxed_alias(count: u32) -> BoxStream<'static, u32> {
    stream::iter(0..count).boxed()
}

/// Not `Send`.
#[shape_without_ret]
pub fn local(text: std::rc::Rc<str>) -> LocalBoxStream<'static, usize> {
    stream::once(async move { text.len() }).boxed_local()
}

/// By the macro.
#[shape_without_ret]
pub fn generated(count: u32) -> impl Stream<Item = u32> {
    async_stream::stream! {
        for value in 0..count {
            core::future::ready(()).await;
            yield value;
        }
    }
}

/// By the macro, failing.
#[shape_without_ret]
pub fn failing(text: String) -> impl Stream<Item = Result<u32, std::num::ParseIntError>> + Send {
    async_stream::try_stream! {
        let value: u32 = text.parse()?;
        yield value;
    }
}
