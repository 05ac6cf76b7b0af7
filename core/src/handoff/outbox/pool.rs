//! Memory that is used again: chunks of outboxes, and pages of the queues behind them. Both have the same size, so that a
//! chunk that was read can become a page when a backlog moves on, and the other way round.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::{CHUNK_WORDS, Chunk, HELD};
use crate::process::fork::{PerProcess, per_process};

/// Chunks kept: 3 MiB.
const KEPT_CHUNKS: usize = 192;
/// Pages kept: 1 MiB, what two full blocks take.
const KEPT_PAGES: usize = 64;

static CHUNKS: PerProcess<Mutex<Vec<Arc<Chunk>>>> = per_process!(Mutex::new(Vec::new()));
static PAGES: PerProcess<Mutex<Vec<Vec<u64>>>> = per_process!(Mutex::new(Vec::new()));

/// A chunk of `size` words.
pub(super) fn acquire(size: usize) -> Arc<Chunk> {
    let recycled = if size == CHUNK_WORDS { pop(&CHUNKS) } else { None };
    recycled.unwrap_or_else(|| Arc::new(Chunk::new((0..size).map(|_| AtomicU64::new(0)).collect())))
}

/// Keeps a read chunk for reuse.
pub(super) fn release(mut chunk: Arc<Chunk>) {
    if chunk.is_counted() {
        HELD.fetch_sub(chunk.bytes(), Ordering::Relaxed);
    }
    if chunk.len() != CHUNK_WORDS {
        return;
    }
    // The writer may be about to let go of it: then it is freed instead.
    let Some(own) = Arc::get_mut(&mut chunk) else { return };
    own.empty();
    keep(&CHUNKS, chunk, KEPT_CHUNKS);
}

/// Memory for records that go on into a queue, with room for one of `length` words at least: that of another page or of
/// a read chunk, if there is one. Empty.
pub(crate) fn take_page(length: usize) -> Vec<u64> {
    if length > CHUNK_WORDS {
        return Vec::with_capacity(length);
    }
    if let Some(page) = pop(&PAGES) {
        return page;
    }
    let Some(chunk) = pop(&CHUNKS).and_then(Arc::into_inner) else { return Vec::with_capacity(CHUNK_WORDS) };
    // Both have the same size, so that this happens in place.
    let mut page: Vec<u64> = chunk.into_words().into_vec().into_iter().map(AtomicU64::into_inner).collect();
    page.clear();
    page
}

/// Keeps the memory of a page for other pages, or for chunks.
pub(crate) fn recycle_page(mut page: Vec<u64>) {
    if page.capacity() != CHUNK_WORDS {
        return;
    }
    page.clear();
    let Some(mut page) = keep(&PAGES, page, KEPT_PAGES) else { return };
    page.resize(CHUNK_WORDS, 0);
    let words = page.into_iter().map(AtomicU64::new).collect();
    keep(&CHUNKS, Arc::new(Chunk::new(words)), KEPT_CHUNKS);
}

fn pop<T>(pool: &'static PerProcess<Mutex<Vec<T>>>) -> Option<T> {
    pool.lock().unwrap_or_else(PoisonError::into_inner).pop()
}

/// Gives an item back when there are enough.
fn keep<T>(pool: &'static PerProcess<Mutex<Vec<T>>>, item: T, enough: usize) -> Option<T> {
    let mut pool = pool.lock().unwrap_or_else(PoisonError::into_inner);
    if pool.len() >= enough {
        return Some(item);
    }
    pool.push(item);
    None
}
