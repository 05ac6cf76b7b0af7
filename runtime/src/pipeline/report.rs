//! What is said about one exporter: when a trouble begins and ends, what is lost and why, and the sum at the end.

use std::time::{Duration, Instant};

use super::queue::ExporterStats;
use crate::export::error::{ExportError, Verdict};
use crate::export::said::Said;
use traced_core::__runtime::diagnostics::warn;

/// A first failure is often only a kept-alive connection that the other side has closed.
const FAILURES_BEFORE_WARNING: u32 = 2;

/// A receiver that wants to be left alone for longer is in trouble.
const LONG_ASKED: Duration = Duration::from_secs(5);

/// What was said so far.
#[derive(Debug)]
pub(super) struct Report {
    name: String,
    destination: Option<String>,
    trouble: Option<Trouble>,
    /// Troubles that come and go do not flood.
    troubles: Said,
    lost: Said,
    dropped: u64,
    /// Why spans were lost last, and whether that was said.
    last_reason: Option<(String, bool)>,
}

#[derive(Debug)]
struct Trouble {
    since: Instant,
    failures: u32,
    /// Whether the user was told, once it was time to.
    was_told: Option<bool>,
    error: ExportError,
    lost_before: u64,
}

impl Report {
    pub(super) fn new(name: &str, destination: Option<String>) -> Self {
        Self {
            name: name.to_owned(),
            destination,
            trouble: None,
            troubles: Said::default(),
            lost: Said::default(),
            dropped: 0,
            last_reason: None,
        }
    }

    /// An export met a trouble that passes. `lost` is what was lost up to now, for whatever reason.
    pub(super) fn troubled(&mut self, error: ExportError, is_cut_short: bool, lost: u64) {
        let Self { name, trouble, troubles, .. } = self;
        let new =
            || Trouble { since: Instant::now(), failures: 0, was_told: None, error: error.clone(), lost_before: lost };
        let trouble = trouble.get_or_insert_with(new);
        trouble.failures += 1;
        let is_new = trouble.was_told.is_none();
        if is_new && (trouble.failures >= FAILURES_BEFORE_WARNING || takes_long(&error)) {
            trouble.was_told = Some(troubles.count(&error.class(), 1, Instant::now()).is_some());
        }
        if is_new && trouble.was_told == Some(true) {
            warn(format_args!(
                "{name}: {error}. Spans wait in memory, within its bound, and are sent when that is over; the oldest of \
                 what does not fit are dropped and counted{}",
                error.advice()
            ));
        }
        // An attempt that had no time left says nothing about the receiver.
        if !is_cut_short {
            trouble.error = error;
        }
    }

    /// An export came to an end, well or not: the receiver answers.
    pub(super) fn answered(&mut self, lost: u64) {
        let Some(trouble) = self.trouble.take().filter(|trouble| trouble.was_told == Some(true)) else { return };
        let who = self.destination.as_ref().unwrap_or(&self.name);
        let seconds = trouble.since.elapsed().as_secs_f64();
        let lost = lost.saturating_sub(trouble.lost_before);
        let name = &self.name;
        warn(format_args!("{name}: {who} answers again, after {seconds:.1} s; {lost} spans were dropped meanwhile"));
    }

    /// Spans were lost for good.
    pub(super) fn refused(&mut self, error: &ExportError, lost: u64) {
        let due = self.lost.count(&error.class(), lost, Instant::now());
        if let Some(spans) = due {
            let name = &self.name;
            warn(format_args!("{name}: {error} ({spans} spans are lost; traced::stats() counts on)"));
        }
        let reason = error.to_string();
        let is_known = self.last_reason.as_ref().is_some_and(|(last, was_said)| *was_said && *last == reason);
        self.last_reason = Some((reason, due.is_some() || is_known));
    }

    /// Looks whether spans were dropped from the queue meanwhile.
    pub(super) fn look(&mut self, stats: &ExporterStats) {
        let dropped = stats.dropped_full.saturating_sub(std::mem::replace(&mut self.dropped, stats.dropped_full));
        if dropped == 0 {
            return;
        }
        if let Some(spans) = self.lost.count("dropped", dropped, Instant::now()) {
            let name = &self.name;
            warn(format_args!(
                "{name}: {spans} spans were dropped, since more were waiting for it than its queue may hold: raise \
                 OTEL_BSP_MAX_QUEUE_SIZE or the memory limit, or sample (traced::stats() counts on)"
            ));
        }
    }

    /// What is left cannot be exported before the end.
    pub(super) fn gave_up(&mut self) {
        if let Some(trouble) = &self.trouble {
            self.last_reason = Some((trouble.error.to_string(), trouble.was_told == Some(true)));
        }
    }

    /// The sum, at the end.
    pub(super) fn end(&self, stats: &ExporterStats) {
        let ExporterStats { refused, unsent, dropped_full, spooled, dropped_disk, .. } = stats;
        let lost = refused + unsent + dropped_full + dropped_disk;
        let name = &self.name;
        if *spooled > 0 {
            warn(format_args!("{name}: {spooled} spans are left on disk; the next process sends them"));
        }
        if lost == 0 {
            return;
        }
        let of = stats.exported + lost + stats.queued + spooled;
        let from_disk = if *dropped_disk > 0 { format!(", {dropped_disk} dropped from disk") } else { String::new() };
        let reason = self.last_reason.as_ref().filter(|(_, was_said)| !was_said);
        let reason = reason.map(|(reason, _)| format!(". Last: {reason}")).unwrap_or_default();
        warn(format_args!(
            "{name}: in all, {lost} spans of {of} were not exported: {refused} refused, {unsent} left at the end, \
             {dropped_full} dropped from a full queue{from_disk}{reason}"
        ));
    }
}

/// Whether people have to repair it, or the receiver itself says that it takes long: there is no need to wait for a
/// second failure.
fn takes_long(error: &ExportError) -> bool {
    let Verdict::Later(pause) = error.verdict() else { return false };
    pause.is_long || pause.asked.is_some_and(|asked| asked > LONG_ASKED)
}
