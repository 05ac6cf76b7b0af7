//! A set of tasks.

use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};

use tokio::task::AbortHandle;
use traced_core::Context;

/// [`tokio::task::JoinSet`] whose tasks run in the context in which each is spawned. All else is the set's own, by
/// `Deref`.
///
/// ```
/// use traced::task::JoinSet;
/// use traced::{testing, traced};
///
/// #[traced("fetch")]
/// async fn fetch(page: u32) -> u32 {
///     page
/// }
///
/// #[traced("crawl")]
/// async fn crawl() -> u32 {
///     let mut set = JoinSet::new();
///     for page in 1..=2 {
///         set.spawn(fetch(page));
///     }
///     set.join_all().await.into_iter().sum()
/// }
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let spans = testing::capture_async(crawl()).await;
/// assert_eq!((spans.result, spans.len()), (3, 3));
/// # });
/// ```
pub struct JoinSet<T>(tokio::task::JoinSet<T>);

impl<T: 'static> JoinSet<T> {
    /// An empty set.
    #[must_use]
    pub fn new() -> Self {
        Self(tokio::task::JoinSet::new())
    }

    /// Spawns a task in the current context.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn spawn<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.0.spawn(Context::current().instrument(future))
    }

    /// Runs a closure that blocks, on a thread of tokio for such.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn spawn_blocking(&mut self, f: impl FnOnce() -> T + Send + 'static) -> AbortHandle
    where
        T: Send,
    {
        self.0.spawn_blocking(Context::current().wrap(f))
    }

    /// Waits for all tasks; what they returned, in the order of their ends.
    ///
    /// # Panics
    ///
    /// When a task has panicked.
    pub async fn join_all(self) -> Vec<T> {
        self.0.join_all().await
    }

    /// Tokio's own set.
    #[must_use]
    pub fn into_inner(self) -> tokio::task::JoinSet<T> {
        self.0
    }
}

impl<T: 'static> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Deref for JoinSet<T> {
    type Target = tokio::task::JoinSet<T>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl<T> DerefMut for JoinSet<T> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
