//! Row 78: the output of what is returned is known from the signature alone.

use futures_util::StreamExt as _;
use futures_util::stream::{self, Stream};
use std::error::Error;
use std::future::Future;

/// Converted by `?`.
#[shape]
pub fn question_mark(text: String) -> impl Future<Output = Result<u32, Box<dyn Error + Send + Sync>>> + Send {
    async move { Ok(text.parse::<u32>()?) }
}

/// Converted by `into`.
#[shape]
pub fn into(text: &'static str) -> impl Future<Output = String> {
    async move { text.into() }
}

/// Collected.
#[shape]
pub fn collected(count: u32) -> impl Future<Output = Vec<u32>> {
    async move { (0..count).collect() }
}

/// Collected into a result.
#[shape]
pub fn collected_result(texts: Vec<String>) -> impl Future<Output = Result<Vec<u32>, std::num::ParseIntError>> {
    async move { texts.iter().map(|text| text.parse()).collect() }
}

/// Added up.
#[shape]
pub fn sum(count: u64) -> impl Future<Output = u64> {
    async move { (0..count).sum() }
}

/// Parsed.
#[shape]
pub fn parsed(text: String) -> impl Future<Output = Result<u8, std::num::ParseIntError>> {
    async move { text.parse() }
}

/// By default.
#[shape]
pub fn default() -> impl Future<Output = Option<String>> {
    async move { Default::default() }
}

/// Never done.
#[shape]
pub fn never() -> impl Future<Output = ()> {
    async move {
        loop {
            core::future::pending::<()>().await;
        }
    }
}

/// Nothing but an error.
#[shape]
pub fn error() -> impl Future<Output = Result<(), String>> + Send {
    async move { Err("refused".into()) }
}

/// Borrowing.
#[shape]
pub fn borrowing<'a>(text: &'a str) -> impl Future<Output = Result<&'a str, Box<dyn Error>>> + 'a {
    async move {
        let _: u32 = text.parse()?;
        Ok(text)
    }
}

/// Borrowing, without a name for how long.
#[shape]
pub fn borrowing_unnamed(text: &str) -> impl Future<Output = Result<&str, Box<dyn Error>>> {
    async move {
        let _: u32 = text.parse()?;
        Ok(text)
    }
}

/// A part of the output is opaque.
#[shape]
pub fn opaque(count: u32) -> impl Future<Output = Result<impl Iterator<Item = u32>, String>> {
    async move { if count == 0 { Err("none".to_owned()) } else { Ok(0..count) } }
}

/// A generic output.
#[shape]
pub fn generic<T: std::str::FromStr>(text: String) -> impl Future<Output = Result<T, Box<dyn Error>>>
where
    T::Err: Error + 'static,
{
    async move { Ok(text.parse()?) }
}

/// Items converted by `?`.
#[shape_without_ret]
pub fn tried(text: String) -> impl Stream<Item = Result<u32, Box<dyn Error + Send + Sync>>> {
    async_stream::try_stream! {
        let value: u32 = text.parse()?;
        yield value;
    }
}

/// No items.
#[shape_without_ret]
pub fn empty() -> impl Stream<Item = String> {
    stream::empty()
}

/// Items that are parsed.
#[shape_without_ret]
pub fn items(texts: Vec<String>) -> impl Stream<Item = Result<u32, std::num::ParseIntError>> + Send {
    stream::iter(texts).map(|text| text.parse())
}

/// A service as tower has it.
pub trait Service<Request> {
    /// What it answers.
    type Response;
    /// How it fails.
    type Error;

    /// Answers.
    fn call(&self, request: Request) -> impl Future<Output = Result<Self::Response, Self::Error>> + Send;
}

/// Counts.
pub struct Length;

#[shape_impl]
impl Service<String> for Length {
    type Response = u32;
    type Error = Box<dyn Error + Send + Sync>;

    #[shape]
    fn call(&self, request: String) -> impl Future<Output = Result<Self::Response, Self::Error>> + Send {
        async move { Ok(request.len().try_into()?) }
    }
}
