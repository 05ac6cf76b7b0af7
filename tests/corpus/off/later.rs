//! Asynchronous functions, and a caller that polls them, so that their bodies are compiled.

use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Nothing else.
#[shape]
pub async fn plain(value: u32) -> u32 {
    wait().await;
    value.wrapping_mul(3)
}

/// An outcome, and captured arguments.
#[shape(attrs(value, text.length = text.len()), args)]
pub async fn captured(value: u32, text: String) -> Result<u32, String> {
    wait().await;
    if value == 0 { Err(text) } else { Ok(value) }
}

/// Attributes and events in the body.
#[shape(kind = consumer)]
pub async fn late(value: u32) -> Option<u32> {
    ::traced::attrs!(value = value); //@ annotated
    wait().await;
    ::traced::event!("waited", value = value); //@ annotated
    value.checked_sub(1)
}

/// A future that is returned.
#[shape(attrs(value))]
pub fn returned(value: u32) -> Pin<Box<dyn Future<Output = u32> + Send>> {
    if value == 0 {
        return Box::pin(std::future::ready(1));
    }
    Box::pin(async move { value })
}

/// Pending for ever, so that something is left to poll.
fn wait() -> std::future::Pending<()> {
    std::future::pending()
}

/// Polls each once.
pub fn poll(value: u32) -> u32 {
    let mut context = Context::from_waker(Waker::noop());
    let mut ready = 0;
    ready += u32::from(pin!(plain(value)).poll(&mut context).is_ready());
    ready += u32::from(pin!(captured(value, String::new())).poll(&mut context).is_ready());
    ready += u32::from(pin!(late(value)).poll(&mut context).is_ready());
    match pin!(returned(value)).poll(&mut context) {
        Poll::Ready(value) => ready + value,
        Poll::Pending => ready,
    }
}
