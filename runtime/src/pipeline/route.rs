//! One pipeline's records on their way from the outboxes into the exporters' queues.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use super::site_counts;
use super::state::Pipeline;
use super::tail::TailSampling;
use super::tail::{Fate, Finished, TailBuffer, TailCounts};
use traced_core::__runtime::block::Block;
use traced_core::__runtime::block::FULL_BYTES;
use traced_core::__runtime::record::HEAD_WORDS;
use traced_core::__runtime::record::Way;
use traced_core::__runtime::record::split_first;
use traced_core::__runtime::record::way;
use traced_core::SpanId;

/// Records in a row that go the same way.
pub(crate) struct Run<'a> {
    pub(crate) way: Way,
    pub(crate) words: &'a [AtomicU64],
    pub(crate) spans: usize,
}

/// One pipeline's records that are not in a queue yet.
pub(crate) struct Route {
    pipeline: Arc<Pipeline>,
    block: Block,
    /// Spans that are recorded without being sampled, for those who take them.
    unsampled: Block,
    tail: Option<Tail>,
}

struct Tail {
    buffer: TailBuffer<u64>,
    since: Instant,
}

impl Route {
    pub(crate) fn new(pipeline: &Arc<Pipeline>, tail: Option<TailSampling>) -> Self {
        let tail = tail.map(|settings| Tail { buffer: TailBuffer::new(settings), since: Instant::now() });
        Self { pipeline: Arc::clone(pipeline), block: Block::default(), unsampled: Block::default(), tail }
    }

    /// The provider's id.
    pub(crate) fn id(&self) -> u16 {
        self.pipeline.provider.id
    }

    /// How many spans are held here.
    pub(crate) fn len(&self) -> usize {
        self.block.len() + self.unsampled.len()
    }

    /// How many of them are sampled, and how many are not.
    pub(crate) fn lens(&self) -> (u64, u64) {
        (self.block.len() as u64, self.unsampled.len() as u64)
    }

    /// Counts what is held here as lost, call site by call site.
    pub(crate) fn lose(&self) {
        [&self.block, &self.unsampled].into_iter().for_each(site_counts::lose_block);
    }

    /// Takes the block as it is.
    #[cfg(feature = "testing")]
    pub(crate) fn take_block(&mut self) -> Block {
        std::mem::take(&mut self.block)
    }

    pub(crate) fn take(&mut self, run: &Run<'_>) {
        if !run.way.is_sampled {
            if self.pipeline.queues.iter().any(|queue| queue.takes_unsampled) {
                self.unsampled.append(run.words, run.spans);
            }
        } else if self.tail.is_some() {
            each_record(run.words, |record| self.offer(record));
        } else if let Some(limit) = self.pipeline.batching.max_spans {
            // The limit may be reached anywhere in the run.
            each_record(run.words, |record| {
                self.block.append(record, 1);
                self.seal_if(self.block.len() >= limit || self.block.bytes() >= FULL_BYTES);
            });
        } else {
            self.seal_if(self.block.bytes() + run.words.len() * 8 > FULL_BYTES);
            self.block.append(run.words, run.spans);
        }
    }

    /// Lets tail sampling decide.
    fn offer(&mut self, record: &[AtomicU64]) {
        let words: Vec<_> = record.iter().map(|word| word.load(Ordering::Relaxed)).collect();
        let Some((head, _, _)) = split_first(&words) else { return };
        let is_local_root = head.parent_is_remote() || !head.parent_id().is_valid();
        let open_roots = self.pipeline.provider.open_roots.as_ref().filter(|_| is_local_root);
        let finished = Finished {
            trace_id: head.trace_id(),
            span_id: head.span_id(),
            parent_id: if head.parent_is_remote() { SpanId::INVALID } else { head.parent_id() },
            is_error: head.is_error(),
            is_local_root,
            are_others_open: open_roots.is_some_and(|roots| roots.ended(head.trace_id())),
            duration: head.duration(),
            record: &words,
        };
        self.decide(|tail, decided| tail.buffer.offer(tail.since.elapsed(), finished, decided));
    }

    /// Lets tail sampling decide, and takes what it has decided about. A whole trace may come at once: it goes on in
    /// blocks of the usual size. What is let go is for those who see every recording span.
    fn decide(&mut self, ask: impl FnOnce(&mut Tail, &mut dyn FnMut(Fate, &[u64]))) {
        let Self { pipeline, block, unsampled, tail: Some(tail) } = self else { return };
        let limit = pipeline.batching.max_spans.unwrap_or(usize::MAX);
        let is_seen = pipeline.queues.iter().any(|queue| queue.takes_unsampled);
        ask(tail, &mut |fate, record| {
            let (block, is_sampled) = match fate {
                Fate::Kept => (&mut *block, true),
                Fate::LetGo if is_seen => (&mut *unsampled, false),
                Fate::LetGo => return,
            };
            block.append_words(record);
            if block.len() >= limit || block.bytes() >= FULL_BYTES {
                seal(pipeline, block, is_sampled);
            }
        });
    }

    /// What tail sampling has decided so far.
    pub(crate) fn tail_counts(&self) -> Option<TailCounts> {
        self.tail.as_ref().map(|tail| *tail.buffer.counts())
    }

    /// Leaves what tail sampling has decided with the pipeline, which outlives its route.
    pub(crate) fn leave_tail_counts(&self) {
        if let Some(counts) = self.tail_counts() {
            self.pipeline.tail_counts.get_or_init(|| counts);
        }
    }

    /// Decides about everything that tail sampling still holds.
    pub(crate) fn decide_tail(&mut self) {
        self.decide(|tail, decided| tail.buffer.finish(decided));
    }

    fn seal_if(&mut self, is_full: bool) {
        if is_full && !self.pipeline.queues.is_empty() {
            self.seal();
        }
    }

    /// Gives what is held to all queues.
    pub(crate) fn seal(&mut self) {
        self.decide(|tail, decided| tail.buffer.expire(tail.since.elapsed(), decided));
        if let (Some(roots), Some(tail)) = (&self.pipeline.provider.open_roots, &self.tail) {
            roots.forget_older_than(tail.buffer.longest_wait());
        }
        seal(&self.pipeline, &mut self.block, true);
        seal(&self.pipeline, &mut self.unsampled, false);
    }
}

/// Gives a block to the queues of all who take such spans. Without queues it stays where it is.
fn seal(pipeline: &Pipeline, block: &mut Block, is_sampled: bool) {
    if block.is_empty() || pipeline.queues.is_empty() {
        return;
    }
    let block = Arc::new(std::mem::take(block).sealed());
    let room = pipeline.room();
    let takers = pipeline.queues.iter().filter(|queue| is_sampled || queue.takes_unsampled);
    takers.for_each(|queue| queue.push(&block, room));
}

fn each_record(mut words: &[AtomicU64], mut take: impl FnMut(&[AtomicU64])) {
    while let Some(word) = words.get(HEAD_WORDS - 1) {
        let (_, length) = way(word.load(Ordering::Relaxed));
        let (record, rest) = words.split_at(length.min(words.len()));
        take(record);
        words = rest;
    }
}
