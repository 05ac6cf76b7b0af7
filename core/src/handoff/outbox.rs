//! How finished spans get from their thread to whoever drains: a list of chunks for each thread, with one writer and
//! one reader, without a lock.
//!
//! The writer stores words with relaxed order and publishes them by one release store of the length; the reader, who
//! holds the drain lock, takes what is published at any moment, also of a thread that is blocked or idle. A full
//! chunk points to the next one. Read chunks are recycled, so that the steady state allocates nothing.
//!
//! The bound: chunks that are full and wait to be read count, and so do the queues behind them. A writer that needs a
//! chunk while the bound is reached gets none, and the span is dropped and counted. The one chunk that each thread
//! writes to does not count: idle threads, however many, must not keep the others from recording. What a thread leaves
//! behind counts, and a thread gets its first chunk only below the bound, so that threads which come and go are bounded.

use std::sync::{OnceLock, PoisonError};

use crate::process::fork::{PerProcess, per_process};
use crate::wire::record::{HEAD_WORDS, MAX_RECORD_WORDS, RawHead};

mod chunk;
mod counters;
mod drops;
mod pool;

/// What [`chunk`] is made of; under a checker, the checker's.
mod sync {
    pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
    pub(super) use std::sync::{Arc, Mutex};
}

use chunk::{Chunk, Head, Link};
use counters::Counters;
pub use counters::Totals;
use drops::Drops;
pub(crate) use pool::{recycle_page, take_page};
use sync::{Arc, AtomicBool, AtomicU64, AtomicUsize, Mutex, Ordering};

/// Words in a thread's first chunk: 1 KiB, so that threads which record little hold little.
const FIRST_CHUNK_WORDS: usize = 128;
/// Words in later chunks: 16 KiB, about 150 spans.
const CHUNK_WORDS: usize = 2048;
/// The bound when nothing was configured: 32 MiB.
pub const DEFAULT_BOUND: usize = 32 << 20;
/// The least that may be configured.
const LEAST_BOUND: usize = 64 << 10;

/// Bytes in chunks that wait to be read, and in queues behind them.
static HELD: AtomicUsize = AtomicUsize::new(0);
static BOUND: AtomicUsize = AtomicUsize::new(DEFAULT_BOUND);
/// Outboxes of new threads, which the reader has not seen yet.
static NEW: PerProcess<Mutex<New>> = per_process!(Mutex::new(New::empty()));
/// Called when a writer fills a chunk.
static ON_FULL_CHUNK: OnceLock<fn()> = OnceLock::new();

/// Spans that ended on a thread whose storage was already gone.
static DROPPED_AT_THREAD_EXIT: AtomicU64 = AtomicU64::new(0);
static DROPS_AT_THREAD_EXIT: PerProcess<Drops> = per_process!(Drops::new());

/// What the reader has not seen yet.
#[derive(Debug)]
struct New {
    outboxes: Vec<Arc<Outbox>>,
    /// Counters of threads that have gone without handing anything over.
    finished: Totals,
    drops: Drops,
}

impl New {
    const fn empty() -> Self {
        Self { outboxes: Vec::new(), finished: Totals::NONE, drops: Drops::new() }
    }
}

impl Head for RawHead {
    #[inline(always)]
    fn store(&self, words: &[AtomicU64; HEAD_WORDS]) {
        Self::store(self, words);
    }
}

/// One thread's side that both parties see.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    first: Link,
    is_closed: AtomicBool,
    pub(crate) counters: Counters,
    drops: Drops,
    /// The name of the thread; empty when it has none.
    thread: Box<str>,
}

/// The writing end; lives in the thread's storage.
#[derive(Debug)]
pub(crate) struct Writer {
    outbox: Arc<Outbox>,
    chunk: Option<Arc<Chunk>>,
    at: usize,
}

impl Writer {
    /// A writer for a thread that records for the first time.
    #[cold]
    pub(crate) fn new() -> Self {
        let thread = std::thread::current().name().unwrap_or_default().into();
        let outbox = Arc::new(Outbox { thread, ..Outbox::default() });
        NEW.lock().unwrap_or_else(PoisonError::into_inner).outboxes.push(Arc::clone(&outbox));
        Self { outbox, chunk: None, at: 0 }
    }

    /// This thread's counters.
    #[inline]
    pub(crate) fn counters(&self) -> &Counters {
        &self.outbox.counters
    }

    /// Takes a record without dynamic fields, if there is room for one, and says whether there was.
    #[inline(always)]
    pub(crate) fn push_head(&mut self, head: impl FnOnce() -> RawHead) -> bool {
        match self.chunk.as_ref().and_then(|chunk| chunk.write_head(self.at, head)) {
            Some(end) => {
                self.at = end;
                true
            }
            None => false,
        }
    }

