//! One exporter's queue of blocks, and the words between its thread and the rest.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

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
    /// Spans in `blocks` and in the export that is under way.
    queued: u64,
    exported: u64,
    failed: u64,
    dropped_full: u64,
    flushes_requested: u64,
    flushes_done: u64,
    /// The last flush after which something had failed since the one before.
    last_failed_flush: u64,
    failed_at_last_flush: u64,
    is_closed: bool,
    has_ended: bool,
}

/// What one exporter did so far.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub struct ExporterStats {
    /// The exporter's name.
    pub name: String,
    /// Spans that it exported.
    pub exported: u64,
    /// Spans that wait for it.
    pub queued: u64,
    /// Spans that it could not export.
    pub failed: u64,
    /// Spans dropped because `OTEL_BSP_MAX_QUEUE_SIZE` of them were waiting.
    pub dropped_full: u64,
}

/// Why a flush did not succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum FlushFailure {
    TimedOut,
    /// At least one export failed; the spans are lost and counted.
    Failed,
}

/// What an exporter's thread finds.
pub(crate) enum Work {
    Export(Arc<Block>),
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

    /// Takes a block, unless that would be more spans than `limit`; then its spans are counted as dropped.
    pub(crate) fn push(&self, block: &Arc<Block>, limit: Option<usize>) {
        let spans = block.len() as u64;
        self.with(|state| {
            if state.is_closed {
                state.failed += spans;
                return;
            }
            if limit.is_some_and(|limit| state.queued + spans > limit as u64) {
                state.dropped_full += spans;
                return;
            }
            state.queued += spans;
            state.blocks.push_back(Arc::clone(block));
        });
    }

    /// The next thing to do: blocks before flushes, flushes before the end.
    pub(crate) fn next(&self) -> Work {
        self.with(|state| {
            if let Some(block) = state.blocks.pop_front() {
                return Work::Export(block);
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

    /// Counts a finished export.
    pub(crate) fn exported(&self, spans: u64, lost: u64) {
        self.with(|state| {
            state.queued -= spans;
            state.exported += spans - lost;
            state.failed += lost;
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
            if !is_ok || state.failed > state.failed_at_last_flush {
                state.last_failed_flush = ticket;
            }
            state.failed_at_last_flush = state.failed;
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
            let left = state.blocks.drain(..).map(|block| block.len() as u64).sum::<u64>();
            state.queued -= left;
            state.failed += left;
            state.is_closed = true;
            state.has_ended = true;
        });
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.with(|state| state.has_ended)
    }

    pub(crate) fn stats(&self) -> ExporterStats {
        self.with(|state| ExporterStats {
            name: self.name.clone(),
            exported: state.exported,
            queued: state.queued,
            failed: state.failed,
            dropped_full: state.dropped_full,
        })
    }
}
