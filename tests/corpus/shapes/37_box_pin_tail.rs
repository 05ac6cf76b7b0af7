//! Row 37: a trailing `Box::pin(async move ..)`.

use std::future::Future;
use std::pin::Pin;

/// Only the tail.
#[shape]
pub fn tail(value: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { value + 1 })
}

/// Borrows, without `move`.
#[shape]
pub fn borrowing<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = Result<u32, std::num::ParseIntError>> + 'a>> {
    Box::pin(async {
        core::future::ready(()).await;
        text.parse()
    })
}

/// Elided, a method.
pub struct Reader(pub String);

#[shape_impl]
impl Reader {
    /// Borrows `self`.
    #[shape]
    pub fn read(&self) -> Pin<Box<dyn Future<Output = &str> + Send + '_>> {
        Box::pin(async move { self.0.as_str() })
    }
}

/// An opaque one with a trailing block.
#[shape]
pub fn opaque(value: u32) -> impl Future<Output = u32> {
    async move {
        core::future::ready(()).await;
        value
    }
}

/// An opaque one that borrows.
#[shape]
pub fn opaque_borrowing(text: &str) -> impl Future<Output = usize> + Send + '_ {
    async move { text.len() }
}
