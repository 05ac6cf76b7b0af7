//! What an exporter's thread does with the spool: what was met by trouble twice goes to disk, and comes back when the
//! receiver answers. With a receiver that answers, nothing is ever written.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use super::Worker;
use crate::export::batch::LookedAt;
use crate::export::error::Verdict;
use crate::export::{ExportCall, ExportError, SpanBatch};
use crate::pipeline::hand::Hand;
use crate::pipeline::queue::Work;
use crate::pipeline::spool::{Read, Spool, Spooling, Waiting};
use traced_core::__runtime::diagnostics::warn;

/// Requests from disk follow each other no more closely, so that a receiver which is back is not buried.
const REPLAY_PAUSE: Duration = Duration::from_millis(100);

impl Worker {
    /// Opens the spool, when one was asked for and the exporter can send what is encoded already.
    pub(super) fn open_spool(&mut self) {
        let Some(root) = self.pipeline.spool.as_ref().filter(|_| self.exporter.takes_requests()) else { return };
        match Spool::open(root, &self.queue.name) {
            Ok(spool) => self.spooling = Spooling { spool: Some(spool), next: Some(Instant::now()) },
            Err(error) => {
                let (name, root) = (&self.queue.name, root.display());
                warn(format_args!("{name}: spans cannot wait in {root}: {error}; they wait in memory alone"));
            }
        }
    }

    /// Lets go of the folder, for the next process.
    pub(super) fn close_spool(&mut self) {
        self.spooling = Spooling::default();
    }

    /// Moves what is at hand and what is queued to disk. What cannot be written stays.
    pub(super) fn put_aside(&mut self) {
        if self.spooling.spool.is_none() {
            return;
        }
        self.sites.refresh();
        loop {
            let Some(part) = self.hand.part() else {
                match self.queue.next_blocks() {
                    Some(Work::Export(blocks)) => self.hand = Hand::new(blocks, self.most_bytes),
                    _ => return,
                }
                continue;
            };
            let spans = part.len() as u64;
            let looked_at = LookedAt::default();
            let at_hand = (self.hand.blocks(), part);
            let batch = SpanBatch::new(at_hand, &self.sites, &self.pipeline.resource, &looked_at);
            let request = batch.otlp_request();
            let Some(spool) = &mut self.spooling.spool else { return };
            let chunks: Vec<_> = request.chunks().collect();
            let Ok(gone) = spool.write(chunks.into_iter(), spans) else { return };
            self.hand.next_part();
            self.queue.spooled(spans);
            gone.into_iter().for_each(|waiting| self.dropped(waiting));
        }
    }

    fn dropped(&self, waiting: Waiting) {
        if waiting.is_own {
            self.queue.unspooled(waiting.spans, 0, waiting.spans);
        }
    }

    /// When the next request is read from disk; `None` when there is none.
    pub(super) fn next_replay(&self) -> Option<Instant> {
        let is_empty = self.spooling.spool.as_ref().is_none_or(Spool::is_empty);
        // At the end, what is on disk is safe there.
        if is_empty || self.wish().is_ending { None } else { self.spooling.next }
    }

    /// Sends the oldest request from disk, if it is time.
    pub(super) fn replay(&mut self) {
        let now = Instant::now();
        let is_due = self.next_replay().is_some_and(|next| now >= next);
        let is_held = self.hold.until().is_some_and(|until| now < until);
        if !is_due || is_held || self.hand.part().is_some() {
            return;
        }
        self.spooling.next = Some(now + REPLAY_PAUSE);
        let Some(spool) = &mut self.spooling.spool else { return };
        let mut lost = spool.make_room();
        let read = spool.read_oldest(|waiting| lost.push(waiting));
        lost.into_iter().for_each(|waiting| self.dropped(waiting));
        let Some(Read { name, waiting, request }) = read else { return };
        let call = ExportCall { deadline: now + self.pipeline.batching.timeout, stop: &self.queue.stop };
        let exporter = &mut self.exporter;
        let result = catch_unwind(AssertUnwindSafe(|| exporter.export_request(&request, &call)));
        let result = result.unwrap_or_else(|_| Err(ExportError::new("the exporter panicked")));
        if let Err(error) = &result
            && let Verdict::Later(pause) = error.verdict()
        {
            self.hold.begin(pause, Instant::now());
            self.queue.hold(true);
            self.report.troubled(error.clone(), false, self.lost());
            return;
        }
        let refused = result.as_ref().err().map_or(0, |error| error.lost(waiting.spans));
        if let Some(spool) = &mut self.spooling.spool {
            spool.delete(&name);
        }
        if waiting.is_own {
            self.queue.unspooled(waiting.spans, refused, 0);
        } else {
            self.queue.recovered(waiting.spans - refused);
        }
        self.answered();
        if let Err(error) = result {
            self.report.refused(&error, refused);
        }
    }
}
