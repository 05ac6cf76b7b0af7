//! What a case did, in order, and in which span each thing happened.

use std::cell::RefCell;
use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use traced::SpanId;

thread_local! {
    static LOG: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

/// One thing that happened.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) what: String,
    pub(crate) span: SpanId,
}

/// A function to call, whose span has its name.
#[derive(Clone, Copy)]
pub(crate) struct Case {
    pub(crate) name: &'static str,
    /// Calls it and returns its result as text.
    pub(crate) run: fn() -> String,
}

/// A future's size, with the size of its arguments and how many annotated functions it is made of.
pub(crate) struct Size {
    pub(crate) name: &'static str,
    pub(crate) bytes: usize,
    pub(crate) arguments: usize,
    pub(crate) layers: usize,
    pub(crate) is_send: bool,
    pub(crate) is_unwind_safe: bool,
    pub(crate) is_ref_unwind_safe: bool,
}

/// Notes that something happens now.
pub(crate) fn note(what: impl Into<String>) {
    let span = traced::current().span_context().span_id();
    LOG.with_borrow_mut(|log| log.push(Entry { what: what.into(), span }));
}

/// Empties the log.
pub(crate) fn take() -> Vec<Entry> {
    LOG.with_borrow_mut(std::mem::take)
}

/// Notes its drop.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Guard(pub(crate) &'static str);

impl Guard {
    /// A number, so that a temporary can be used.
    pub(crate) fn value(&self) -> u32 {
        note(format!("use {}", self.0));
        1
    }

    /// Borrows from it.
    pub(crate) fn name(&self) -> &str {
        self.0
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        note(format!("drop {}", self.0));
    }
}

/// Pending once.
pub(crate) async fn pause() {
    let mut first = true;
    std::future::poll_fn(move |context| {
        if std::mem::take(&mut first) {
            context.waker().wake_by_ref();
            return Poll::Pending;
        }
        Poll::Ready(())
    })
    .await;
}

/// Runs a future to its end, noting each time it waits.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => note("waits"),
        }
    }
}

/// Polls a future once, and drops it.
pub(crate) fn poll_once<F: Future>(future: F) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let value = poll(&mut future);
    note("given up");
    value
}

fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Option<F::Output> {
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Drops a future that was never polled.
pub(crate) fn never_poll<F: Future>(future: F) {
    note("not polled");
    drop(future);
}

/// Whether the call unwinds.
pub(crate) fn unwinds(call: impl FnOnce()) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(call)).is_err()
}

/// Unwinds without a message on the terminal.
pub(crate) fn unwind() {
    std::panic::resume_unwind(Box::new("unwound"));
}