    /// Takes a record, or counts it as dropped when the bound is reached. Never waits.
    #[inline]
    pub(crate) fn push(&mut self, dynamic: &[u8], head: RawHead) {
        match self.chunk.as_ref().and_then(|chunk| chunk.write(self.at, dynamic, &head)) {
            Some(end) => self.at = end,
            None => self.push_into_next(dynamic, &head),
        }
    }

    #[cold]
    #[inline(never)]
    fn push_into_next(&mut self, dynamic: &[u8], head: &RawHead) {
        let length = HEAD_WORDS + dynamic.len().div_ceil(8);
        if !self.start_chunk(length) {
            self.outbox.counters.dropped_full.increment();
            self.outbox.drops.count(head.site);
            return;
        }
        let end = self.chunk.as_ref().and_then(|chunk| chunk.write(0, dynamic, head));
        self.at = end.unwrap_or(0);
        if length > CHUNK_WORDS {
            // The reader lets go of a chunk when there is a next one, and a large one should not wait for that.
            self.start_chunk(0);
        }
    }

    fn start_chunk(&mut self, least: usize) -> bool {
        let usual = if self.chunk.is_none() { FIRST_CHUNK_WORDS } else { CHUNK_WORDS };
        let words = least.max(usual);
        if words > MAX_RECORD_WORDS {
            return false;
        }
        let full_bytes = self.chunk.as_ref().map_or(0, |full| full.uncounted_bytes());
        let large_bytes = if words > CHUNK_WORDS { words * 8 } else { 0 };
        let fits = if self.chunk.is_none() { has_room(words * 8) } else { true };
        if !fits || !reserve(full_bytes + large_bytes) {
            return false;
        }
        let chunk = pool::acquire(words);
        chunk.count(large_bytes > 0);
        let link = match &self.chunk {
            None => &self.outbox.first,
            Some(full) => {
                full.count(true);
                &full.next
            }
        };
        chunk::append(link, &chunk);
        let was_full = self.chunk.replace(chunk).is_some();
        self.at = 0;
        if was_full {
            ON_FULL_CHUNK.get().into_iter().for_each(|notify| notify());
        }
        true
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        // What a thread leaves behind waits for the reader, so it counts from now on.
        if let Some(left) = &self.chunk {
            HELD.fetch_add(left.uncounted_bytes(), Ordering::Relaxed);
            left.count(true);
        }
        self.outbox.is_closed.store(true, Ordering::Release);
        if self.chunk.is_none() {
            forget(&self.outbox);
        }
    }
}

/// Lets go of the outbox of a thread that has handed nothing over, unless the reader has seen it: threads that come and
/// go while nobody drains would leave one each.
#[cold]
fn forget(outbox: &Arc<Outbox>) {
    let mut new = NEW.lock().unwrap_or_else(PoisonError::into_inner);
    // Short-lived threads are found near the end.
    if let Some(place) = new.outboxes.iter().rposition(|other| Arc::ptr_eq(other, outbox)) {
        new.outboxes.swap_remove(place);
        new.finished.add(&outbox.counters);
        new.drops.add(&outbox.drops);
    }
}

/// Whether bytes that do not count yet would fit.
fn has_room(bytes: usize) -> bool {
    held().saturating_add(bytes) <= BOUND.load(Ordering::Relaxed)
}

/// Counts bytes against the bound, unless they do not fit.
fn reserve(bytes: usize) -> bool {
    let fits = |held: usize| held.checked_add(bytes).filter(|sum| *sum <= BOUND.load(Ordering::Relaxed));
    bytes == 0 || HELD.fetch_update(Ordering::Relaxed, Ordering::Relaxed, fits).is_ok()
}

/// Counts bytes in queues behind the outboxes.
pub(crate) fn add_held(bytes: usize) {
    HELD.fetch_add(bytes, Ordering::Relaxed);
}

/// Undoes [`add_held`].
pub(crate) fn subtract_held(bytes: usize) {
    HELD.fetch_sub(bytes, Ordering::Relaxed);
}

/// Bytes held now.
pub fn held() -> usize {
    HELD.load(Ordering::Relaxed)
}

/// Forgets what a forked process inherited: its parent exports that.
pub fn forget_inherited() {
    HELD.store(0, Ordering::Relaxed);
    DROPPED_AT_THREAD_EXIT.store(0, Ordering::Relaxed);
}

/// How many bytes may be held.
pub fn bound() -> usize {
    BOUND.load(Ordering::Relaxed)
}

/// Sets how many bytes may be held; at least a few chunks, since with less a thread that has filled one would never get
/// another.
pub fn set_bound(bytes: usize) {
    BOUND.store(bytes.max(LEAST_BOUND), Ordering::Relaxed);
}

/// Sets what is called, on a recording thread, when it fills a chunk. The first call wins.
pub fn set_on_full_chunk(notify: fn()) {
    let _ = ON_FULL_CHUNK.set(notify);
}

/// Counts a span that ended on a thread whose storage was already gone.
#[cold]
pub(crate) fn count_dropped_at_thread_exit(site: u32) {
    DROPPED_AT_THREAD_EXIT.fetch_add(1, Ordering::Relaxed);
    DROPS_AT_THREAD_EXIT.count(site);
}

