//! Row 41: `Box::pin(async ..);` as a statement of a function that returns nothing.
#![allow(unused_must_use)]

/// Dropped at once.
#[shape_without_ret]
pub fn dropped(value: u32) {
    let _future = Box::pin(async move { value });
}

/// Kept in a list.
#[shape_without_ret]
pub fn kept(list: &mut Vec<std::pin::Pin<Box<dyn std::future::Future<Output = u32>>>>, value: u32) {
    list.push(Box::pin(async move {
        core::future::ready(()).await;
        value
    }));
}

/// The statement itself, whose value is discarded.
#[shape_without_ret]
pub fn statement(value: u32) {
    drop(Box::pin(async move { value }));
    Box::pin(async move { value });
}
