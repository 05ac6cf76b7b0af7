//! An exporter's thread.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::hand::Hand;
use super::hold::Hold;
use super::largest::Largest;
use super::queue::{ExportQueue, Tried, Work};
use super::report::Report;
#[cfg(feature = "spool")]
use super::spool::Spooling;
use super::state::Pipeline;
use super::{drain, own_thread, wakeup};
use crate::export::batch::LookedAt;
use crate::export::error::{ExportError, Verdict};
use crate::export::{ExportCall, SpanBatch, SpanExporter};
use traced_core::__runtime::clock::Timebase;
use traced_core::__runtime::foreign;
use traced_core::__runtime::outbox;
use traced_core::__runtime::registry::SiteTable;
use traced_core::Context;

#[cfg(not(feature = "spool"))]
#[path = "worker/no_spool.rs"]
mod spooling;
#[cfg(feature = "spool")]
mod spooling;

/// With no delay at all the thread would never sleep.
const SHORTEST_DELAY: Duration = Duration::from_millis(1);

/// How often the offset to the wall clock is looked at.
const CLOCK_CHECK: Duration = Duration::from_secs(1);

/// How much is exported at once when more than one block waits, as records: about 2 MiB of OTLP, half of what receivers
/// usually take. Otherwise a receiver that takes 200 ms for an answer limits a program to 18,000 spans a second.
const MERGED_BYTES: usize = 3 << 19;

/// How long the end of the program is held up by a receiver that does not answer at all.
const PATIENCE_AT_END: Duration = Duration::from_secs(1);

/// An attempt with less time than this says nothing about the receiver.
const SHORTEST_ATTEMPT: Duration = Duration::from_millis(20);

/// Starts the thread.
pub(crate) fn start(
    pipeline: &Arc<Pipeline>,
    queue: &Arc<ExportQueue>,
    exporter: Box<dyn SpanExporter>,
) -> std::io::Result<()> {
    let mut worker = Worker {
        pipeline: Arc::clone(pipeline),
        queue: Arc::clone(queue),
        report: Report::new(&queue.name, exporter.destination()),
        exporter,
        sites: SiteTable::default(),
        hand: Hand::default(),
        hold: Hold::default(),
        largest: Largest::default(),
        seen: Seen::default(),
        #[cfg(feature = "spool")]
        spooling: Spooling::default(),
    };
    std::thread::Builder::new().name(format!("traced-{}", queue.name)).spawn(move || worker.run()).map(drop)
}

struct Worker {
    pipeline: Arc<Pipeline>,
    queue: Arc<ExportQueue>,
    exporter: Box<dyn SpanExporter>,
    sites: SiteTable,
    /// What is being exported, or waits for a trouble to pass.
    hand: Hand,
    hold: Hold,
    largest: Largest,
    seen: Seen,
    report: Report,
    /// What waits on disk.
    #[cfg(feature = "spool")]
    spooling: Spooling,
}

/// What was tried for at once, whatever the pause is: each flush, and the end.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
struct Seen {
    flushes: u64,
    is_ending: bool,
}

impl Worker {
    fn run(&mut self) {
        let _suppressed = Context::suppressed().attach();
        own_thread::works_for(&self.queue);
        let mut foreign_suppressed = None;
        let patience =
            self.exporter.patience().unwrap_or(Duration::MAX).min(self.pipeline.batching.delay).max(SHORTEST_DELAY);
        let mut next_drain = Instant::now() + patience;
        let mut next_clock_check = Instant::now() + CLOCK_CHECK;
        self.open_spool();
        loop {
            if foreign_suppressed.is_none() {
                foreign_suppressed = foreign::suppress();
            }
            self.wait_until(next_drain.min(next_clock_check));
            let now = Instant::now();
            if now >= next_clock_check {
                Timebase::get().follow_wall_clock();
                next_clock_check = now + CLOCK_CHECK;
            }
            if now >= next_drain {
                drain::drain_and_seal(self.pipeline.provider.id);
                self.pipeline.overflow.look(drain::totals().0.dropped_full);
                self.report.look(&self.queue.stats());
                next_drain = now + patience;
            } else if wakeup::is_much_waiting() {
                drain::drain();
            }
            if !self.work() {
                break;
            }
            self.replay();
        }
        let _ = catch_unwind(AssertUnwindSafe(|| self.exporter.shutdown()));
        self.close_spool();
        self.queue.end();
        self.report.end(&self.queue.stats());
        wakeup::ring();
    }

    /// Sleeps until there is something to do.
    fn wait_until(&self, next_drain: Instant) {
        let (is_waiting, pause) = (self.hand.part().is_some(), self.hold.until());
        // What is at hand waits for the pause; what is on disk for both.
        let next = if is_waiting {
            pause
        } else {
            self.next_replay().map(|replay| pause.map_or(replay, |pause| pause.max(replay)))
        };
        let is_due = || next.is_some_and(|next| Instant::now() >= next);
        let wakes = || if is_waiting { self.is_tried_at_once(self.seen) } else { self.queue.has_work() };
        let until = next.map_or(next_drain, |next| next.min(next_drain));
        wakeup::wait_until(until, || wakes() || is_due() || wakeup::is_much_waiting());
    }

    /// What asks for an attempt at once, and is not met yet.
    fn is_tried_at_once(&self, seen: Seen) -> bool {
        let wish = self.wish();
        wish != seen && (wish.is_ending || !self.hold.is_asked())
    }

    fn wish(&self) -> Seen {
        let is_ending = self.queue.stop.deadline().is_some() || self.queue.is_closed();
        Seen { flushes: self.queue.flushes_requested(), is_ending }
    }

