//! Records in a row: what queues hold and exporters read.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::clock::Timebase;
use crate::outbox;
use crate::site::{Site, SiteTable};
use crate::wire::record::{self, Head};
use crate::wire::view::SpanView;

/// When a block is full: about 4,000 spans.
pub(crate) const FULL_BYTES: usize = 512 << 10;

/// Records in a row. Its memory counts against the bound while it lives.
#[derive(Debug, Default)]
pub(crate) struct Block {
    words: Vec<u64>,
    spans: usize,
}

impl Block {
    pub(crate) fn len(&self) -> usize {
        self.spans
    }

    pub(crate) fn bytes(&self) -> usize {
        self.words.len() * 8
    }

    /// Appends `spans` whole records.
    pub(crate) fn append(&mut self, words: &[AtomicU64], spans: usize) {
        outbox::add_held(words.len() * 8);
        self.reserve(words.len());
        self.words.extend(words.iter().map(|word| word.load(Ordering::Relaxed)));
        self.spans += spans;
    }

    /// Appends one whole record.
    pub(crate) fn append_words(&mut self, record: &[u64]) {
        outbox::add_held(record.len() * 8);
        self.reserve(record.len());
        self.words.extend_from_slice(record);
        self.spans += 1;
    }

    /// Room for `more` words: twice what there was, as a vector grows by itself, but hardly more than a full block
    /// takes. Otherwise blocks in queues would hold up to twice what counts against the bound.
    fn reserve(&mut self, more: usize) {
        const FULL_WORDS: usize = FULL_BYTES / 8;
        let needed = self.words.len() + more;
        if needed > self.words.capacity() {
            let wanted = needed.max((self.words.capacity() * 2).min(FULL_WORDS));
            self.words.reserve_exact(wanted - self.words.len());
        }
    }

    /// The spans. A record of an unknown call site cannot be: sites are registered before they record.
    pub(crate) fn spans<'a>(&'a self, sites: &'a SiteTable) -> impl Iterator<Item = SpanView<'a>> {
        Records { rest: &self.words, timebase: Timebase::get() }
            .filter_map(|(head, dynamic)| Some(SpanView::new(head, sites.get(head.site)?, dynamic)))
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        outbox::subtract_held(self.bytes());
    }
}

struct Records<'a> {
    rest: &'a [u64],
    timebase: &'static Timebase,
}

impl<'a> Iterator for Records<'a> {
    type Item = (Head, &'a [u8]);

    fn next(&mut self) -> Option<(Head, &'a [u8])> {
        let (head, dynamic, rest) = record::split_first(self.rest, self.timebase)?;
        self.rest = rest;
        Some((head, dynamic))
    }
}

/// A finished span that owns its data.
#[derive(Clone, Debug)]
pub struct FinishedSpan {
    head: Head,
    site: &'static Site,
    dynamic: Arc<[u8]>,
}

impl FinishedSpan {
    /// Copies a span.
    #[must_use]
    pub fn new(span: &SpanView<'_>) -> Self {
        Self { head: *span.head(), site: span.site(), dynamic: span.dynamic().into() }
    }

    /// The span, to read.
    #[must_use]
    pub fn view(&self) -> SpanView<'_> {
        SpanView::new(self.head, self.site, &self.dynamic)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_takes_hardly_more_memory_than_it_counts() {
        let mut block = Block::default();
        while block.bytes() < FULL_BYTES {
            block.append_words(&[0; 23]);
            assert!(block.words.capacity() * 8 <= (block.bytes() * 2).max(46 * 8), "while it grows: twice");
        }
        assert!(block.words.capacity() * 8 <= block.bytes() + 23 * 8, "when it is full: no more");
    }
}
