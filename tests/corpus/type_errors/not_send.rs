//! A future that must be `Send` and is not.

/// Asks for `Send`.
fn send<T: Send>(_value: T) {}

/// Holds what is not `Send`.
#[shape]
pub async fn held(text: std::rc::Rc<str>) -> usize {
    core::future::ready(()).await;
    text.len()
}

/// Asks.
pub fn asks() {
    send(held("x".into()));
}

/// Not `Send`, though it says so.
#[shape]
pub fn says(text: std::rc::Rc<str>) -> core::pin::Pin<Box<dyn core::future::Future<Output = usize> + Send>> {
    Box::pin(async move { text.len() })
}
