//! Row 32: the same in an `async fn`.

use std::future::Future;
use std::pin::Pin;

/// A future in a result.
#[shape]
pub async fn future(value: u32) -> Result<Pin<Box<dyn Future<Output = u32> + Send>>, String> {
    if value == 0 {
        return Err(String::from("zero"));
    }
    core::future::ready(()).await;
    Ok(Box::pin(async move { value + 1 }))
}

/// Two futures of different types.
#[shape]
pub async fn either(flag: bool) -> Pin<Box<dyn Future<Output = u32>>> {
    if flag { Box::pin(async { 1 }) } else { Box::pin(core::future::ready(2)) }
}

/// A boxed closure.
#[shape]
pub async fn closure(step: u32) -> Box<dyn Fn(u32) -> u32 + Send + Sync> {
    core::future::ready(()).await;
    Box::new(move |value| value + step)
}

/// A type.
pub struct Loader;

#[shape_impl]
impl Loader {
    /// A trait object that borrows.
    #[shape]
    pub async fn object<'a>(&'a self, name: &'a str) -> Result<Box<dyn std::fmt::Display + 'a>, ()> {
        core::future::ready(()).await;
        Ok(Box::new(name))
    }
}
