//! Row 5: every kind of receiver.

use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;

/// A thing with methods.
#[derive(Clone, Debug)]
pub struct Thing {
    /// How many.
    pub count: u32,
}

#[shape_impl]
impl Thing {
    /// By value, changed.
    #[shape]
    pub fn bumped(mut self) -> Self {
        self.count += 1;
        self
    }

    /// By value, changed, async.
    #[shape]
    pub async fn bumped_later(mut self) -> Self {
        core::future::ready(()).await;
        self.count += 1;
        self
    }

    /// Pinned.
    #[shape]
    pub fn pinned(mut self: Pin<&mut Self>) -> u32 {
        self.count += 1;
        self.count
    }

    /// Pinned, async.
    #[shape]
    pub async fn pinned_later(self: Pin<&mut Self>) -> u32 {
        core::future::ready(()).await;
        self.count
    }

    /// Boxed.
    #[shape]
    pub fn boxed(self: Box<Self>) -> u32 {
        self.count
    }

    /// Counted.
    #[shape]
    pub fn counted(self: Rc<Self>) -> u32 {
        self.count
    }

    /// Behind a reference to an `Arc`, async.
    #[shape]
    pub async fn shared(self: &Arc<Self>) -> u32 {
        let held = Arc::clone(self);
        core::future::ready(()).await;
        held.count
    }

    /// An explicit type for `self`.
    #[shape]
    pub fn explicit(self: &Self, other: &Self) -> bool {
        self.count == other.count
    }

    /// No receiver.
    #[shape]
    pub fn new(count: u32) -> Self {
        Self { count }
    }
}
