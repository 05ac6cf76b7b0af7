//! Switching on and off: init, the guard, flush and shutdown.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::pipeline::state::{Pipeline, PipelineSettings};
use crate::pipeline::stats;
use crate::pipeline::{installed, lifecycle};
use crate::setup::builder::{Builder, builder};
use crate::setup::config::Config;
use crate::setup::env::Environment;
use crate::setup::error::{FlushError, InitError};
use crate::setup::exporters::NoExporter;
use crate::setup::log_level::LogLevel;
use crate::setup::near_miss::near_misses;
use crate::setup::samplers::SamplerSetting;
use crate::setup::silence;
use traced_core::__runtime::configured;
use traced_core::__runtime::diagnostics;
use traced_core::__runtime::diagnostics::warn;
use traced_core::__runtime::global;
use traced_core::__runtime::outbox;
use traced_core::__runtime::panic::before_abort;
use traced_core::__runtime::registry;
use traced_core::ENABLED;
use traced_core::propagation::Propagator;

/// How long the guard waits for the last spans when it is dropped.
const GUARD_TIMEOUT: Duration = Duration::from_secs(10);

/// How long it waits when a panic is about to abort the process.
const ABORT_TIMEOUT: Duration = Duration::from_secs(3);

/// Switches recording on, as the `OTEL_*` environment variables say.
///
/// Spans are exported until the guard is dropped; hold it in `main`. Dropping it waits up to 10 seconds for the last
/// spans to be exported.
///
/// # Errors
///
/// When it is on already, or the configuration cannot work; the message says what to do. The program can go on
/// without: then nothing is recorded.
///
/// ```
/// fn main() -> Result<(), Box<dyn std::error::Error>> {
///     # fn serve() {}
///     let _traced = traced::init()?;
///     serve();
///     Ok(())
/// }
/// ```
pub fn init() -> Result<Guard, InitError> {
    builder().init()
}

impl Builder {
    /// Switches recording on.
    ///
    /// # Errors
    ///
    /// As [`init`].
    pub fn init(self) -> Result<Guard, InitError> {
        if !ENABLED {
            silence::tell_that_it_is_compiled_out(self.settings.log_level);
            return Ok(Guard { pipeline: None, configuration: String::new() });
        }
        // There the standard library panics where it is asked for the time or the environment.
        if cfg!(all(target_family = "wasm", not(target_feature = "atomics"))) {
            return Err(InitError::thread(std::io::ErrorKind::Unsupported.into()));
        }
        if installed::is_running() {
            return Err(InitError::twice());
        }
        let memory_limit = self.memory_limit.unwrap_or(outbox::DEFAULT_BOUND);
        // With nothing locked: this calls the program's own diagnostics and exporters.
        let (settings, configuration) = self.configure()?;
        let Some(settings) = settings else { return Ok(Guard { pipeline: None, configuration }) };
        let pipeline = lifecycle::start(settings).map_err(InitError::thread)?;
        if let Err(late) = installed::install(Arc::clone(&pipeline)) {
            // Another thread was quicker.
            late.abandon();
            return Err(InitError::twice());
        }
        outbox::set_bound(memory_limit);
        registry::set_default_provider(Some(pipeline.provider));
        // Nobody could be told of a failure any more.
        before_abort(|| {
            let _ = flush(ABORT_TIMEOUT);
        });
        Ok(Guard { pipeline: Some(pipeline), configuration })
    }

