//! Functions that do not fit the output of what is returned.

use futures_util::future::BoxFuture;
use futures_util::stream::Stream;
use std::future::Future;
use std::pin::Pin;

/// How many.
pub fn length(text: &String) -> usize {
    text.len()
}

/// Nothing can be said of it.
pub struct Opaque;

#[shape(err(with = length))]
pub fn described(value: u32) -> impl Future<Output = Result<u32, Vec<u32>>> {
    async move { if value > 1 { Err(vec![value]) } else { Ok(value) } }
}

#[shape(err(when = length))]
pub fn classified(value: u32) -> BoxFuture<'static, Result<u32, String>> {
    Box::pin(async move { if value > 1 { Err(value.to_string()) } else { Ok(value) } })
}

#[shape(ret("length" = length))]
pub fn returned(value: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    Box::pin(async move { value })
}

#[shape(ret(Display))]
pub fn displayed(value: u32) -> impl Future<Output = Option<Opaque>> {
    async move { (value > 1).then_some(Opaque) }
}

#[shape(err(when = length))]
pub fn items(value: u32) -> impl Stream<Item = Result<u32, u32>> {
    futures_util::stream::iter([Err(value)])
}
