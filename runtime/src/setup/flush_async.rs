//! A flush that blocks nobody.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::error::FlushError;
use super::init::flush;

/// Waits until every span that ended before this call, on any thread, is exported; the same as [`flush`], for async
/// code. It needs no runtime, and begins at once: dropping the future only ends the waiting.
///
/// A short-lived thread waits meanwhile, so that the time is kept even if an exporter hangs.
///
/// # Errors
///
/// As [`flush`]; when no thread can be started, as if the time were over.
///
/// ```
/// # use std::time::Duration;
/// # async fn invocation() {
/// if let Err(error) = traced::flush_async(Duration::from_secs(2)).await {
///     eprintln!("{error}");
/// }
/// # }
/// ```
pub fn flush_async(timeout: Duration) -> Flushing {
    let shared = Arc::new(Mutex::new(Shared::default()));
    let done = Arc::clone(&shared);
    let wait = move || {
        let result = flush(timeout);
        let waker = {
            let mut shared = done.lock().unwrap_or_else(PoisonError::into_inner);
            shared.result = Some(result);
            shared.waker.take()
        };
        waker.into_iter().for_each(Waker::wake);
    };
    let started = std::thread::Builder::new().name("traced-flush".to_owned()).spawn(wait);
    if started.is_err() {
        shared.lock().unwrap_or_else(PoisonError::into_inner).result = Some(flush(Duration::ZERO));
    }
    Flushing { shared }
}

/// The future of [`flush_async`].
#[must_use = "the flush goes on without it, but nobody waits for its end"]
#[derive(Debug)]
pub struct Flushing {
    shared: Arc<Mutex<Shared>>,
}

#[derive(Debug, Default)]
struct Shared {
    result: Option<Result<(), FlushError>>,
    waker: Option<Waker>,
}

impl Future for Flushing {
    type Output = Result<(), FlushError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        match shared.result {
            Some(result) => Poll::Ready(result),
            None => {
                shared.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
