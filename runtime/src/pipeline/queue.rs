//! One exporter's queue of blocks, and the words between its thread and the rest.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use super::site_counts::lose_block;
use crate::export::SpanExporter;
use crate::export::stop::Stop;
use traced_core::__runtime::block::Block;

/// One exporter's queue.
#[derive(Debug)]
pub(crate) struct ExportQueue {
    pub(crate) name: String,
    /// Whether it gets spans that are recorded without being sampled, besides the others.
    pub(crate) takes_unsampled: bool,
    pub(crate) stop: Stop,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    blocks: VecDeque<Arc<Block>>,
    /// Bytes in `blocks`.
    bytes: usize,
    /// Spans in `blocks` and in the export that is under way.
    queued: u64,
    /// The exporter met a trouble that passes.
    is_held: bool,
    exported: u64,
    filtered: u64,
    refused: u64,
    unsent: u64,
    dropped_full: u64,
    spooled: u64,
    dropped_disk: u64,
    recovered: u64,
    flushes_requested: u64,
    flushes_done: u64,
    /// The last flush after which something had been lost since the one before.
    last_failed_flush: u64,
    lost_at_last_flush: u64,
    is_closed: bool,
    has_ended: bool,
}

/// Counts of what one exporter did so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ExporterStats {
    /// The exporter's name.
    pub name: String,
    /// Spans that it exported.
    pub exported: u64,
    /// Spans that it left out by a filter of its own ([`SpanBatch::filter`](crate::SpanBatch::filter)).
    pub filtered: u64,
    /// Spans that wait for it, or that it has been given and has not finished with.
    pub queued: u64,
    /// The latter alone.
    pub exporting: u64,
    /// Spans that it could not export: `refused` and `unsent`.
    pub failed: u64,
    /// Spans that were refused for good, by the receiver or the exporter.
    pub refused: u64,
    /// Spans that could not be sent before the end.
    pub unsent: u64,
    /// Spans dropped from its queue because `OTEL_BSP_MAX_QUEUE_SIZE` of them were waiting, or because it was in
    /// trouble and more were waiting than its share of the memory: then the oldest go.
    pub dropped_full: u64,
    /// Spans that wait for it on disk.
    pub spooled: u64,
    /// Spans dropped from disk: over its bound, too old, or not whole.
    pub dropped_disk: u64,
    /// Spans of earlier processes that it exported from disk; in no other count.
    pub recovered: u64,
}

/// Spans that an exporter was given.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tried {
    pub(crate) spans: u64,
    /// Those of them that the exporter's own filter left out.
    pub(crate) filtered: u64,
}

/// Why a flush did not succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FlushFailure {
    TimedOut,
    /// Spans were lost since the last flush, and counted.
    Failed,
}

/// What a queue may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    pub(crate) spans: Option<usize>,
    pub(crate) bytes: usize,
    /// There are other queues, which need memory as well.
    pub(crate) is_shared: bool,
}

/// What an exporter's thread finds.
pub(crate) enum Work {
    /// Blocks in a row that are exported together.
    Export(Vec<Arc<Block>>),
    Flush(u64),
    End,
    Nothing,
}

impl ExportQueue {
    pub(crate) fn new(exporter: &dyn SpanExporter) -> Self {
        Self {
            name: exporter.name().to_owned(),
            takes_unsampled: exporter.takes_unsampled(),
            stop: Stop::default(),
            state: Mutex::default(),
        }
    }

