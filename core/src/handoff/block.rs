//! Records in a row: what queues hold and exporters read.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::handoff::outbox;
use crate::tracer::registry::SiteTable;
use crate::wire::record::{self, HEAD_WORDS, way};
use crate::wire::view::SpanView;

/// When a block is full: about 4,000 spans.
pub const FULL_BYTES: usize = 512 << 10;

/// Records in a row. Its memory counts against the bound while it lives.
#[derive(Debug, Default)]
pub struct Block {
    /// Whole records in each. They take over the memory of chunks that were read: a backlog that moves from the outboxes
    /// into queues at once needs hardly more memory than it had.
    pages: Vec<Vec<u64>>,
    words: usize,
    spans: usize,
}

impl Block {
    /// How many spans there are.
    pub fn len(&self) -> usize {
        self.spans
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.spans == 0
    }

    /// How many bytes the records take.
    pub fn bytes(&self) -> usize {
        self.words * 8
    }

    /// Appends `spans` whole records.
    pub fn append(&mut self, words: &[AtomicU64], spans: usize) {
        self.count(words.len(), spans);
        let mut rest = words;
        while let Some(length) = first_length(rest) {
            let page = self.page_for(length);
            let (fitting, after) = rest.split_at(whole_records(rest, page.capacity() - page.len()));
            page.extend(fitting.iter().map(|word| word.load(Ordering::Relaxed)));
            rest = after;
        }
    }

    /// Appends one whole record.
    pub fn append_words(&mut self, record: &[u64]) {
        self.count(record.len(), 1);
        self.page_for(record.len()).extend_from_slice(record);
    }

    fn count(&mut self, words: usize, spans: usize) {
        outbox::add_held(words * 8);
        self.words += words;
        self.spans += spans;
    }

    /// The last page, or a new one if a record of `length` does not fit into it.
    fn page_for(&mut self, length: usize) -> &mut Vec<u64> {
        let fits = self.pages.last().is_some_and(|page| page.capacity() - page.len() >= length);
        if !fits {
            self.pages.push(outbox::take_page(length));
        }
        let last = self.pages.len() - 1;
        &mut self.pages[last]
    }

    /// Ends the block: it gets nothing more, and takes hardly more memory than it counts.
    pub fn sealed(mut self) -> Self {
        let last = self.pages.pop().map(|page| {
            let is_full = (page.capacity() - page.len()) * 8 < page.len();
            if is_full {
                return page;
            }
            let exact = page.as_slice().to_vec();
            outbox::recycle_page(page);
            exact
        });
        self.pages.extend(last);
        self
    }

    /// The indices of the spans' call sites.
    pub fn sites(&self) -> impl Iterator<Item = u32> {
        self.pages.iter().flat_map(|page| {
            let mut rest = page.as_slice();
            std::iter::from_fn(move || {
                let (head, _, next) = record::split_first(rest)?;
                rest = next;
                Some(head.site())
            })
        })
    }

    /// The spans. A record of an unknown call site cannot be: sites are registered before they record.
    pub fn spans<'a>(&'a self, sites: &'a SiteTable) -> impl Iterator<Item = SpanView<'a>> {
        Spans { pages: self.pages.iter(), rest: &[], sites }
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        outbox::subtract_held(self.bytes());
        self.pages.drain(..).for_each(outbox::recycle_page);
    }
}

/// How long the first record is; `None` when there is none.
fn first_length(words: &[AtomicU64]) -> Option<usize> {
    let word = words.get(HEAD_WORDS - 1)?;
    Some(way(word.load(Ordering::Relaxed)).1.min(words.len()))
}

/// The words of all records at the start of `words` that fit into `room`.
fn whole_records(words: &[AtomicU64], room: usize) -> usize {
    if words.len() <= room {
        return words.len();
    }
    let mut end = 0;
    while let Some(length) = first_length(&words[end..]).filter(|length| end + length <= room) {
        end += length;
    }
    end
}

struct Spans<'a> {
    pages: std::slice::Iter<'a, Vec<u64>>,
    /// Of the page before.
    rest: &'a [u64],
    sites: &'a SiteTable,
}

impl<'a> Iterator for Spans<'a> {
    type Item = SpanView<'a>;

    #[inline]
    fn next(&mut self) -> Option<SpanView<'a>> {
        loop {
            let Some((head, dynamic, rest)) = record::split_first(self.rest) else {
                self.rest = self.pages.next()?;
                continue;
            };
            self.rest = rest;
            if let Some(site) = self.sites.get(head.site()) {
                return Some(SpanView::new(head, site, dynamic));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of `length` words, as far as its length can be seen.
    fn record(length: usize, fill: u64) -> Vec<AtomicU64> {
        let mut words = vec![fill; length];
        words[HEAD_WORDS - 1] = ((length - HEAD_WORDS) * 8) as u64;
        words.into_iter().map(AtomicU64::new).collect()
    }

    fn memory(block: &Block) -> usize {
        block.pages.iter().map(|page| page.capacity() * 8).sum()
    }

    #[test]
    fn a_block_takes_hardly_more_memory_than_it_counts() {
        for records in [1, 2, 50, 80, 81, 5_000] {
            let mut block = Block::default();
            let words: Vec<_> = (0..records).flat_map(|_| record(25, 7)).collect();
            block.append(&words, records);
            let block = block.sealed();
            assert_eq!((block.len(), block.bytes()), (records, records * 200));
            assert!(memory(&block) <= block.bytes() + block.bytes() / 8, "{} for {}", memory(&block), block.bytes());
        }
    }

    #[test]
    fn records_stay_whole_and_in_order_whatever_their_length() {
        let lengths = [9, 30, 2_048, 10, 5_000, 2_000, 47, 48, 49, 3_000, 9];
        let mut block = Block::default();
        let words: Vec<_> =
            lengths.iter().enumerate().flat_map(|(index, length)| record(*length, index as u64)).collect();
        block.append(&words, lengths.len());
        block.append_words(&[11; 9]);
        let pages: Vec<_> = block.pages.iter().flatten().copied().collect();
        let expected = words.iter().map(|word| word.load(Ordering::Relaxed)).chain([11; 9]);
        assert_eq!(pages, expected.collect::<Vec<_>>());
        for page in &block.pages {
            let words: Vec<_> = page.iter().copied().map(AtomicU64::new).collect();
            assert_eq!(whole_records(&words, words.len()), words.len(), "no record is cut");
        }
    }
}