    /// Does what there is to do. Says whether the thread goes on.
    fn work(&mut self) -> bool {
        loop {
            if self.hand.part().is_some() {
                if !self.attempt_if_due() {
                    return true;
                }
            } else {
                let most_bytes = self.largest.bytes(MERGED_BYTES, Instant::now());
                let bound = most_bytes.unwrap_or(MERGED_BYTES).min(outbox::bound() / 8);
                match self.queue.next(bound, self.pipeline.batching.max_spans.unwrap_or(usize::MAX)) {
                    Work::Export(blocks) => self.hand = Hand::new(blocks, most_bytes),
                    Work::Flush(ticket) => self.flush(ticket),
                    Work::Nothing => return true,
                    Work::End => return false,
                }
                // A pause belongs to an export that failed.
                continue;
            }
            wakeup::ring();
        }
    }

    /// Exports what is at hand, unless there is a pause. Says whether something was done.
    fn attempt_if_due(&mut self) -> bool {
        let now = Instant::now();
        let Some(until) = self.hold.until() else {
            self.attempt();
            return true;
        };
        let at_once = self.is_tried_at_once(self.seen);
        let end = self.queue.stop.deadline().or_else(|| self.queue.is_closed().then_some(now));
        if let Some(end) = end {
            let is_silent = self.hold.silence(now).is_some_and(|silence| silence > PATIENCE_AT_END);
            let is_hopeless = until >= end || is_silent;
            if (is_hopeless && self.seen.is_ending) || now + SHORTEST_ATTEMPT >= end {
                self.give_up();
                return true;
            }
            // A pause that was asked for, and is over before the end, is kept.
            if self.hold.is_asked() && until < end && now < until {
                self.seen = self.wish();
                return false;
            }
        }
        if now < until && !at_once {
            if self.hold.failures() > 1 {
                self.put_aside();
            }
            return self.hand.part().is_none();
        }
        self.attempt();
        true
    }

    fn attempt(&mut self) {
        let Some(part) = self.hand.part() else { return };
        self.seen = self.wish();
        self.sites.refresh();
        let deadline = Instant::now() + self.pipeline.batching.timeout;
        let spans = part.len() as u64;
        let Self { pipeline, queue, exporter, sites, hand, .. } = self;
        let looked_at = LookedAt::default();
        let batch = SpanBatch::new((hand.blocks(), part), sites, &pipeline.resource, &looked_at);
        let call = ExportCall { deadline, stop: &queue.stop };
        let is_cut_short = call.time_left() < PATIENCE_AT_END;
        let result = guarded(|| exporter.export(&batch, &call));
        let tried = Tried { spans, filtered: looked_at.filtered() };
        match result {
            Ok(()) => self.exported(tried, 0),
            Err(error) => self.failed(error, tried, is_cut_short),
        }
    }

    fn failed(&mut self, error: ExportError, tried: Tried, is_cut_short: bool) {
        match error.verdict() {
            Verdict::Later(pause) => {
                self.hold.begin(pause, Instant::now());
                self.queue.hold(true);
                self.report.troubled(error, is_cut_short, self.lost());
                // The first may be a connection that had gone stale.
                if self.hold.failures() > 1 {
                    self.put_aside();
                }
            }
            Verdict::TooLarge if tried.spans > 1 => {
                self.largest.refused(self.hand.part_bytes(), Instant::now());
                self.hand.halve();
                self.answered();
            }
            Verdict::TooLarge | Verdict::Refused(_) => {
                let given = tried.spans - tried.filtered;
                let lost = error.lost(given);
                // Of a part of them, nobody says which.
                if let Some(part) = self.hand.part().filter(|_| lost == tried.spans) {
                    self.hand.lose(part);
                }
                self.exported(tried, lost);
                self.lost_for_good(&error, lost);
            }
        }
    }

    /// Counts what an exporter has lost that had held it back, and says all of it.
    fn lost_for_good(&mut self, error: &ExportError, lost: u64) {
        self.queue.lost_after_all(error.held_back());
        self.report.refused(error, lost + error.held_back());
    }

    /// The part at hand is done with.
    fn exported(&mut self, tried: Tried, lost: u64) {
        self.queue.exported(tried, lost);
        self.hand.next_part();
        self.answered();
    }

    fn answered(&mut self) {
        if self.hold.until().is_some() {
            self.hold.end();
            self.queue.hold(false);
            self.report.look(&self.queue.stats());
            self.report.answered(self.lost());
        }
    }

    /// What was lost so far, and would have come here.
    fn lost(&self) -> u64 {
        let stats = self.queue.stats();
        stats.dropped_full + drain::totals().0.dropped_full
    }

    /// Nothing more can be exported before the end.
    fn give_up(&mut self) {
        self.put_aside();
        self.report.gave_up();
        self.queue.give_up(self.hand.let_go());
        self.hold.end();
    }

    fn flush(&mut self, ticket: u64) {
        let deadline = Instant::now() + self.pipeline.batching.timeout;
        let call = ExportCall { deadline, stop: &self.queue.stop };
        let exporter = &mut self.exporter;
        let result = guarded(|| exporter.flush(&call));
        self.report.look(&self.queue.stats());
        if let Err(error) = &result {
            self.lost_for_good(error, 0);
        }
        self.queue.flushed(ticket, result.is_ok());
        wakeup::ring();
    }
}

/// Turns a panic of the exporter into a failed export.
fn guarded(call: impl FnOnce() -> Result<(), ExportError>) -> Result<(), ExportError> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|_| Err(ExportError::new("the exporter panicked")))
}
