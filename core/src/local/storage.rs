//! What a thread owns.

use std::cell::{Cell, RefCell, RefMut};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::stack::Stack;
use crate::handoff::outbox;
use crate::process::enabled::ENABLED;
use crate::tracer::provider::{CachedDefault, Provider};
use crate::wire::site::Site;

thread_local! {
    static LOCAL: Local = const { Local::new() };
}

/// Everything this thread owns.
pub(crate) struct Local {
    stack: RefCell<Stack>,
    default: Cell<CachedDefault>,
    scratch: Cell<Vec<u8>>,
    /// Whether what is recorded is being formatted.
    is_formatting: Cell<bool>,
}

impl Local {
    const fn new() -> Self {
        Self {
            stack: RefCell::new(Stack::EMPTY),
            default: Cell::new(CachedDefault::EMPTY),
            scratch: Cell::new(Vec::new()),
            is_formatting: Cell::new(false),
        }
    }

    /// Runs `use_stack` with the stack borrowed. `None` in the rare case that it is borrowed already, as in a signal
    /// handler or an allocator that traces.
    #[inline(always)]
    pub(crate) fn with_stack<R>(&self, use_stack: impl FnOnce(&mut Stack) -> R) -> Option<R> {
        self.stack.try_borrow_mut().ok().map(|mut stack| use_stack(&mut stack))
    }

    /// The stack, borrowed; `None` as for [`with_stack`](Self::with_stack).
    #[inline]
    pub(crate) fn stack_mut(&self) -> Option<RefMut<'_, Stack>> {
        self.stack.try_borrow_mut().ok()
    }

    /// Whether no span is to start, since what is recorded is being formatted.
    #[inline(always)]
    pub(crate) fn is_formatting(&self) -> bool {
        self.is_formatting.get()
    }

    /// The default provider.
    #[inline]
    pub(crate) fn default_provider(&self) -> Option<&'static Provider> {
        let cached = self.default.get().refreshed();
        self.default.set(cached);
        cached.provider()
    }

    /// Runs `encode` with an empty buffer that keeps its memory between calls. Nothing is borrowed meanwhile.
    #[inline(always)]
    pub(crate) fn with_scratch<R>(&self, encode: impl FnOnce(&mut Vec<u8>) -> R) -> R {
        const KEPT: usize = 4096;
        let mut scratch = self.scratch.take();
        scratch.clear();
        let result = encode(&mut scratch);
        if scratch.capacity() <= KEPT {
            self.scratch.set(scratch);
        }
        result
    }
}

/// Formats what is recorded: the program did not ask for it, so that no span starts meanwhile.
pub(crate) fn quietly<R>(format: impl FnOnce() -> R) -> R {
    let _loud_again = Quiet(with_local(|local| local.is_formatting.replace(true)).unwrap_or_default());
    format()
}

/// What `format` returns, as [`quietly`] runs it; `None` when it panics, which is not the program's to see.
pub(crate) fn quietly_caught<R>(format: impl FnOnce() -> R) -> Option<R> {
    catch_unwind(AssertUnwindSafe(|| quietly(format))).ok()
}

/// Whether the thread was formatting before.
struct Quiet(bool);

impl Drop for Quiet {
    #[inline]
    fn drop(&mut self) {
        with_local(|local| local.is_formatting.set(self.0));
    }
}

/// Runs `use_local` with this thread's storage; `None` when the thread is past its end.
#[inline(always)]
pub(crate) fn with_local<R>(use_local: impl FnOnce(&Local) -> R) -> Option<R> {
    if ENABLED { LOCAL.try_with(use_local).ok() } else { None }
}

/// The same for the end of a recording span, which is counted as lost when there is no storage any more.
#[inline]
pub(crate) fn with_local_or_count<R>(site: u32, use_local: impl FnOnce(&Local) -> R) -> Option<R> {
    let result = with_local(use_local);
    if result.is_none() && ENABLED {
        outbox::count_dropped_at_thread_exit(site);
    }
    result
}

/// The call sites of the recording spans that are open on this thread.
pub fn open_sites() -> Vec<&'static Site> {
    let sites = |stack: &mut Stack| {
        let recording = stack.frames_mut().filter(|frame| frame.is_recording());
        recording.filter_map(|frame| frame.identity.site).collect()
    };
    with_local(|local| local.with_stack(sites)).flatten().unwrap_or_default()
}

/// In a forked child: new ids, a new outbox, and the open spans are the parent's.
pub fn forget_inherited() {
    with_local(|local| local.with_stack(Stack::forget_inherited));
}
