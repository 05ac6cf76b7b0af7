//! Row 49: the user's items shadow the prelude and the standard crates.
#![allow(non_camel_case_types, dead_code)]

/// Not std's.
pub mod std {
    /// Nothing.
    pub struct Nothing;
}

/// Not core's.
pub mod core {
    /// Nothing.
    pub struct Nothing;
}

/// Not alloc's.
pub mod alloc {}

/// Not the prelude's.
pub struct Ok;
/// Not the prelude's.
pub struct Err;
/// Not the prelude's.
pub struct Some;
/// Not the prelude's.
pub struct None;
/// Not the prelude's.
pub struct Result;
/// Not the prelude's.
pub struct Option;
/// Not the prelude's.
pub struct Box;
/// Not the prelude's.
pub struct String;
/// Not the prelude's.
pub struct Vec;
/// Not the prelude's.
pub struct Send;
/// Not the prelude's.
pub struct bool;
/// Not the prelude's.
pub struct u32;
/// Not the prelude's.
pub struct str;

/// Nothing special.
#[shape]
pub fn plain(value: i32) -> i32 {
    value + 1
}

/// A result that is none.
#[shape]
pub fn result(_value: Vec) -> Result {
    Result
}

/// A real result.
#[shape]
pub fn real(value: i32) -> ::core::result::Result<i32, ::std::string::String> {
    if value == 0 {
        return ::core::result::Result::Err(::std::string::String::new());
    }
    ::core::result::Result::Ok(value)
}

/// Async.
#[shape]
pub async fn later(value: i32) -> ::core::result::Result<i32, Err> {
    ::core::future::ready(()).await;
    ::core::result::Result::Ok(value)
}

/// A future.
#[shape]
pub fn future(value: i32) -> impl ::core::future::Future<Output = i32> {
    async move { value }
}

/// A boxed future.
#[shape]
pub fn boxed(value: i32) -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = i32>>> {
    ::std::boxed::Box::pin(async move { value })
}