    /// Puts together what the code and the environment say, and installs the propagators, which work even when
    /// recording is switched off: then there is nothing to start. Says what was understood, too.
    fn configure(self) -> Result<(Option<PipelineSettings>, String), InitError> {
        let Self { settings, mut exporters, propagators, mut provider, processors, tail, .. } = self;
        let mut config = Config::resolve(settings, Environment::of_process()).map_err(InitError::configuration)?;
        if !config.is_disabled() {
            exporters.append(&mut config.build_exporters().map_err(InitError::configuration)?);
        }
        if exporters.is_empty() {
            exporters.push(Box::new(NoExporter));
        }
        config.exporter_names = exporters.iter().map(|exporter| exporter.name().to_owned()).collect();
        if let Some(Err(error)) = config.settings.filter.as_deref().map(registry::set_filter) {
            config.problems.push(format!("TRACED_FILTER: {error}; it is ignored"));
        }
        config.problems.extend(near_misses());
        say(&config);
        install_propagators(propagators, &mut config);
        let configuration = config.to_string();
        if config.is_disabled() {
            return Ok((None, configuration));
        }
        silence::tell_if_main_is_too_early();
        silence::note_level(config.log_level());
        silence::note_sampler(config.sampler.description());
        let batching = config.batching();
        provider.limits = config.limits;
        if let SamplerSetting::Other(sampler) = config.sampler {
            provider.sampler = Some(sampler);
        }
        let settings = PipelineSettings {
            provider,
            processors,
            resource: config.resource,
            exporters,
            batching,
            tail,
            #[cfg(feature = "spool")]
            spool: config.settings.spool,
        };
        Ok((Some(settings), configuration))
    }

    /// Switches recording on in a forked child; see [`after_fork`].
    ///
    /// # Errors
    ///
    /// As [`after_fork`].
    pub fn init_after_fork(self) -> Result<Guard, InitError> {
        if ENABLED {
            forget_inherited()?;
        }
        self.init()
    }
}

/// Installs the propagators of the code, or else those that the environment names.
fn install_propagators(propagators: Vec<Box<dyn traced_core::propagation::Propagator>>, config: &mut Config) {
    if propagators.is_empty() {
        global::install(configured::from_names(config.settings.propagators.as_deref().unwrap_or_default()));
    } else {
        let fields: Vec<_> = propagators.iter().flat_map(|propagator| propagator.fields()).collect();
        config.settings.propagators = Some(fields.join(","));
        global::install(propagators);
    }
}

/// Says what was not understood, and in detail what was, if asked to.
fn say(config: &Config) {
    diagnostics::silence(config.log_level() < LogLevel::Warn);
    for problem in &config.problems {
        diagnostics::warn_once(problem, || problem.clone());
    }
    if config.log_level() == LogLevel::Debug {
        warn(format_args!("configuration:\n{config}"));
    }
}

/// Keeps recording switched on; dropping it exports the last spans, for up to 10 seconds, and switches it off.
#[must_use = "recording ends when the guard is dropped: bind it with `let _traced = ..`, not `let _ = ..`"]
pub struct Guard {
    pipeline: Option<Arc<Pipeline>>,
    configuration: String,
}

impl Guard {
    /// The configuration as `init` understood it, for people to read, a line for each thing. Holds no header values,
    /// user names and passwords.
    ///
    /// ```
    /// let traced = traced::builder().service_name("shop").exporter(traced::MemoryExporter::default()).init()?;
    /// assert!(traced.configuration().contains("resource  service.name=shop\nresource"));
    /// # Ok::<(), traced::InitError>(())
    /// ```
    #[must_use]
    pub fn configuration(&self) -> &str {
        &self.configuration
    }

    /// Exports the last spans and switches recording off, like dropping the guard, with a time of your own.
    ///
    /// # Errors
    ///
    /// When not everything could be exported in time.
    pub fn shutdown(mut self, timeout: Duration) -> Result<(), FlushError> {
        self.pipeline.take().map_or(Ok(()), |pipeline| stop(&pipeline, timeout))
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        let stopped = self.pipeline.take().map(|pipeline| stop(&pipeline, GUARD_TIMEOUT));
        // What was lost has been said.
        if let Some(Err(error)) = stopped.filter(|result| result.is_err_and(|error| error.is_timeout())) {
            let exporters = stats::stats().exporters;
            let left = exporters.iter().map(|exporter| exporter.queued).max().unwrap_or(0);
            warn(format_args!("at the end of the program: {error} ({left} spans are left)"));
        }
    }
}

