//! Row 10: default methods of an `async_trait` trait.

use async_trait::async_trait;

/// A job.
#[shape_impl]
#[async_trait]
pub trait Job {
    /// A default body with a `mut` argument.
    #[shape]
    async fn run(&self, mut times: u32) -> u32 {
        while times > 2 {
            times -= 1;
            core::future::ready(()).await;
        }
        times
    }

    /// Only for sized ones.
    #[shape]
    async fn finish(mut self) -> bool
    where
        Self: Sized + Send + Sync,
    {
        self.reset();
        core::future::ready(true).await
    }

    /// Starts again.
    fn reset(&mut self);
}

/// Never stops.
pub struct Endless;

impl Job for Endless {
    fn reset(&mut self) {}
}
