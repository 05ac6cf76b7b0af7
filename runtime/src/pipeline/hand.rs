//! What an exporter's thread has taken from its queue: blocks in a row, and the parts of them that are still to be
//! exported.

use std::collections::VecDeque;
use std::ops::Range;
use std::sync::Arc;

use super::site_counts;
use traced_core::__runtime::block::Block;

/// Blocks, of which some spans may have been exported already.
#[derive(Debug, Default)]
pub(super) struct Hand {
    blocks: Vec<Arc<Block>>,
    parts: VecDeque<Range<usize>>,
}

impl Hand {
    /// All spans of the blocks, in parts of at most so many bytes as records.
    pub(super) fn new(blocks: Vec<Arc<Block>>, most_bytes: Option<usize>) -> Self {
        let spans = blocks.iter().map(|block| block.len()).sum::<usize>();
        let bytes = blocks.iter().map(|block| block.bytes()).sum::<usize>();
        let parts = most_bytes.map_or(1, |most| bytes.div_ceil(most.max(1))).clamp(1, spans.max(1));
        let size = spans.div_ceil(parts).max(1);
        let parts = (0..spans).step_by(size).map(|start| start..(start + size).min(spans)).collect();
        Self { blocks, parts }
    }

    pub(super) fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    /// The spans to be exported next; `None` when nothing is left.
    pub(super) fn part(&self) -> Option<Range<usize>> {
        self.parts.front().cloned()
    }

    /// About how many bytes the next part has as records.
    pub(super) fn part_bytes(&self) -> usize {
        let spans = self.blocks.iter().map(|block| block.len()).sum::<usize>().max(1);
        let bytes = self.blocks.iter().map(|block| block.bytes()).sum::<usize>();
        self.parts.front().map_or(0, |part| bytes / spans * part.len())
    }

    /// The next part is done with; the blocks go with the last one.
    pub(super) fn next_part(&mut self) {
        self.parts.pop_front();
        if self.parts.is_empty() {
            self.blocks.clear();
        }
    }

    /// Makes two of the next part.
    pub(super) fn halve(&mut self) {
        if let Some(Range { start, end }) = self.parts.pop_front() {
            let middle = start + (end - start) / 2;
            self.parts.push_front(middle..end);
            self.parts.push_front(start..middle);
        }
    }

    /// Counts spans as lost, call site by call site.
    pub(super) fn lose(&self, spans: Range<usize>) {
        let sites = self.blocks.iter().flat_map(|block| block.sites());
        site_counts::lose(sites.skip(spans.start).take(spans.len()));
    }

    /// Lets go of all that is left. Says how many spans that were.
    pub(super) fn let_go(&mut self) -> u64 {
        let (start, end) =
            (self.parts.front().map_or(0, |part| part.start), self.parts.back().map_or(0, |part| part.end));
        self.lose(start..end);
        self.blocks.clear();
        self.parts.drain(..).map(|part| part.len() as u64).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hand(spans: usize, most_bytes: Option<usize>) -> Hand {
        let mut block = Block::default();
        (0..spans).for_each(|_| block.append_words(&[0; 10]));
        Hand::new(vec![Arc::new(block)], most_bytes)
    }

    #[test]
    fn parts_hold_each_span_once_and_no_more_than_they_may() {
        for (spans, most, expected) in
            [(10, None, 1), (10, Some(400), 2), (10, Some(79), 10), (7, Some(240), 3), (1, Some(1), 1)]
        {
            let mut hand = hand(spans, most);
            let mut seen = Vec::new();
            let mut parts = 0;
            while let Some(part) = hand.part() {
                seen.extend(part);
                parts += 1;
                hand.next_part();
            }
            assert_eq!((seen, parts), ((0..spans).collect(), expected), "{spans} spans, {most:?} bytes");
            assert!(hand.blocks().is_empty());
        }
    }

    #[test]
    fn halves_come_in_order_and_what_is_let_go_is_counted() {
        let mut hand = hand(7, None);
        assert_eq!((hand.blocks().len(), hand.part_bytes()), (1, 560));
        hand.halve();
        assert_eq!(hand.part(), Some(0..3));
        hand.halve();
        assert_eq!(hand.part(), Some(0..1));
        hand.next_part();
        assert_eq!(hand.part(), Some(1..3));
        assert_eq!(hand.let_go(), 6);
        assert_eq!((hand.part(), hand.let_go()), (None, 0));
    }
}