impl fmt::Debug for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guard").finish_non_exhaustive()
    }
}

/// Switches a pipeline off, unless that has been done already.
fn stop(pipeline: &Arc<Pipeline>, timeout: Duration) -> Result<(), FlushError> {
    if installed::is_another_process_s() {
        return Ok(());
    }
    let Some(was_running) = installed::begin_stop(pipeline) else { return Ok(()) };
    if !was_running {
        return pipeline.wait_for_end(timeout).map_err(FlushError);
    }
    registry::set_default_provider(None);
    let result = pipeline.shutdown(timeout).map_err(FlushError);
    silence::tell_at_the_end();
    silence::tell_what_is_open();
    result
}

/// Waits until every span that ended before this call, on any thread, is exported.
///
/// Blocks the calling thread; from an async task, call it through `spawn_blocking`.
///
/// # Errors
///
/// When the time is over first (the spans stay queued), or an exporter or its queue lost spans since the last flush (they
/// are counted). Spans that were dropped as they ended, for want of memory, are told by [`stats`](crate::stats) alone.
///
/// ```
/// # use std::time::Duration;
/// if let Err(error) = traced::flush(Duration::from_secs(5)) {
///     eprintln!("{error}");
/// }
/// ```
#[doc(alias = "force_flush")]
pub fn flush(timeout: Duration) -> Result<(), FlushError> {
    if installed::is_another_process_s() {
        return Ok(());
    }
    installed::last().map_or(Ok(()), |pipeline| pipeline.flush(timeout).map_err(FlushError))
}

/// Exports the last spans and switches recording off, as [`Guard::shutdown`] does, from anywhere. Later calls do
/// nothing.
///
/// # Errors
///
/// When not everything could be exported in time.
pub fn shutdown(timeout: Duration) -> Result<(), FlushError> {
    if installed::is_another_process_s() {
        return Ok(());
    }
    installed::last().map_or(Ok(()), |pipeline| stop(&pipeline, timeout))
}

/// Exports the last spans (for up to 10 seconds), switches recording off, and ends the process with this code.
///
/// `std::process::exit` runs no destructors: the guard of [`init`] is not dropped, and what has not been exported is
/// lost. This is for the places where a program would call it. At SIGTERM the same holds; the feature `signal` has
/// `flush_on_signal` for that.
///
/// ```no_run
/// let _traced = traced::init();
/// # let failed = true;
/// if failed {
///     traced::exit(2);
/// }
/// ```
pub fn exit(code: i32) -> ! {
    if let Err(error) = shutdown(GUARD_TIMEOUT) {
        warn(format_args!("at the end of the program: {error}"));
    }
    std::process::exit(code)
}

/// In a forked child: fresh ids and an exporter's thread of its own, as the environment says.
///
/// The parent exports what it had recorded, and its open spans, too: the child's spans are their children. Call it
/// first thing in the child; until then the child has no thread that exports.
/// [`Builder::init_after_fork`] is the same with more than the environment says. The parent's guard does nothing in
/// the child.
///
/// # Errors
///
/// As [`init`]; and when another thread of the parent was entering an annotated function for the first time at the
/// very moment of the fork. The child can go on: then it records nothing.
///
/// ```no_run
/// # fn fork() -> i32 { 0 }
/// if fork() == 0 {
///     let _traced = traced::after_fork();
///     // the child's work
/// }
/// ```
pub fn after_fork() -> Result<Guard, InitError> {
    builder().init_after_fork()
}

/// Forgets what a forked process inherited.
fn forget_inherited() -> Result<(), InitError> {
    let carried = (diagnostics::carry(), global::carry());
    let is_copied = registry::inherit();
    (carried.0)();
    (carried.1)();
    outbox::forget_inherited();
    traced_core::__runtime::storage::forget_inherited();
    registry::set_default_provider(None);
    if is_copied { Ok(()) } else { Err(InitError::fork()) }
}
