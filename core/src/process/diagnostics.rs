//! What the library itself has to say: to stderr, or to a function of the program.

use std::collections::HashSet;
use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, RwLock};

/// Takes the library's own messages.
type Sink = Box<dyn Fn(&str) + Send + Sync>;

static SINK: RwLock<Option<Sink>> = RwLock::new(None);
static SAID: Mutex<Option<HashSet<String>>> = Mutex::new(None);

/// Sends the library's own warnings to `sink` instead of stderr.
///
/// The sink must not create spans.
///
/// ```
/// traced::on_diagnostic(|message| eprintln!("telemetry: {message}"));
/// ```
pub fn on_diagnostic(sink: impl Fn(&str) + Send + Sync + 'static) {
    *SINK.write().unwrap_or_else(PoisonError::into_inner) = Some(Box::new(sink));
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
    match SINK.read().unwrap_or_else(PoisonError::into_inner).as_ref() {
        Some(sink) => sink(&message.to_string()),
        // A closed stderr must not end the program.
        None => drop(writeln!(std::io::stderr(), "traced: {message}")),
    }
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
