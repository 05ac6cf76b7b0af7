//! The pipeline that the program has installed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::state::Pipeline;
use traced_core::__runtime::fork::PerProcess;
use traced_core::__runtime::per_process;

/// The pipeline that was installed last; stays here after a shutdown, for its counters.
static INSTALLED: PerProcess<Mutex<Option<Installed>>> = per_process!(Mutex::new(None));

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
    Ok(())
}

/// Notes that a pipeline is being stopped. Says whether it was running; `None` when it is not the installed one.
pub(crate) fn begin_stop(pipeline: &Arc<Pipeline>) -> Option<bool> {
    let mut installed = locked();
    let own = installed.as_mut().filter(|installed| Arc::ptr_eq(&installed.pipeline, pipeline))?;
    Some(std::mem::replace(&mut own.is_running, false))
}
