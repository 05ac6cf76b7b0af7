//! Row 45: `Send` where the bare future is, and arguments that are not where nothing asks for it.

use std::rc::Rc;

/// Held across a yield.
#[shape]
pub async fn held(text: String, values: Vec<u32>) -> usize {
    let part = text.as_str();
    tokio::task::yield_now().await;
    part.len() + values.len()
}

/// With an outcome.
#[shape]
pub async fn fallible(text: String) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    tokio::task::yield_now().await;
    let value: usize = text.parse()?;
    Ok(value)
}

/// Not `Send`: its argument is not, and nothing asks.
#[shape]
pub async fn local(text: Rc<str>) -> usize {
    tokio::task::yield_now().await;
    text.len()
}

/// Generic: `Send` when `T` is.
#[shape]
pub async fn generic<T: Clone>(value: T) -> (T, T) {
    tokio::task::yield_now().await;
    (value.clone(), value)
}

/// An error that is not `Send`, not held across a yield.
#[shape]
pub async fn local_error(text: String) -> Result<usize, Rc<str>> {
    tokio::task::yield_now().await;
    text.parse().map_err(|_| Rc::from("no"))
}

/// Asks for `Send`.
fn send<T: Send>(value: T) -> T {
    value
}

/// Spawns them.
pub async fn spawn() -> usize {
    let first = tokio::spawn(held(String::new(), Vec::new()));
    let second = tokio::spawn(async { fallible(String::new()).await.unwrap_or(0) });
    let _third = send(generic(1));
    let local = local(Rc::from("x")).await;
    first.await.unwrap_or(0) + second.await.unwrap_or(0) + local
}
