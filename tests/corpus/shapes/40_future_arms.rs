//! Row 40: `match` whose arms box futures, delegation, `poll_fn`.

use std::future::Future;
use std::pin::Pin;
use std::task::Poll;

/// Arms of different types.
#[shape]
pub fn arms(value: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    match value {
        0 => Box::pin(core::future::ready(0)),
        1 => Box::pin(async {
            core::future::ready(()).await;
            1
        }),
        other => Box::pin(async move { other }),
    }
}

/// Delegates.
#[shape]
pub fn delegated(value: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    arms(value)
}

/// Delegates, opaque.
#[shape]
pub fn delegated_opaque(value: u32) -> impl Future<Output = u32> {
    delegated(value)
}

/// A hand-written poll.
#[shape]
pub fn polled(mut left: u32) -> impl Future<Output = u32> {
    core::future::poll_fn(move |context| {
        if left == 0 {
            return Poll::Ready(7);
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
}

/// A named future.
#[shape]
pub fn named(value: u32) -> core::future::Ready<u32> {
    core::future::ready(value)
}

/// `impl IntoFuture`.
#[shape]
pub fn into(value: u32) -> impl core::future::IntoFuture<Output = u32> {
    core::future::ready(value)
}
