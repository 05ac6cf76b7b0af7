//! Row 79: boxed futures and streams that the function has already, and hands out.

use futures_util::future::BoxFuture;
use futures_util::stream::{BoxStream, Stream};
use std::future::Future;
use std::pin::Pin;

/// One that is ready to go.
pub struct Kept<T> {
    future: Pin<Box<dyn Future<Output = T> + Send>>,
}

#[shape_impl]
impl<T> Kept<T> {
    /// Hands it out.
    #[shape]
    pub fn take(self) -> Pin<Box<dyn Future<Output = T> + Send>> {
        self.future
    }

    /// Or another one.
    #[shape]
    pub fn replace(&mut self, other: Pin<Box<dyn Future<Output = T> + Send>>) -> Pin<Box<dyn Future<Output = T> + Send>> {
        std::mem::replace(&mut self.future, other)
    }
}

/// A parameter of its own.
#[shape]
pub fn same<T>(future: Pin<Box<dyn Future<Output = Result<T, String>>>>) -> Pin<Box<dyn Future<Output = Result<T, String>>>> {
    future
}

/// A parameter that may be borrowed, named.
#[shape]
pub fn same_alias<T>(future: BoxFuture<'static, T>) -> BoxFuture<'static, T> {
    future
}

/// A lifetime in the output.
#[shape]
pub fn lifetime<'a>(future: Pin<Box<dyn Future<Output = &'a str>>>) -> Pin<Box<dyn Future<Output = &'a str>>> {
    future
}

/// A stream.
#[shape_without_ret]
pub fn stream<T>(stream: Pin<Box<dyn Stream<Item = T> + Send>>) -> Pin<Box<dyn Stream<Item = T> + Send>> {
    stream
}

/// A stream by the alias.
#[shape_without_ret]
pub fn stream_alias<T>(stream: BoxStream<'static, T>) -> BoxStream<'static, T> {
    stream
}

/// What outlives everything is spanned to its end.
#[shape]
pub fn made<T: Send + 'static>(value: T) -> Pin<Box<dyn Future<Output = T> + Send>> {
    Box::pin(async move { value })
}

/// Not pinned.
#[shape]
pub fn not_pinned(value: u32) -> Box<dyn Future<Output = u32>> {
    Box::new(async move { value })
}

/// Not pinned, `Send`, borrowing.
#[shape]
pub fn not_pinned_borrowing<'a>(text: &'a str) -> Box<dyn Future<Output = usize> + Send + 'a> {
    Box::new(async move { text.len() })
}

/// Not pinned, but can be moved.
#[shape]
pub fn unpin(value: u32) -> Box<dyn Future<Output = u32> + Send + Unpin> {
    Box::new(core::future::ready(value))
}

/// A stream that is not pinned.
#[shape_without_ret]
pub fn stream_not_pinned(count: u32) -> Box<dyn Stream<Item = u32>> {
    Box::new(async_stream::stream! {
        for value in 0..count {
            yield value;
        }
    })
}
