//! Threads in the trace of the code that starts them.
//!
//! For threads of a scope or a pool, wrap the closure: [`Context::wrap`], or [`Context::wrap_fn`] for one that is called
//! often, such as that of rayon's `par_iter().map(..)`.
//!
//! ```
//! use traced::{Context, attrs, testing, traced};
//!
//! #[traced]
//! fn sum(numbers: &[u32]) -> u32 {
//!     let (left, right) = numbers.split_at(numbers.len() / 2);
//!     std::thread::scope(|scope| {
//!         let right = scope.spawn(Context::current().wrap(|| {
//!             attrs!(right.len = right.len());
//!             right.iter().sum::<u32>()
//!         }));
//!         left.iter().sum::<u32>() + right.join().unwrap()
//!     })
//! }
//!
//! let spans = testing::capture(|| assert_eq!(sum(&[1, 2, 3]), 6));
//! assert!(spans[0].view().attributes().get("right.len").is_some());
//! ```

use std::thread::JoinHandle;

use traced_core::Context;

/// [`std::thread::spawn`] in the current context: spans there are children of the current span, and what is said about
/// the current span there reaches it while it is open.
///
/// ```
/// use traced::{testing, thread, traced};
///
/// #[traced]
/// fn check() {}
///
/// #[traced]
/// fn import() {
///     thread::spawn(check).join().unwrap();
/// }
///
/// let spans = testing::capture(import);
/// assert_eq!(testing::tree(&spans), "import\n  check\n");
/// ```
///
/// # Panics
///
/// When the operating system cannot start a thread.
pub fn spawn<R: Send + 'static>(f: impl FnOnce() -> R + Send + 'static) -> JoinHandle<R> {
    std::thread::spawn(Context::current().wrap(f))
}
