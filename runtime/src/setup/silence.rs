//! One line where the instrumentation would otherwise be dead without a word, with the way out.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::pipeline::installed;
use crate::pipeline::stats::{Stats, stats};
use crate::setup::log_level::LogLevel;
use crate::setup::report::report;
use traced_core::__runtime::diagnostics::{warn, warn_once};
use traced_core::__runtime::{registry, storage};

static SAMPLER: Mutex<String> = Mutex::new(String::new());
static REPORTS: AtomicBool = AtomicBool::new(false);

/// Remembers whether the report is to be printed at the end.
pub(super) fn note_level(level: LogLevel) {
    REPORTS.store(level == LogLevel::Debug, Ordering::Relaxed);
}

/// Remembers what decides, for the line that says that nothing was sampled.
pub(super) fn note_sampler(description: String) {
    *SAMPLER.lock().unwrap_or_else(PoisonError::into_inner) = description;
}

/// By the first `init`: a `main` that calls it has no span, since it was entered before.
pub(super) fn tell_if_main_is_too_early() {
    let is_first = installed::last().is_none();
    if let Some(main) = registry::entered_main().filter(|_| is_first) {
        warn(format_args!(
            "{main} was entered before `init` was called, so that it has no span, and what it calls begins traces of its own:              call `init` in a `main` without the attribute, and annotate a function that it calls"
        ));
    }
}

/// One line at the end when spans were still open, which nobody will see: those of tasks and threads that go on.
pub(super) fn tell_what_is_open() {
    const NAMED: usize = 5;
    let Stats { live, started, .. } = stats();
    if live == 0 {
        return;
    }
    // Open on this thread, or of a function of which no exporter has looked at any span: the best that is known, since
    // starting a span leaves no trace outside of its thread.
    let mut sites: Vec<String> = Vec::new();
    for site in storage::open_sites().into_iter().chain(registry::sites_without_spans()) {
        let site = site.to_string();
        if !sites.contains(&site) {
            sites.push(site);
        }
    }
    let more = if sites.len() > NAMED { ", .." } else { "" };
    sites.truncate(NAMED);
    let perhaps = if sites.is_empty() { String::new() } else { format!(", perhaps of {}{more}", sites.join(", ")) };
    warn(format_args!(
        "{live} of {started} spans were still open when recording was switched off, and are lost{perhaps}: end tasks and \
         threads first, or drop the guard after them"
    ));
}

/// At the end, when functions were annotated and nothing came of it.
pub(super) fn tell_at_the_end() {
    if REPORTS.load(Ordering::Relaxed) {
        warn(format_args!("report:\n{}", report()));
    }
    let stats = stats();
    let Stats { call_sites, started, unsampled, .. } = stats;
    let entered = format_args!("{call_sites} annotated functions were entered");
    if call_sites > 0 && started > 0 && stats.exported() == 0 && stats.tail.is_none() {
        let failed = stats.exporters.iter().map(|exporter| exporter.failed).max().unwrap_or(0);
        let is_sent = stats.exporters.iter().any(|exporter| exporter.name.starts_with("otlp-"));
        let hint = if is_sent { ": is the endpoint right, and is something listening?" } else { "" };
        warn(format_args!(
            "{entered} and {started} spans started, but none was exported ({failed} failed, {} still open){hint}",
            stats.live
        ));
    } else if started == 0 && unsampled > 0 {
        let sampler = SAMPLER.lock().unwrap_or_else(PoisonError::into_inner);
        warn(format_args!(
            "none of {unsampled} spans was sampled: the sampler is {sampler}. For all of them, unset \
             OTEL_TRACES_SAMPLER and call no `.sampler(..)`"
        ));
    } else if call_sites > 0 && started == 0 {
        warn(format_args!("{entered}, but no span started: is `TRACED_FILTER` switching them all off?"));
    }
}

/// By `init`, where there is nothing to switch on.
pub(super) fn tell_that_it_is_compiled_out(level: Option<LogLevel>) {
    let quiet = ["none", "off", "fatal", "error"];
    let is_quiet = std::env::var("OTEL_LOG_LEVEL").is_ok_and(|level| quiet.contains(&&*level));
    if level.map_or(is_quiet, |level| level < LogLevel::Warn) {
        return;
    }
    warn_once("compiled out", || {
        "nothing is recorded: the feature `off` of traced is compiled in. Some package of this build asks for it, and \
         Cargo unifies features over a build: `cargo tree -e features -i traced` shows which. OTEL_LOG_LEVEL=error \
         silences this line"
            .to_owned()
    });
}
