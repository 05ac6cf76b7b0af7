//! The background: from the outboxes to the exporters.
//!
//! Whoever wakes first drains all outboxes, under one lock, into blocks of records; each exporter has a queue of
//! blocks and a thread. With one exporter there is one thread in all.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use crate::export::Exporter;
use crate::handoff::outbox;
use crate::local::panic::install_hook;
use crate::model::resource::Resource;
use crate::pipeline::tail::TailCounts;
use crate::span::processor::OnEnd;
use crate::tracer::provider::{Provider, ProviderSettings};
use crate::tracer::sampler::TailSampling;

pub(crate) mod drain;
pub(crate) mod queue;
pub(crate) mod route;
pub(crate) mod stats;
pub(crate) mod tail;
pub(crate) mod wakeup;
pub(crate) mod worker;

use queue::ExportQueue;

/// How much earlier than a shutdown its last export has to be over, at most.
const TIME_TO_REPORT: Duration = Duration::from_millis(500);

/// What a pipeline is made of.
pub(crate) struct PipelineSettings {
    pub(crate) provider: ProviderSettings,
    pub(crate) resource: Resource,
    pub(crate) exporters: Vec<Box<dyn Exporter>>,
    pub(crate) batching: Batching,
    pub(crate) tail: Option<TailSampling>,
}

/// When and how much is exported at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batching {
    /// How long a span may wait for company.
    pub(crate) delay: Duration,
    /// How long one export may take.
    pub(crate) timeout: Duration,
    /// The most spans in one export; without it, blocks end by their size in bytes.
    pub(crate) max_spans: Option<usize>,
    /// The most spans in an exporter's queue, besides the bound in bytes.
    pub(crate) max_queued_spans: Option<usize>,
}

impl Default for Batching {
    fn default() -> Self {
        Self {
            delay: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            max_spans: None,
            max_queued_spans: None,
        }
    }
}

/// A provider with its exporters.
pub(crate) struct Pipeline {
    pub(crate) provider: &'static Provider,
    pub(crate) resource: Resource,
    pub(crate) batching: Batching,
    pub(crate) queues: Vec<Arc<ExportQueue>>,
    /// What tail sampling had decided when this was shut down.
    pub(crate) tail_counts: OnceLock<TailCounts>,
}

impl Pipeline {
    /// Starts the exporters' threads, one each. Nothing records yet: that is for `provider::set_default`.
    ///
    /// # Errors
    ///
    /// When a thread cannot be started.
    pub(crate) fn start(settings: PipelineSettings) -> std::io::Result<Arc<Self>> {
        install_hook();
        let PipelineSettings { provider, resource, mut exporters, batching, tail } = settings;
        let id = drain::free_id();
        let on_end = provider.processors.iter().map(|processor| Box::new(OnEnd(Arc::clone(processor))) as Box<_>);
        exporters.extend(on_end);
        let queues = exporters.iter().map(|exporter| Arc::new(ExportQueue::new(&**exporter))).collect();
        let provider = Provider::leak(id, provider);
        let pipeline = Arc::new(Self { provider, resource, batching, queues, tail_counts: OnceLock::new() });
        drain::add_route(&pipeline, tail);
        outbox::set_on_full_chunk(wakeup::on_full_chunk);
        for (queue, exporter) in pipeline.queues.iter().zip(exporters) {
            let started = worker::start(&pipeline, queue, exporter);
            if let Err(error) = started {
                // Nothing has been recorded: there is nothing to lose.
                let _ = pipeline.shutdown(Duration::ZERO);
                return Err(error);
            }
        }
        Ok(pipeline)
    }

    /// Exports what has ended before this call, on whichever thread. Says whether all of it was done in time.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushFailure> {
        let deadline = deadline_after(timeout);
        drain::drain_and_seal(self.provider.id);
        let tickets: Vec<_> = self.queues.iter().map(|queue| queue.request_flush()).collect();
        wakeup::ring();
        let wait = |(queue, ticket): (&Arc<ExportQueue>, u64)| {
            let is_flushed = wakeup::wait_until(deadline, || queue.is_flushed(ticket));
            if is_flushed { queue.flush_result(ticket) } else { Err(FlushFailure::TimedOut) }
        };
        // One exporter's failure does not keep the others from being waited for.
        let results: Vec<_> = self.queues.iter().zip(tickets).map(wait).collect();
        results.into_iter().collect()
    }

    /// Waits for the end of a shutdown that somebody else began.
    pub(crate) fn wait_for_end(&self, timeout: Duration) -> Result<(), FlushFailure> {
        let deadline = deadline_after(timeout);
        let has_ended = self.queues.iter().all(|queue| wakeup::wait_until(deadline, || queue.has_ended()));
        if has_ended { Ok(()) } else { Err(FlushFailure::TimedOut) }
    }

    /// Lets the threads end, without waiting for them.
    #[cfg(feature = "testing")]
    pub(crate) fn abandon(&self) {
        self.queues.iter().for_each(|queue| queue.close());
        wakeup::ring();
        drain::remove_route(self.provider.id);
    }

    /// Flushes, then ends the exporters' threads. A thread that hangs beyond the time is left behind.
    pub(crate) fn shutdown(&self, timeout: Duration) -> Result<(), FlushFailure> {
        let deadline = deadline_after(timeout);
        // Earlier, so that what an exporter gives up is still counted and said.
        let exports_end = deadline_after(timeout - (timeout / 10).min(TIME_TO_REPORT));
        self.queues.iter().for_each(|queue| queue.stop.begin(exports_end));
        drain::decide_tail(self.provider.id);
        let flushed = self.flush(timeout);
        self.queues.iter().for_each(|queue| queue.close());
        wakeup::ring();
        let ended = self.wait_for_end(deadline.saturating_duration_since(Instant::now()));
        drain::remove_route(self.provider.id);
        flushed.and(ended)
    }
}

/// Forgets the threads that a forked process does not have.
pub(crate) fn forget_inherited() {
    wakeup::forget_inherited();
}

/// Why a flush did not succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FlushFailure {
    TimedOut,
    /// At least one export failed; the spans are lost and counted.
    Failed,
}

/// A deadline that never overflows.
fn deadline_after(timeout: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);
    Instant::now() + timeout.min(FAR)
}
