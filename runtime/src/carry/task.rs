//! Tasks of tokio in the trace of the code that spawns them.
//!
//! A plain `tokio::spawn` starts in no trace: what the task records is lost to the one that spawned it. The functions
//! here have the names and the meaning of tokio's, and carry the current context along.

use std::future::Future;

use tokio::task::JoinHandle;
use traced_core::Context;

pub use self::join_set::JoinSet;

mod join_set;

/// `tokio::spawn` in the current context.
///
/// ```
/// use traced::{task, testing, traced};
///
/// #[traced]
/// async fn notify() {}
///
/// #[traced]
/// async fn order() {
///     task::spawn(notify()).await.unwrap();
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let spans = testing::capture_async(order()).await;
/// assert_eq!(testing::tree(&spans), "order\n  notify\n");
/// # });
/// ```
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    tokio::spawn(Context::current().instrument(future))
}

/// `tokio::task::spawn_local` in the current context.
///
/// # Panics
///
/// Outside of a `LocalSet`.
pub fn spawn_local<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
    tokio::task::spawn_local(Context::current().instrument(future))
}

/// `tokio::task::spawn_blocking` in the current context.
///
/// # Panics
///
/// Outside of a tokio runtime.
pub fn spawn_blocking<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    tokio::task::spawn_blocking(Context::current().wrap(f))
}
