//! What an exporter's thread does with the spool: what was met by trouble twice goes to disk, and comes back when the
//! receiver answers. With a receiver that answers, nothing is ever written.

use std::time::{Duration, Instant};

use super::{MERGED_BYTES, Worker, guarded};
use crate::export::batch::LookedAt;
use crate::export::error::Verdict;
use crate::export::{ExportCall, ExportError, SpanBatch};
use crate::pipeline::hand::Hand;
use crate::pipeline::queue::Work;
use crate::pipeline::spool::{Spool, Spooling, Waiting};
use traced_core::__runtime::diagnostics::warn;
use traced_core::__runtime::halves::halves;

/// What goes between is live, and after a request from disk there is a pause as long as the receiver took for it, up to
/// this: a receiver that is back is not buried, and one that is quick gets hundreds of small files in a second.
const REPLAY_PAUSE: Duration = Duration::from_millis(100);

impl Worker {
    /// Opens the spool, when one was asked for and the exporter can send what is encoded already.
    pub(super) fn open_spool(&mut self) {
        let Some(root) = self.pipeline.spool.as_ref().filter(|_| self.exporter.takes_requests()) else { return };
        match Spool::open(root, &self.queue.name) {
            Ok(spool) => self.spooling = Spooling { spool: Some(spool), next: Some(Instant::now()), sending: None },
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
        let most_bytes = self.largest.bytes(MERGED_BYTES, Instant::now());
        loop {
            let Some(part) = self.hand.part() else {
                match self.queue.next_blocks() {
                    Some(Work::Export(blocks)) => self.hand = Hand::new(blocks, most_bytes),
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
        self.read_if_nothing_is_sent();
        let Self { pipeline, queue, exporter, spooling, .. } = self;
        let Some((request, spans)) = spooling.sending.as_mut().and_then(|sending| sending.parts.pop()) else { return };
        let call = ExportCall { deadline: now + pipeline.batching.timeout, stop: &queue.stop };
        let result = guarded(|| exporter.export_request(&request, &call));
        // Half of the receiver's time, and no more of a slow one's.
        let end = Instant::now();
        spooling.next = Some(end + end.duration_since(now).min(REPLAY_PAUSE));
        match result {
            Ok(()) => self.sent(spans, 0),
            Err(error) => self.not_sent(error, (request, spans)),
        }
    }

    fn read_if_nothing_is_sent(&mut self) {
        let Some(spool) = self.spooling.spool.as_mut().filter(|_| self.spooling.sending.is_none()) else { return };
        let mut lost = spool.make_room();
        self.spooling.sending = spool.read_oldest(|waiting| lost.push(waiting));
        lost.into_iter().for_each(|waiting| self.dropped(waiting));
    }

    /// What becomes of a request from disk is what becomes of every other.
    fn not_sent(&mut self, error: ExportError, (request, spans): (Vec<u8>, u64)) {
        let put_back = |worker: &mut Self, parts: Vec<_>| {
            worker.spooling.sending.as_mut().map(|sending| sending.parts.extend(parts));
        };
        match (error.verdict(), halves(&request)) {
            (Verdict::Later(pause), _) => {
                put_back(self, vec![(request, spans)]);
                self.hold.begin(pause, Instant::now());
                self.queue.hold(true);
                self.report.troubled(error, false, self.lost());
            }
            (Verdict::TooLarge, Some([first, second])) => {
                put_back(self, [second, first].map(|(request, spans)| (request, spans as u64)).into());
                self.answered();
            }
            _ => {
                let refused = error.lost(spans);
                self.sent(spans, refused);
                self.report.refused(&error, refused);
            }
        }
    }

    /// A request from disk, or a part of it, is done with.
    fn sent(&mut self, spans: u64, refused: u64) {
        let Some(sending) = &self.spooling.sending else { return };
        if sending.is_own {
            self.queue.unspooled(spans, refused, 0);
        } else {
            self.queue.recovered(spans - refused);
        }
        if sending.parts.is_empty() {
            let done = self.spooling.sending.take();
            if let (Some(spool), Some(done)) = (&mut self.spooling.spool, done) {
                spool.delete(&done.name);
            }
        }
        self.answered();
    }
}
