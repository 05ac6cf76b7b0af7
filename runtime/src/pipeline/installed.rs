//! The pipeline that the program has installed.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::state::Pipeline;
use traced_core::__runtime::diagnostics::warn_after_fork;
use traced_core::__runtime::fork::PerProcess;
use traced_core::__runtime::per_process;

/// The pipeline that was installed last; stays here after a shutdown, for its counters.
static INSTALLED: PerProcess<Mutex<Option<Installed>>> = per_process!(Mutex::new(None));

/// The id of the process that installed it; 0 when nobody did.
static PROCESS: AtomicU32 = AtomicU32::new(0);

/// Whether this process was forked from the one that installed the pipeline, and has no thread that exports. Takes no
/// lock: another thread may have held it at the fork. Says, once, what to do.
pub(crate) fn is_another_process_s() -> bool {
    static HAS_SAID: AtomicU32 = AtomicU32::new(0);
    let (own, here) = (PROCESS.load(Ordering::Relaxed), std::process::id());
    let is_another = own != 0 && own != here;
    if is_another && HAS_SAID.swap(here, Ordering::Relaxed) != here {
        warn_after_fork(format_args!(
            "this process was forked from the one that called `init`, and exports nothing: call `traced::after_fork()` \
             first thing in the child"
        ));
    }
    is_another
}

struct Installed {
    pipeline: Arc<Pipeline>,
    is_running: bool,
}

fn locked() -> MutexGuard<'static, Option<Installed>> {
    INSTALLED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The pipeline that was installed last.
pub(crate) fn last() -> Option<Arc<Pipeline>> {
    locked().as_ref().map(|installed| Arc::clone(&installed.pipeline))
}

/// Whether a pipeline is installed and has not been stopped.
pub(crate) fn is_running() -> bool {
    locked().as_ref().is_some_and(|installed| installed.is_running)
}

/// Installs a pipeline, unless another one is running; then it is given back.
pub(crate) fn install(pipeline: Arc<Pipeline>) -> Result<(), Arc<Pipeline>> {
    let mut installed = locked();
    if installed.as_ref().is_some_and(|installed| installed.is_running) {
        return Err(pipeline);
    }
    *installed = Some(Installed { pipeline, is_running: true });
    PROCESS.store(std::process::id(), Ordering::Relaxed);
    Ok(())
}

/// Notes that a pipeline is being stopped. Says whether it was running; `None` when it is not the installed one.
pub(crate) fn begin_stop(pipeline: &Arc<Pipeline>) -> Option<bool> {
    let mut installed = locked();
    let own = installed.as_mut().filter(|installed| Arc::ptr_eq(&installed.pipeline, pipeline))?;
    Some(std::mem::replace(&mut own.is_running, false))
}
