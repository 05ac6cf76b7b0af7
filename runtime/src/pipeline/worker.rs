//! An exporter's thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::queue::{ExportQueue, Work};
use super::state::Pipeline;
use super::{drain, wakeup};
use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter};
use traced_core::__runtime::block::Block;
use traced_core::__runtime::clock::Timebase;
use traced_core::__runtime::diagnostics::warn;
use traced_core::__runtime::foreign;
use traced_core::__runtime::registry::SiteTable;
use traced_core::Context;

/// With no delay at all the thread would never sleep.
const SHORTEST_DELAY: Duration = Duration::from_millis(1);

/// How often the offset to the wall clock is looked at.
const CLOCK_CHECK: Duration = Duration::from_secs(1);

/// Starts the thread.
pub(crate) fn start(
    pipeline: &Arc<Pipeline>,
    queue: &Arc<ExportQueue>,
    exporter: Box<dyn SpanExporter>,
) -> std::io::Result<()> {
    let mut worker = Worker {
        pipeline: Arc::clone(pipeline),
        queue: Arc::clone(queue),
        exporter,
        sites: SiteTable::default(),
        last_failure: None,
    };
    std::thread::Builder::new().name(format!("traced-{}", queue.name)).spawn(move || worker.run()).map(drop)
}

struct Worker {
    pipeline: Arc<Pipeline>,
    queue: Arc<ExportQueue>,
    exporter: Box<dyn SpanExporter>,
    sites: SiteTable,
    /// What went wrong last, so that the same trouble is told once.
    last_failure: Option<String>,
}

impl Worker {
    fn run(&mut self) {
        let _suppressed = Context::suppressed().attach();
        let mut foreign_suppressed = None;
        let patience =
            self.exporter.patience().unwrap_or(Duration::MAX).min(self.pipeline.batching.delay).max(SHORTEST_DELAY);
        let mut next_drain = Instant::now() + patience;
        let mut next_clock_check = Instant::now() + CLOCK_CHECK;
        loop {
            if foreign_suppressed.is_none() {
                foreign_suppressed = foreign::suppress();
            }
            let queue = &self.queue;
            wakeup::wait_until(next_drain, || queue.has_work() || wakeup::is_much_waiting());
            let now = Instant::now();
            if now >= next_clock_check {
                Timebase::get().follow_wall_clock();
                next_clock_check = now + CLOCK_CHECK;
            }
            if now >= next_drain {
                drain::drain_and_seal(self.pipeline.provider.id);
                next_drain = now + patience;
            } else if wakeup::is_much_waiting() {
                drain::drain();
            }
            if !self.work() {
                break;
            }
        }
        let _ = catch_unwind(AssertUnwindSafe(|| self.exporter.shutdown()));
        self.queue.end();
        wakeup::ring();
    }

    /// Does what there is to do. Says whether the thread goes on.
    fn work(&mut self) -> bool {
        loop {
            match self.queue.next() {
                Work::Export(block) => self.export(&block),
                Work::Flush(ticket) => self.flush(ticket),
                Work::Nothing => return true,
                Work::End => return false,
            }
            wakeup::ring();
        }
    }

    fn call(&self) -> ExportCall<'_> {
        ExportCall { deadline: Instant::now() + self.pipeline.batching.timeout, stop: &self.queue.stop }
    }

    fn export(&mut self, block: &Block) {
        self.sites.refresh();
        let deadline = Instant::now() + self.pipeline.batching.timeout;
        let Self { pipeline, queue, exporter, sites, .. } = self;
        let batch = SpanBatch { block, sites, resource: &pipeline.resource };
        let call = ExportCall { deadline, stop: &queue.stop };
        let result = guarded(|| exporter.export(&batch, &call));
        let spans = block.len() as u64;
        let lost = result.as_ref().err().map_or(0, |error| error.lost(spans));
        self.queue.exported(spans, lost);
        self.tell(result, lost);
    }

    fn flush(&mut self, ticket: u64) {
        let deadline = self.call().deadline;
        let call = ExportCall { deadline, stop: &self.queue.stop };
        let exporter = &mut self.exporter;
        let result = guarded(|| exporter.flush(&call));
        self.queue.flushed(ticket, result.is_ok());
        self.tell(result, 0);
    }

    /// Tells of a failure, once until it changes or an export succeeds again.
    fn tell(&mut self, result: Result<(), ExportError>, lost: u64) {
        if result.as_ref().is_err_and(ExportError::is_told) {
            return;
        }
        let failure = result.err().map(|error| error.to_string());
        if let Some(failure) = failure.as_ref().filter(|_| failure != self.last_failure) {
            let name = &self.queue.name;
            warn(format_args!("{name}: {failure} ({lost} spans lost so far in this call; traced::stats() counts on)"));
        }
        self.last_failure = failure;
    }
}

/// Turns a panic of the exporter into a failed export.
fn guarded(call: impl FnOnce() -> Result<(), ExportError>) -> Result<(), ExportError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(ExportError::new("the exporter panicked")))
}
