//! Which exporter this thread works for, so that it does not wait for itself.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use super::queue::ExportQueue;

thread_local! {
    static OWN: RefCell<Weak<ExportQueue>> = const { RefCell::new(Weak::new()) };
}

/// From here on this is the thread of the queue's exporter.
pub(super) fn works_for(queue: &Arc<ExportQueue>) {
    OWN.set(Arc::downgrade(queue));
}

/// Whether this is the thread of the queue's exporter: in a call of it, or in the hook of its panic.
pub(super) fn is_for(queue: &Arc<ExportQueue>) -> bool {
    OWN.try_with(|own| std::ptr::eq(own.borrow().as_ptr(), Arc::as_ptr(queue))).unwrap_or(false)
}
