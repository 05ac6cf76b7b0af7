//! How a pipeline starts, is flushed, and ends.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use super::on_end::OnEnd;
use super::overflow::Overflow;
use super::queue::{ExportQueue, FlushFailure};
use super::state::{Pipeline, PipelineSettings};
use super::{drain, own_thread, wakeup, worker};
use traced_core::__runtime::guard::install_panic_hook;
use traced_core::__runtime::outbox;
use traced_core::__runtime::processor::Processors;
use traced_core::__runtime::provider::Provider;

/// How much earlier than a shutdown its last export has to be over, at most.
const TIME_TO_REPORT: Duration = Duration::from_millis(500);

/// Starts the exporters' threads, one each. Nothing records yet: that is for `registry::set_default_provider`.
///
/// # Errors
///
/// When a thread cannot be started.
pub(crate) fn start(settings: PipelineSettings) -> std::io::Result<Arc<Pipeline>> {
    install_panic_hook();
    #[cfg(feature = "spool")]
    let spool = settings.spool;
    let PipelineSettings { mut provider, processors, resource, mut exporters, batching, tail, .. } = settings;
    let id = drain::free_id();
    exporters.extend(processors.iter().map(|processor| Box::new(OnEnd(Arc::clone(processor))) as Box<_>));
    provider.hooks = Processors::hooks(processors);
    provider.notes_roots = tail.is_some();
    let queues = exporters.iter().map(|exporter| Arc::new(ExportQueue::new(&**exporter))).collect();
    let provider = Provider::leak(id, provider);
    let pipeline = Arc::new(Pipeline {
        provider,
        resource,
        batching,
        queues,
        overflow: Overflow::default(),
        #[cfg(feature = "spool")]
        spool,
        tail_counts: OnceLock::new(),
    });
    drain::add_route(&pipeline, tail);
    pipeline.overflow.look(drain::totals().0.dropped_full);
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

impl Pipeline {
    /// Exports what has ended before this call, on whichever thread. Says whether all of it was done in time.
    pub(crate) fn flush(&self, timeout: Duration) -> Result<(), FlushFailure> {
        let deadline = deadline_after(timeout);
        drain::drain_and_seal(self.provider.id);
        let tickets: Vec<_> = self.queues.iter().map(|queue| queue.request_flush()).collect();
        wakeup::ring();
        let wait = |(queue, ticket): (&Arc<ExportQueue>, u64)| {
            if own_thread::is_for(queue) {
                // The exporter itself asks, or its panic aborts the process: it would wait in vain.
                return Err(FlushFailure::TimedOut);
            }
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
        self.overflow.end(drain::totals().0.dropped_full);
        flushed.and(ended)
    }
}

/// A deadline that never overflows.
fn deadline_after(timeout: Duration) -> Instant {
    const FAR: Duration = Duration::from_secs(60 * 60 * 24 * 365);
    Instant::now() + timeout.min(FAR)
}
