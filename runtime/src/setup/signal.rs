//! SIGTERM and Ctrl-C: the last spans are exported before the process goes.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

use crate::setup::init;
use traced_core::__runtime::diagnostics::warn;
use traced_core::ENABLED;

/// How long the last spans may take when the process was told to go.
const TIMEOUT: Duration = Duration::from_secs(5);

/// On SIGTERM or Ctrl-C, exports the last spans (for up to 5 seconds), then lets the signal end the process as it
/// would have without this. A second signal ends it at once.
///
/// For programs that do not shut down by themselves; those that do use [`shutdown_signal`] and the guard of `init`.
/// Works with any runtime and with none. Call it once.
///
/// # Errors
///
/// When the handler cannot be installed.
///
/// ```no_run
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     let _traced = traced::init()?;
///     traced::flush_on_signal()?;
///     // ...
///     Ok(())
/// }
/// ```
pub fn flush_on_signal() -> std::io::Result<()> {
    if !ENABLED {
        return Ok(());
    }
    let mut signals = signals()?;
    let wait = move || {
        let Some(signal) = signals.forever().next() else { return };
        if let Err(error) = init::shutdown(TIMEOUT) {
            warn(format_args!("on signal {signal}: {error}"));
        }
        if let Err(error) = emulate_default_handler(signal) {
            warn(format_args!("signal {signal} could not end the process: {error}"));
        }
    };
    std::thread::Builder::new().name("traced-signal".to_owned()).spawn(wait).map(drop)
}

/// A future that completes on SIGTERM or Ctrl-C, for the graceful shutdown of a server. Needs no particular runtime.
///
/// After it was called, these signals no longer end the process by themselves: the program returns from `main`, and
/// the guard of `init` exports the last spans. A second signal ends the process at once.
///
/// # Panics
///
/// When the handler cannot be installed, which only happens when the process is out of file descriptors.
///
/// ```no_run
/// # async fn serve_until(_: impl Future<Output = ()>) {}
/// # async fn main_() {
/// serve_until(traced::shutdown_signal()).await; // axum: `.with_graceful_shutdown(traced::shutdown_signal())`
/// # }
/// ```
pub fn shutdown_signal() -> impl Future<Output = ()> + Send + 'static {
    static SHARED: OnceLock<Arc<Mutex<State>>> = OnceLock::new();
    let state = SHARED.get_or_init(|| {
        let state = Arc::new(Mutex::new(State::default()));
        if let Err(error) = watch(&state) {
            panic!("traced::shutdown_signal: no handler for SIGTERM and Ctrl-C: {error}");
        }
        state
    });
    Signal::new(state)
}

#[derive(Default)]
struct State {
    has_come: bool,
    /// Those of futures that are waiting, by the futures' numbers.
    wakers: HashMap<u64, Waker>,
    last_number: u64,
}

fn locked(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// SIGTERM and Ctrl-C from now on. A second one ends the process at once, as if nobody had asked for the first.
fn signals() -> std::io::Result<Signals> {
    let has_come = Arc::new(AtomicBool::new(false));
    for signal in [SIGTERM, SIGINT] {
        // In this order: the first signal finds that none has come.
        flag::register_conditional_default(signal, Arc::clone(&has_come))?;
        flag::register(signal, Arc::clone(&has_come))?;
    }
    Signals::new([SIGTERM, SIGINT])
}

fn watch(state: &Arc<Mutex<State>>) -> std::io::Result<()> {
    let state = Arc::clone(state);
    let mut signals = signals()?;
    let wait = move || {
        if signals.forever().next().is_none() {
            return;
        }
        let mut state = locked(&state);
        state.has_come = true;
        let wakers = std::mem::take(&mut state.wakers);
        // Wakers are code of the program: nothing is locked while they run.
        drop(state);
        wakers.into_values().for_each(Waker::wake);
    };
    std::thread::Builder::new().name("traced-signal".to_owned()).spawn(wait).map(drop)
}

struct Signal {
    state: Arc<Mutex<State>>,
    number: u64,
}

impl Signal {
    fn new(state: &Arc<Mutex<State>>) -> Self {
        let mut locked = locked(state);
        locked.last_number += 1;
        Self { state: Arc::clone(state), number: locked.last_number }
    }
}

impl Future for Signal {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let waker = context.waker().clone();
        let mut state = locked(&self.state);
        if state.has_come {
            return Poll::Ready(());
        }
        let earlier = state.wakers.insert(self.number, waker);
        drop(state);
        drop(earlier);
        Poll::Pending
    }
}

impl Drop for Signal {
    fn drop(&mut self) {
        let waker = locked(&self.state).wakers.remove(&self.number);
        drop(waker);
    }
}
