//! Row 8: `async fn` in traits, and a method declared as `-> impl Future + Send`.
#![allow(async_fn_in_trait)]

use std::future::Future;

/// Loads.
#[shape_impl]
pub trait Load {
    /// Declared async.
    async fn load(&self, key: &str) -> u32;

    /// A default body.
    #[shape]
    async fn load_twice(&self, key: &str) -> u32 {
        self.load(key).await + self.load(key).await
    }

    /// Declared as a future that is `Send`.
    fn fetch(&self, key: u32) -> impl Future<Output = u32> + Send;
}

/// Loads lengths.
pub struct Lengths;

#[shape_impl]
impl Load for Lengths {
    #[shape]
    async fn load(&self, key: &str) -> u32 {
        core::future::ready(()).await;
        u32::try_from(key.len()).unwrap_or(u32::MAX)
    }

    #[shape]
    async fn fetch(&self, key: u32) -> u32 {
        core::future::ready(()).await;
        key + 1
    }
}

/// Another, with the method's signature kept.
pub struct Twice;

#[shape_impl]
impl Load for Twice {
    #[shape]
    async fn load(&self, key: &str) -> u32 {
        self.fetch(0).await + u32::from(key.is_empty())
    }

    #[shape]
    fn fetch(&self, key: u32) -> impl Future<Output = u32> + Send {
        async move { key * 2 }
    }
}
