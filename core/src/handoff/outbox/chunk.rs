//! A thread's list of chunks: one writer, one reader, no lock on the way of a record.
//!
//! `tests/models` runs this file under a checker that tries all orders which the memory model allows.

use std::sync::PoisonError;

use super::HEAD_WORDS;
use super::sync::{Arc, AtomicBool, AtomicU64, AtomicUsize, Mutex, Ordering};

#[derive(Debug)]
pub(super) struct Chunk {
    words: Box<[AtomicU64]>,
    published: AtomicUsize,
    /// Whether it counts against the bound: when it is full, or at once if it is larger than usual.
    is_counted: AtomicBool,
    pub(super) next: Link,
}

/// The next chunk of a list. The reader takes it out, so that a chunk that was read keeps no later one alive.
pub(super) type Link = Mutex<Option<Arc<Chunk>>>;

/// What a record begins with.
pub(super) trait Head {
    fn store(&self, words: &[AtomicU64; HEAD_WORDS]);
}

impl Chunk {
    pub(super) fn new(words: Box<[AtomicU64]>) -> Self {
        Self { words, published: AtomicUsize::new(0), is_counted: AtomicBool::new(false), next: Mutex::new(None) }
    }

    /// The memory alone.
    pub(super) fn into_words(self) -> Box<[AtomicU64]> {
        self.words
    }

    /// How many words there are.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.words.len() * 8
    }

    /// As if it were new, for another writer.
    pub(super) fn empty(&mut self) {
        self.published = AtomicUsize::new(0);
    }

    pub(super) fn is_counted(&self) -> bool {
        self.is_counted.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, is_counted: bool) {
        self.is_counted.store(is_counted, Ordering::Relaxed);
    }

    /// The bytes to count now that it is full.
    pub(super) fn uncounted_bytes(&self) -> usize {
        if self.is_counted() { 0 } else { self.bytes() }
    }

    /// Writes a record at `at` and publishes it. Returns where the next one goes; `None` when there is no room.
    #[inline]
    pub(super) fn write(&self, at: usize, dynamic: &[u8], head: &impl Head) -> Option<usize> {
        let (head_words, rest) = self.words.get(at..)?.split_first_chunk()?;
        let length = dynamic.len().div_ceil(8);
        store_bytes(rest.get(..length)?, dynamic);
        head.store(head_words);
        let end = at + HEAD_WORDS + length;
        self.published.store(end, Ordering::Release);
        Some(end)
    }

    /// The same with a record without dynamic fields.
    #[inline(always)]
    pub(super) fn write_head<H: Head>(&self, at: usize, head: impl FnOnce() -> H) -> Option<usize> {
        let words = self.words.get(at..)?.first_chunk()?;
        head().store(words);
        let end = at + HEAD_WORDS;
        self.published.store(end, Ordering::Release);
        Some(end)
    }
}

/// Appends a chunk. The writer writes nothing more to the one before.
pub(super) fn append(link: &Link, chunk: &Arc<Chunk>) {
    *link.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(chunk));
}

/// Where the reader is.
#[derive(Debug, Default)]
pub(super) struct Place {
    chunk: Option<Arc<Chunk>>,
    at: usize,
}

impl Place {
    /// Hands what was published since the last time to `use_words`, and chunks that were read to `release`.
    pub(super) fn read(&mut self, first: &Link, use_words: &mut dyn FnMut(&[AtomicU64]), release: impl Fn(Arc<Chunk>)) {
        if self.chunk.is_none() {
            self.chunk = take(first);
        }
        while let Some(chunk) = &self.chunk {
            // Read before the length: once there is a next chunk, this one gets nothing more.
            let next = take(&chunk.next);
            let published = chunk.published.load(Ordering::Acquire);
            if published > self.at {
                use_words(&chunk.words[self.at..published]);
                self.at = published;
            }
            let Some(next) = next else { return };
            self.at = 0;
            self.chunk.replace(next).into_iter().for_each(&release);
        }
    }

    /// Gives the last chunk back.
    pub(super) fn leave(&mut self) -> Option<Arc<Chunk>> {
        self.chunk.take()
    }
}

fn take(link: &Link) -> Option<Arc<Chunk>> {
    link.lock().unwrap_or_else(PoisonError::into_inner).take()
}

fn store_bytes(words: &[AtomicU64], bytes: &[u8]) {
    for (word, bytes) in words.iter().zip(bytes.chunks_exact(8)) {
        let bytes = <[u8; 8]>::try_from(bytes).unwrap_or_default();
        word.store(u64::from_ne_bytes(bytes), Ordering::Relaxed);
    }
    let missing = words.len() * 8 - bytes.len();
    let (false, Some(word)) = (missing == 0, words.last()) else { return };
    // The last bytes once more, moved to where a padded word has them: cheaper than copying a few bytes.
    let last =
        bytes.last_chunk::<8>().map_or_else(|| padded(bytes), |last| u64::from_le_bytes(*last) >> (missing as u32 * 8));
    word.store(last.to_le(), Ordering::Relaxed);
}

/// Fewer than eight bytes as a word.
#[cold]
fn padded(bytes: &[u8]) -> u64 {
    let mut word = [0; 8];
    word[..bytes.len()].copy_from_slice(bytes);
    u64::from_le_bytes(word)
}
