//! Row 50: no prelude at all.
#![no_implicit_prelude]

/// Nothing special.
#[shape]
pub fn plain(value: i32) -> i32 {
    value + 1
}

/// An outcome.
#[shape]
pub fn result(value: i32) -> ::core::result::Result<i32, ::std::string::String> {
    if value == 0 {
        return ::core::result::Result::Err(::std::string::String::new());
    }
    ::core::result::Result::Ok(value)
}

/// Async.
#[shape]
pub async fn later(value: i32, text: ::std::string::String) -> ::core::result::Result<usize, ()> {
    ::core::future::ready(()).await;
    if value == 0 {
        return ::core::result::Result::Err(());
    }
    ::core::result::Result::Ok(text.len())
}

/// A type.
pub struct Thing;

#[shape_impl]
impl Thing {
    /// A method.
    #[shape]
    pub fn method(&self, value: &str) -> usize {
        value.len()
    }

    /// A future.
    #[shape]
    pub fn future(&self, value: i32) -> impl ::core::future::Future<Output = i32> + use<> {
        async move { value }
    }
}
