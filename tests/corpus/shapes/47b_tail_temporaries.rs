//! Row 47: temporaries in the tail that both editions accept.

use std::sync::Mutex;

/// Locks an argument in the tail.
#[shape]
pub fn locked(values: &Mutex<Vec<u32>>) -> usize {
    values.lock().map_or(0, |values| values.len())
}

/// Matches on a temporary.
#[shape]
pub fn matched(values: &Mutex<Vec<u32>>) -> Option<u32> {
    match values.lock() {
        Ok(values) => values.first().copied(),
        Err(_) => None,
    }
}

/// Matches on a temporary, async.
#[shape]
pub async fn matched_later(values: &Mutex<Vec<u32>>) -> Option<u32> {
    core::future::ready(()).await;
    values.lock().ok().and_then(|values| values.last().copied())
}