/// The reading end of all outboxes; kept under the drain lock.
#[derive(Debug, Default)]
pub struct Reader {
    outboxes: Vec<ReadEnd>,
    /// Counters of threads that are gone.
    finished: Totals,
    drops: Drops,
}

#[derive(Debug)]
struct ReadEnd {
    outbox: Arc<Outbox>,
    place: chunk::Place,
}

impl Reader {
    /// A reader that has seen no outbox yet.
    pub const fn new() -> Self {
        Self { outboxes: Vec::new(), finished: Totals::NONE, drops: Drops::new() }
    }

    /// Hands every published run of whole records to `take`, with the name of their thread.
    pub fn drain(&mut self, take: &mut dyn FnMut(&[AtomicU64], &str)) {
        let new = std::mem::take(&mut NEW.lock().unwrap_or_else(PoisonError::into_inner).outboxes);
        self.outboxes.extend(new.into_iter().map(|outbox| ReadEnd { outbox, place: chunk::Place::default() }));
        let Self { finished, drops, .. } = self;
        self.outboxes.retain_mut(|end| {
            // Read before draining: what a closed outbox has published by then is all it will ever publish.
            let is_closed = end.outbox.is_closed.load(Ordering::Acquire);
            end.place.read(&end.outbox.first, &mut |words| take(words, &end.outbox.thread), pool::release);
            if is_closed {
                finished.add(&end.outbox.counters);
                drops.add(&end.outbox.drops);
                end.place.leave().into_iter().for_each(pool::release);
            }
            !is_closed
        });
    }

    /// How many spans were dropped on their threads, by the index of their call site.
    pub fn dropped(&self) -> Vec<u64> {
        let mut sum = Vec::new();
        let new = NEW.lock().unwrap_or_else(PoisonError::into_inner);
        let living = self.outboxes.iter().map(|end| &end.outbox).chain(&new.outboxes).map(|outbox| &outbox.drops);
        living.chain([&self.drops, &new.drops, &DROPS_AT_THREAD_EXIT]).for_each(|drops| drops.add_to(&mut sum));
        sum
    }

    /// The counters of all threads.
    pub fn totals(&self) -> Totals {
        let mut totals = self.finished;
        self.outboxes.iter().for_each(|end| totals.add(&end.outbox.counters));
        let new = NEW.lock().unwrap_or_else(PoisonError::into_inner);
        new.outboxes.iter().for_each(|outbox| totals.add(&outbox.counters));
        totals.sum(new.finished);
        totals.dropped_at_thread_exit = DROPPED_AT_THREAD_EXIT.load(Ordering::Relaxed);
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::id::{SpanId, TraceFlags, TraceId};
    use crate::model::span_kind::SpanKind;
    use crate::tracer::provider::{Provider, ProviderSettings};
    use crate::wire::record::way;

    fn head(span_id: u64, dynamic: &[u8], provider: &Provider) -> RawHead {
        RawHead {
            trace_id: TraceId::from_u128(1),
            span_id: SpanId::from_u64(span_id),
            parent_id: SpanId::INVALID,
            start: 1,
            end: 2,
            offset: 0,
            site: 1,
            masked: 0,
            dynamic_bytes: dynamic.len() as u32,
            bits: provider.bits.of_span(TraceFlags::SAMPLED, SpanKind::Internal),
        }
    }

    /// The span ids among records of this module's tests (their provider is one that nobody else uses).
    fn drain_span_ids(reader: &mut Reader) -> Vec<u64> {
        let mut ids = Vec::new();
        reader.drain(&mut |mut words, _| {
            while !words.is_empty() {
                let (way, length) = way(words[HEAD_WORDS - 1].load(Ordering::Relaxed));
                if way.provider == u16::MAX {
                    ids.push(words[2].load(Ordering::Relaxed));
                }
                words = &words[length..];
            }
        });
        ids
    }

    #[test]
    fn every_record_arrives_once_and_in_order_while_it_is_written() {
        let writer = std::thread::spawn(|| {
            let mut writer = Writer::new();
            let provider = Provider::leak(u16::MAX, ProviderSettings::default());
            for id in 1..=20_000_u64 {
                let dynamic = vec![7; (id % 700) as usize + if id % 5_000 == 0 { 40_000 } else { 0 }];
                writer.push(&dynamic, head(id, &dynamic, provider));
            }
            writer.counters().dropped_full.get()
        });
        let mut reader = Reader::new();
        let mut seen = Vec::new();
        while !writer.is_finished() {
            seen.extend(drain_span_ids(&mut reader));
        }
        let dropped = writer.join().unwrap();
        seen.extend(drain_span_ids(&mut reader));
        assert_eq!(seen.len() as u64 + dropped, 20_000);
        assert!(seen.is_sorted(), "order within a thread");
    }
}
