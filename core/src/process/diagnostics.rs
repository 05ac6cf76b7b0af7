//! What the library itself has to say: to stderr, or to a function of the program.

use std::collections::HashSet;
use std::fmt;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use super::fork::{PerProcess, per_process};

/// Takes the library's own messages.
type Sink = Arc<dyn Fn(&str) + Send + Sync>;

static SINK: PerProcess<RwLock<Option<Sink>>> = per_process!(RwLock::new(None));
static SAID: PerProcess<Mutex<Option<HashSet<String>>>> = per_process!(Mutex::new(None));

/// Sends the library's own warnings to `sink` instead of stderr.
///
/// The sink must not create spans. A message at which it panics goes to stderr: telemetry ends no thread.
///
/// ```
/// traced::on_diagnostic(|message| eprintln!("telemetry: {message}"));
/// ```
pub fn on_diagnostic(sink: impl Fn(&str) + Send + Sync + 'static) {
    let sink: Sink = Arc::new(sink);
    // The old one, which is code of the program, is dropped when nothing is locked.
    let _old = (*SINK.write().unwrap_or_else(PoisonError::into_inner)).replace(sink);
}

/// What the next process goes on with: its parent's sink.
pub fn carry() -> impl FnOnce() {
    SINK.carry()
}

/// Whether nothing is to be said.
static IS_SILENT: AtomicBool = AtomicBool::new(false);

/// Says nothing from now on, or something again.
pub fn silence(is_silent: bool) {
    IS_SILENT.store(is_silent, Ordering::Relaxed);
}

/// Says what is wrong, where, and what to do.
pub fn warn(message: fmt::Arguments<'_>) {
    if IS_SILENT.load(Ordering::Relaxed) {
        return;
    }
    // Not locked while it runs: it may say something itself, or set another one.
    let sink = SINK.read().unwrap_or_else(PoisonError::into_inner).clone();
    if sink.is_none_or(|sink| !takes(&sink, message)) {
        say(message);
    }
}

/// Gives a message to the program's sink. Says whether that took it: not if it panicked.
fn takes(sink: &Sink, message: fmt::Arguments<'_>) -> bool {
    let taken = catch_unwind(AssertUnwindSafe(|| sink(&message.to_string())));
    // Dropping what it panicked with may panic again.
    taken.map_err(std::mem::forget).is_ok()
}

/// The same in a process that was forked and not told so. It waits for no lock, since the thread that held one when the
/// process was forked is not there to let go of it.
pub fn warn_after_fork(message: fmt::Arguments<'_>) {
    if IS_SILENT.load(Ordering::Relaxed) {
        return;
    }
    let sink = SINK.try_read().ok().and_then(|sink| sink.clone());
    if sink.is_none_or(|sink| !takes(&sink, message)) {
        say(message);
    }
}

fn say(message: fmt::Arguments<'_>) {
    // A closed stderr must not end the program.
    let _ = write_to_stderr(&format!("traced: {message}\n"));
}

/// Writes past the lock that the standard library has around stderr: in a forked process it may be held by a thread that
/// is not there.
#[cfg(unix)]
fn write_to_stderr(text: &str) -> std::io::Result<()> {
    use std::os::fd::AsFd as _;
    match std::io::stderr().as_fd().try_clone_to_owned() {
        Ok(stderr) => std::fs::File::from(stderr).write_all(text.as_bytes()),
        // There is no file descriptor left.
        Err(_) => std::io::stderr().write_all(text.as_bytes()),
    }
}

#[cfg(not(unix))]
fn write_to_stderr(text: &str) -> std::io::Result<()> {
    std::io::stderr().write_all(text.as_bytes())
}

/// The same, but once for each `key` in the life of the process.
pub fn warn_once(key: &str, message: impl FnOnce() -> String) {
    let mut said = SAID.lock().unwrap_or_else(PoisonError::into_inner);
    let is_new = said.get_or_insert_default().insert(key.to_owned());
    drop(said);
    if is_new {
        warn(format_args!("{}", message()));
    }
}