    fn with<R>(&self, use_state: impl FnOnce(&mut State) -> R) -> R {
        use_state(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Takes a block. What is too much is dropped and counted: the newest, or while the exporter is in trouble the
    /// oldest.
    pub(crate) fn push(&self, block: &Arc<Block>, room: Room) {
        let spans = block.len() as u64;
        self.with(|state| {
            if state.is_closed {
                state.unsent += spans;
                return lose_block(block);
            }
            let limit = room.spans.map_or(u64::MAX, |spans| spans as u64);
            if !state.is_held && state.queued + spans > limit {
                state.dropped_full += spans;
                return lose_block(block);
            }
            state.queued += spans;
            state.bytes += block.bytes();
            state.blocks.push_back(Arc::clone(block));
            let must_share = state.is_held || room.is_shared;
            while must_share && (state.bytes > room.bytes || state.queued > limit) {
                let Some(oldest) = state.pop() else { return };
                state.queued -= oldest.len() as u64;
                state.dropped_full += oldest.len() as u64;
                lose_block(&oldest);
            }
        });
    }

    /// The next thing to do: blocks before flushes, flushes before the end. Several blocks at once if they have no more
    /// than so many bytes and spans.
    pub(crate) fn next(&self, most_bytes: usize, most_spans: usize) -> Work {
        self.with(|state| {
            if let Some(first) = state.pop() {
                let (mut bytes, mut spans) = (first.bytes(), first.len());
                let mut blocks = vec![first];
                while let Some(next) = state.blocks.front() {
                    bytes += next.bytes();
                    spans += next.len();
                    if bytes > most_bytes || spans > most_spans {
                        break;
                    }
                    blocks.extend(state.pop());
                }
                return Work::Export(blocks);
            }
            if state.flushes_done < state.flushes_requested {
                return Work::Flush(state.flushes_requested);
            }
            if state.is_closed { Work::End } else { Work::Nothing }
        })
    }

    /// Whether [`next`](Self::next) has something.
    pub(crate) fn has_work(&self) -> bool {
        self.with(|state| !state.blocks.is_empty() || state.flushes_done < state.flushes_requested || state.is_closed)
    }

    /// The last flush that was asked for.
    pub(crate) fn flushes_requested(&self) -> u64 {
        self.with(|state| state.flushes_requested)
    }

    /// Says whether the exporter is in trouble.
    pub(crate) fn hold(&self, is_held: bool) {
        self.with(|state| state.is_held = is_held);
    }

    /// Counts a finished export.
    pub(crate) fn exported(&self, Tried { spans, filtered }: Tried, refused: u64) {
        self.with(|state| {
            state.queued -= spans;
            state.filtered += filtered;
            state.exported += spans - filtered - refused;
            state.refused += refused;
        });
    }

    /// Counts spans that went to disk.
    #[cfg(feature = "spool")]
    pub(crate) fn spooled(&self, spans: u64) {
        self.with(|state| {
            state.queued -= spans;
            state.spooled += spans;
        });
    }

    /// Counts spans that are no longer on disk: refused, dropped, or exported.
    #[cfg(feature = "spool")]
    pub(crate) fn unspooled(&self, spans: u64, refused: u64, dropped: u64) {
        self.with(|state| {
            state.spooled -= spans;
            state.refused += refused;
            state.dropped_disk += dropped;
            state.exported += spans - refused - dropped;
        });
    }

    /// Counts spans of an earlier process that were exported.
    #[cfg(feature = "spool")]
    pub(crate) fn recovered(&self, spans: u64) {
        self.with(|state| state.recovered += spans);
    }

    /// The oldest block, if there is one.
    #[cfg(feature = "spool")]
    pub(crate) fn next_blocks(&self) -> Option<Work> {
        self.with(|state| state.pop().map(|block| Work::Export(vec![block])))
    }

    /// Lets go of all that waits: there is no time left for it. Counts it with what was `taken` from here before.
    pub(crate) fn give_up(&self, taken: u64) {
        self.with(|state| {
            let left = taken + state.let_go();
            state.queued -= left;
            state.unsent += left;
        });
    }

    /// Counts spans as lost that an exporter had taken and held back.
    pub(crate) fn lost_after_all(&self, spans: u64) {
        self.with(|state| {
            state.exported = state.exported.saturating_sub(spans);
            state.refused += spans;
        });
    }

    /// Asks for everything that is queued now to be exported, and the exporter to be flushed.
    pub(crate) fn request_flush(&self) -> u64 {
        self.with(|state| {
            state.flushes_requested += 1;
            state.flushes_requested
        })
    }

    /// Says that the exporter was flushed.
    pub(crate) fn flushed(&self, ticket: u64, is_ok: bool) {
        self.with(|state| {
            let lost = state.lost();
            if !is_ok || lost > state.lost_at_last_flush {
                state.last_failed_flush = ticket;
            }
            state.lost_at_last_flush = lost;
            state.flushes_done = ticket;
        });
    }

    pub(crate) fn is_flushed(&self, ticket: u64) -> bool {
        self.with(|state| state.flushes_done >= ticket || state.has_ended)
    }

    pub(crate) fn flush_result(&self, ticket: u64) -> Result<(), FlushFailure> {
        self.with(|state| if state.last_failed_flush >= ticket { Err(FlushFailure::Failed) } else { Ok(()) })
    }

    /// Nothing more is taken; the thread ends when it is done.
    pub(crate) fn close(&self) {
        self.with(|state| state.is_closed = true);
    }

    /// The thread has ended; what is left is lost.
    pub(crate) fn end(&self) {
        self.with(|state| {
            let left = state.let_go();
            state.queued -= left;
            state.unsent += left;
            state.is_closed = true;
            state.has_ended = true;
        });
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.with(|state| state.is_closed)
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.with(|state| state.has_ended)
    }

    pub(crate) fn stats(&self) -> ExporterStats {
        self.with(|state| ExporterStats {
            name: self.name.clone(),
            exported: state.exported,
            filtered: state.filtered,
            queued: state.queued,
            exporting: state.queued - state.waiting(),
            failed: state.refused + state.unsent,
            refused: state.refused,
            unsent: state.unsent,
            dropped_full: state.dropped_full,
            spooled: state.spooled,
            dropped_disk: state.dropped_disk,
            recovered: state.recovered,
        })
    }
}

impl State {
    /// The oldest block.
    fn pop(&mut self) -> Option<Arc<Block>> {
        let block = self.blocks.pop_front()?;
        self.bytes -= block.bytes();
        Some(block)
    }

    /// Lets go of all blocks. Says how many spans they had.
    fn let_go(&mut self) -> u64 {
        self.bytes = 0;
        self.blocks.drain(..).inspect(|block| lose_block(block)).map(|block| block.len() as u64).sum()
    }

    /// Spans in blocks that were not taken yet.
    fn waiting(&self) -> u64 {
        self.blocks.iter().map(|block| block.len() as u64).sum()
    }

    /// All spans that were not exported and never will be.
    const fn lost(&self) -> u64 {
        self.refused + self.unsent + self.dropped_full + self.dropped_disk
    }
}

#[cfg(test)]
mod tests;
