//! Formatting what is recorded: the program did not ask for it, so that it starts no spans, and nothing that goes wrong
//! there is the program's to see.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static IS_FORMATTING: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is formatting what is recorded.
#[inline(always)]
pub(crate) fn is_formatting() -> bool {
    IS_FORMATTING.get()
}

/// What `format` returns; `None` when it panics. No spans start meanwhile.
pub(crate) fn formatting<R>(format: impl FnOnce() -> R) -> Option<R> {
    let was_formatting = IS_FORMATTING.replace(true);
    let result = catch_unwind(AssertUnwindSafe(format));
    IS_FORMATTING.set(was_formatting);
    result.ok()
}
