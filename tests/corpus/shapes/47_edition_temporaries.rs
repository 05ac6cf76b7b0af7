//! Row 47: a borrowed temporary in the tail, which edition 2024 drops before the locals.
//@ editions: 2024

use std::cell::RefCell;
use std::sync::Mutex;

/// Locks in the tail.
#[shape]
pub fn locked() -> usize {
    let values = Mutex::new(vec![1, 2, 3]);
    values.lock().unwrap().len()
}

/// Locks in the tail, async.
#[shape]
pub async fn locked_later() -> usize {
    let values = Mutex::new(vec![1, 2, 3]);
    core::future::ready(()).await;
    values.lock().unwrap().len()
}

/// Borrows in the tail, with an outcome.
#[shape]
pub fn borrowed() -> Result<u32, String> {
    let cell = RefCell::new(vec![1_u32]);
    cell.borrow().first().copied().ok_or_else(String::new)
}

/// The same in an inner block.
#[shape]
pub fn inner() -> usize {
    let length = {
        let cell = RefCell::new(String::from("text"));
        cell.borrow().len()
    };
    length + 1
}
