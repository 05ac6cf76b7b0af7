//! What the library did so far, in numbers.

use super::drain;
use super::installed;
use super::queue::ExporterStats;
use super::tail::TailCounts;
use traced_core::__runtime::outbox;
use traced_core::__runtime::registry;
use traced_core::__runtime::scopes;
use traced_core::__runtime::shared;

/// Counts of what the library did so far in this process. Every span is accounted for: what has ended is exported, queued,
/// failed, filtered by an exporter of yours, or dropped for a reason that is named.
///
/// Follows the OpenTelemetry self-observability conventions, as far as numbers go.
///
/// ```
/// let stats = traced::stats();
/// assert_eq!(stats.dropped_full, 0);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Annotated functions that were entered at least once.
    pub call_sites: usize,
    /// Call sites with a span that an exporter has looked at.
    pub call_sites_recorded: usize,
    /// Recording spans that have started.
    pub started: u64,
    /// Recording spans that have started and not ended.
    pub live: u64,
    /// Recording spans that have ended.
    pub ended: u64,
    /// Spans that were not recorded, by a sampler's decision.
    pub unsampled: u64,
    /// Spans dropped when they ended, because the bound in bytes was reached.
    pub dropped_full: u64,
    /// Spans that ended on a thread past its end.
    pub dropped_at_thread_exit: u64,
    /// Spans that ended after the shutdown.
    pub dropped_after_shutdown: u64,
    /// How often something was said about a span that had ended, by a handle or in a context that held it.
    pub said_too_late: u64,
    /// Counts of tail sampling, when there is any.
    pub tail: Option<TailStats>,
    /// Bytes held now, of those that may be held.
    pub held_bytes: usize,
    /// How often a span or tracer asked for an instrumentation scope beyond the thousand that are kept apart.
    pub merged_scopes: u64,
    /// Counts of what became of the rest, for each exporter.
    pub exporters: Vec<ExporterStats>,
}

/// Counts of what tail sampling decided so far. Spans that still wait for a decision are in none of the counts.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct TailStats {
    /// Traces that were kept.
    pub kept_traces: u64,
    /// Their spans.
    pub kept_spans: u64,
    /// Traces that were let go, since nothing was remarkable about them.
    pub dropped_traces: u64,
    /// Their spans.
    pub dropped_spans: u64,
    /// Traces that were let go early, since they did not fit the memory.
    pub evicted_traces: u64,
    /// Their spans.
    pub evicted_spans: u64,
    /// Kept traces of which spans had been let go before.
    pub incomplete_traces: u64,
}

impl From<TailCounts> for TailStats {
    fn from(counts: TailCounts) -> Self {
        Self {
            kept_traces: counts.kept.traces,
            kept_spans: counts.kept.spans,
            dropped_traces: counts.dropped.traces,
            dropped_spans: counts.dropped.spans,
            evicted_traces: counts.evicted.traces,
            evicted_spans: counts.evicted.spans,
            incomplete_traces: counts.incomplete,
        }
    }
}

impl Stats {
    /// Spans that some exporter has exported, by the exporter that has exported the most.
    #[must_use]
    pub fn exported(&self) -> u64 {
        self.exporters.iter().map(|exporter| exporter.exported).max().unwrap_or(0)
    }
}

/// Returns the counts of what the library did so far. Takes the drain lock for a moment; not for hot paths.
#[must_use]
pub fn stats() -> Stats {
    let (totals, drained) = drain::totals();
    let ended = drained.spans + totals.dropped_full + totals.dropped_at_thread_exit;
    let (call_sites, call_sites_recorded) = registry::counts();
    let pipeline = installed::last();
    let exporters = pipeline.as_ref().map(|pipeline| drain::exporter_stats(pipeline)).unwrap_or_default();
    let tail = pipeline.as_ref().and_then(|pipeline| drain::tail_counts(pipeline)).map(TailStats::from);
    Stats {
        call_sites,
        call_sites_recorded,
        merged_scopes: scopes::merged(),
        started: totals.started,
        live: totals.started.saturating_sub(ended),
        ended,
        unsampled: totals.unsampled,
        dropped_full: totals.dropped_full,
        dropped_at_thread_exit: totals.dropped_at_thread_exit,
        dropped_after_shutdown: drained.unrouted,
        said_too_late: shared::said_too_late(),
        tail,
        held_bytes: outbox::held(),
        exporters,
    }
}
