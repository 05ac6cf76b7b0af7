//! Draining: all outboxes are read under one lock, and each record goes to the pipeline it belongs to.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::block::{Block, FULL_BYTES};
use super::{Pipeline, alarm};
use crate::outbox::{Reader, Totals};
use crate::wire::record::{HEAD_WORDS, route};

static DRAINER: Mutex<Drainer> = Mutex::new(Drainer {
    reader: Reader::new(),
    routes: Routes { routes: Vec::new(), last_id: 0, drained: 0, unrouted: 0 },
});

struct Drainer {
    reader: Reader,
    routes: Routes,
}

struct Routes {
    routes: Vec<Route>,
    last_id: u16,
    /// Spans that came out of the outboxes.
    drained: u64,
    /// Spans whose pipeline was gone when they ended.
    unrouted: u64,
}

/// One pipeline's records that are not in a queue yet.
struct Route {
    pipeline: Arc<Pipeline>,
    block: Block,
}

/// An id that no pipeline uses.
pub(crate) fn free_id() -> u16 {
    with(|drainer| {
        let routes = &mut drainer.routes;
        loop {
            routes.last_id = routes.last_id.wrapping_add(1);
            let is_used = routes.routes.iter().any(|route| route.pipeline.provider.id == routes.last_id);
            if !is_used {
                return routes.last_id;
            }
        }
    })
}

/// Sends records to a pipeline from now on.
pub(crate) fn add_route(pipeline: &Arc<Pipeline>) {
    let route = Route { pipeline: Arc::clone(pipeline), block: Block::default() };
    with(|drainer| drainer.routes.routes.push(route));
    if let Some(spans) = pipeline.batching.max_queued_spans {
        alarm::wake_after_spans(spans / 2);
    }
}

/// No longer sends records to a pipeline. What was not in a queue yet is given back.
pub(crate) fn remove_route(id: u16) -> Option<Block> {
    with(|drainer| {
        drainer.drain();
        let routes = &mut drainer.routes.routes;
        let place = routes.iter().position(|route| route.pipeline.provider.id == id)?;
        let block = routes.swap_remove(place).block;
        drainer.routes.unrouted += block.len() as u64;
        Some(block)
    })
}

/// Empties the outboxes; full blocks go to the queues.
pub(crate) fn drain() {
    with(Drainer::drain);
}

/// The same, and one pipeline's block goes to its queues as it is.
pub(crate) fn drain_and_seal(id: u16) {
    with(|drainer| {
        drainer.drain();
        if let Some(route) = drainer.routes.routes.iter_mut().find(|route| route.pipeline.provider.id == id) {
            route.seal();
        }
    });
}

/// Takes what one pipeline holds that is not in a queue.
pub(crate) fn drain_and_take(id: u16) -> Option<Block> {
    with(|drainer| {
        drainer.drain();
        let route = drainer.routes.routes.iter_mut().find(|route| route.pipeline.provider.id == id)?;
        Some(std::mem::take(&mut route.block))
    })
}

/// The threads' counters, and what was drained.
pub(crate) fn totals() -> (Totals, Drained) {
    with(|drainer| {
        drainer.drain();
        let Routes { drained, unrouted, .. } = drainer.routes;
        (drainer.reader.totals(), Drained { spans: drained, unrouted })
    })
}

/// What came out of the outboxes so far.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Drained {
    pub(crate) spans: u64,
    /// Those of them whose pipeline was gone.
    pub(crate) unrouted: u64,
}

fn with<R>(use_drainer: impl FnOnce(&mut Drainer) -> R) -> R {
    use_drainer(&mut DRAINER.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Drainer {
    fn drain(&mut self) {
        alarm::drained();
        let Self { reader, routes } = self;
        reader.drain(&mut |words| routes.take(words));
    }
}

impl Routes {
    /// Takes whole records, in runs that go the same way.
    fn take(&mut self, mut words: &[AtomicU64]) {
        while !words.is_empty() {
            let (run, rest) = split_run(words);
            self.drained += run.spans as u64;
            match self.routes.iter_mut().find(|route| route.pipeline.provider.id == run.provider) {
                Some(route) => route.take(run.words, run.spans),
                None => self.unrouted += run.spans as u64,
            }
            words = rest;
        }
    }
}

struct Run<'a> {
    provider: u16,
    words: &'a [AtomicU64],
    spans: usize,
}

/// The records at the start of `words` that have the same provider.
fn split_run(words: &[AtomicU64]) -> (Run<'_>, &[AtomicU64]) {
    let read = |at: usize| words.get(at + HEAD_WORDS - 1).map(|word| route(word.load(Ordering::Relaxed)));
    let (provider, mut end) = read(0).unwrap_or((0, words.len()));
    let mut spans = 1;
    while let Some((next, length)) = read(end).filter(|(next, _)| *next == provider) {
        debug_assert_eq!(next, provider);
        end += length;
        spans += 1;
    }
    let (run, rest) = words.split_at(end.min(words.len()));
    (Run { provider, words: run, spans }, rest)
}

impl Route {
    fn take(&mut self, words: &[AtomicU64], spans: usize) {
        let max_spans = self.pipeline.batching.max_spans;
        match max_spans {
            // A limit in spans: one record at a time, since it may be reached anywhere in the run.
            Some(limit) => {
                let mut rest = words;
                while let Some(word) = rest.get(HEAD_WORDS - 1) {
                    let (_, length) = route(word.load(Ordering::Relaxed));
                    let (record, after) = rest.split_at(length.min(rest.len()));
                    self.block.append(record, 1);
                    self.seal_if(self.block.len() >= limit || self.block.bytes() >= FULL_BYTES);
                    rest = after;
                }
            }
            None => {
                let is_full = self.block.bytes() + words.len() * 8 > FULL_BYTES;
                self.seal_if(is_full);
                self.block.append(words, spans);
            }
        }
    }

    fn seal_if(&mut self, is_full: bool) {
        if is_full && !self.pipeline.queues.is_empty() {
            self.seal();
        }
    }

    /// Gives the block to all queues.
    fn seal(&mut self) {
        if self.block.len() == 0 || self.pipeline.queues.is_empty() {
            return;
        }
        let block = Arc::new(std::mem::take(&mut self.block));
        let limit = self.pipeline.batching.max_queued_spans;
        self.pipeline.queues.iter().for_each(|queue| queue.push(&block, limit));
    }
}
