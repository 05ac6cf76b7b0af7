//! What a panic said, for the spans it unwinds through.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::cell::RefCell;
use std::panic::PanicHookInfo;
use std::sync::{Once, OnceLock};

use crate::process::clock;

thread_local! {
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// A panic's message with its place, and its stack when `RUST_BACKTRACE` asks for one.
#[derive(Clone, Default)]
pub(crate) struct Panic {
    pub(crate) message: String,
    pub(crate) stacktrace: Option<String>,
    /// When, in ticks.
    at: u64,
}

/// What to do before a panic aborts the process.
static BEFORE_ABORT: OnceLock<fn()> = OnceLock::new();

/// Sets what to do before a panic aborts the process. The first call wins.
pub fn before_abort(act: fn()) {
    let _ = BEFORE_ABORT.set(act);
}

/// Notes what panics say before whatever hook was there prints it. Once for the process. `end_open` ends the thread's
/// open spans, where a panic aborts: nothing unwinds through their guards.
pub(super) fn install(end_open: fn()) {
    static INSTALLED: Once = Once::new();
    if std::thread::panicking() {
        return;
    }
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            note(info);
            previous(info);
            if cfg!(panic = "abort") {
                end_open();
                BEFORE_ABORT.get().into_iter().for_each(|act| act());
            }
        }));
    });
}

fn note(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let text = payload.downcast_ref::<&str>().copied().or_else(|| payload.downcast_ref().map(String::as_str));
    let text = text.unwrap_or("(a panic without a text)");
    let message = info.location().map_or_else(|| text.to_owned(), |place| format!("{text} (at {place})"));
    let panic = Panic { message, stacktrace: backtrace(), at: clock::ticks() };
    // A thread past its end, or a panic inside a panic: then nobody will ask.
    let _ = LAST.try_with(|last| drop(last.try_borrow_mut().map(|mut last| *last = Some(panic))));
}

/// What the panic that is unwinding this thread said.
pub(crate) fn last_panic() -> Panic {
    let last = LAST.try_with(|last| last.try_borrow().ok().and_then(|last| last.clone()));
    last.ok().flatten().unwrap_or_else(|| Panic { message: "panicked".to_owned(), ..Panic::default() })
}

/// Before a panic is described that unwinds a span which started at `since`, in ticks: one that was resumed, as those of
/// joined threads and tasks are, has not said anything on this thread, and what an older one said is not taken for it.
#[cold]
pub(super) fn forget_older(since: u64) {
    let is_older = |last: &RefCell<Option<Panic>>| {
        if let Ok(mut last) = last.try_borrow_mut() {
            last.take_if(|panic| panic.at < since);
        }
    };
    let _ = LAST.try_with(is_older);
}

/// The stack, when `RUST_BACKTRACE` or `RUST_LIB_BACKTRACE` asks for one.
pub(crate) fn backtrace() -> Option<String> {
    let backtrace = Backtrace::capture();
    (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string())
}
