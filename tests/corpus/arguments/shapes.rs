//! Functions that do not return what the arguments say.

use std::future::Ready;
use std::pin::Pin;

/// A future, but in no box.
pub type Unboxed = Ready<u32>;

/// A future, in its box.
pub type Boxed<'a> = Pin<Box<dyn Future<Output = u32> + Send + 'a>>;

#[shape(future)]
pub fn no_future(value: u32) -> u32 {
    value
}

#[shape(stream)]
pub fn no_stream(value: u32) -> Option<u32> {
    Some(value)
}

#[shape(future)]
pub fn unboxed(value: u32) -> Unboxed {
    core::future::ready(value)
}

#[shape(future)]
pub fn boxed(value: &u32) -> Boxed<'_> {
    Box::pin(async move { *value })
}

#[shape(stream)]
pub fn a_future(value: &u32) -> Boxed<'_> {
    Box::pin(async move { *value })
}
