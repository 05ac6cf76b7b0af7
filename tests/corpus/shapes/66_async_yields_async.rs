//! Row 66: an `async fn` that returns a future.

use std::future::Future;

/// Returns a future.
#[shape]
pub async fn opaque(value: u32) -> impl Future<Output = u32> {
    async move { value }
}

/// Returns a named future.
#[shape]
pub async fn named(value: u32) -> core::future::Ready<u32> {
    core::future::ready(())
        .await;
    core::future::ready(value)
}

/// Returns a handle.
#[shape]
pub async fn spawned(value: u32) -> tokio::task::JoinHandle<u32> {
    tokio::spawn(async move { value })
}
