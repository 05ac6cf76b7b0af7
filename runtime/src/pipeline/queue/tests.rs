//! What a queue holds, gives, drops and counts.

use super::*;
use crate::export::memory::MemoryExporter;

const SPAN: usize = 80;

fn queue() -> ExportQueue {
    ExportQueue::new(&MemoryExporter::default())
}

fn block(spans: usize) -> Arc<Block> {
    let mut block = Block::default();
    (0..spans).for_each(|_| block.append_words(&[0; SPAN / 8]));
    Arc::new(block)
}

fn room(spans: Option<usize>, bytes: usize, is_shared: bool) -> Room {
    Room { spans, bytes, is_shared }
}

const ENDLESS: Room = Room { spans: None, bytes: usize::MAX, is_shared: false };

fn push(queue: &ExportQueue, spans: &[usize], room: Room) {
    spans.iter().for_each(|spans| queue.push(&block(*spans), room));
}

/// Spans of each block that is exported together with the next.
fn next(queue: &ExportQueue, most_bytes: usize, most_spans: usize) -> Option<Vec<usize>> {
    match queue.next(most_bytes, most_spans) {
        Work::Export(blocks) => Some(blocks.iter().map(|block| block.len()).collect()),
        _ => None,
    }
}

/// Queued, exported, refused, unsent, dropped.
fn counts(queue: &ExportQueue) -> [u64; 5] {
    let ExporterStats { queued, exported, refused, unsent, dropped_full, failed, .. } = queue.stats();
    assert_eq!(failed, refused + unsent);
    [queued, exported, refused, unsent, dropped_full]
}

#[test]
fn what_exceeds_the_number_of_spans_is_dropped_the_newest_first_or_in_trouble_the_oldest() {
    let limit = room(Some(5), usize::MAX, false);
    let healthy = queue();
    push(&healthy, &[3, 3, 2, 1], limit);
    assert_eq!((counts(&healthy), next(&healthy, 9_999, 99)), ([5, 0, 0, 0, 4], Some(vec![3, 2])));
    let troubled = queue();
    push(&troubled, &[1], limit);
    troubled.hold(true);
    push(&troubled, &[2, 2], limit);
    assert_eq!(counts(&troubled), [5, 0, 0, 0, 0]);
    push(&troubled, &[1], limit);
    assert_eq!((counts(&troubled), next(&troubled, 9_999, 99)), ([5, 0, 0, 0, 1], Some(vec![2, 2, 1])));
    // What is at hand counts as well, and cannot be dropped from here.
    push(&troubled, &[4], limit);
    assert_eq!(counts(&troubled), [5, 0, 0, 0, 5]);
    troubled.hold(false);
    troubled.exported(5, 0);
    push(&troubled, &[5, 1], limit);
    assert_eq!(counts(&troubled), [5, 5, 0, 0, 6]);
}

#[test]
fn bytes_are_bounded_in_trouble_and_beside_other_queues() {
    for (is_held, is_shared) in [(true, false), (false, true)] {
        let queue = queue();
        queue.hold(is_held);
        push(&queue, &[4, 6], room(None, 10 * SPAN, is_shared));
        assert_eq!(counts(&queue), [10, 0, 0, 0, 0]);
        push(&queue, &[1], room(None, 10 * SPAN, is_shared));
        assert_eq!(counts(&queue), [7, 0, 0, 0, 4]);
        assert_eq!(next(&queue, usize::MAX, 99), Some(vec![6, 1]));
        // What was taken is not in it any more.
        push(&queue, &[10], room(None, 10 * SPAN, is_shared));
        assert_eq!(counts(&queue), [17, 0, 0, 0, 4]);
    }
    let alone = queue();
    push(&alone, &[4, 6, 1], room(None, 10 * SPAN, false));
    assert_eq!(counts(&alone), [11, 0, 0, 0, 0]);
}

#[test]
fn blocks_go_together_as_far_as_they_may() {
    let queue = queue();
    push(&queue, &[3, 3, 3, 9, 1, 1], ENDLESS);
    assert_eq!(next(&queue, 6 * SPAN, 99), Some(vec![3, 3]));
    assert_eq!(next(&queue, usize::MAX, 12), Some(vec![3, 9]));
    assert_eq!(next(&queue, 2 * SPAN - 1, 99), Some(vec![1]));
    push(&queue, &[9], ENDLESS);
    assert_eq!(next(&queue, usize::MAX, 1), Some(vec![1]));
    // One alone may be larger.
    assert_eq!(next(&queue, 1, 1), Some(vec![9]));
    assert_eq!(next(&queue, 1, 1), None);
}

#[test]
fn flushes_come_after_blocks_and_the_end_after_both() {
    let queue = queue();
    assert!(!queue.has_work() && matches!(queue.next(1, 1), Work::Nothing));
    assert_eq!((queue.request_flush(), queue.request_flush(), queue.flushes_requested()), (1, 2, 2));
    push(&queue, &[1], ENDLESS);
    assert!(queue.has_work() && !queue.is_closed() && !queue.has_ended());
    queue.close();
    assert!(next(&queue, 1, 1).is_some() && queue.has_work());
    assert!(matches!(queue.next(1, 1), Work::Flush(2)) && !queue.is_flushed(1));
    queue.flushed(2, true);
    assert!(queue.is_flushed(1) && queue.is_flushed(2) && !queue.is_flushed(3));
    assert!(matches!(queue.next(1, 1), Work::End) && queue.has_work() && queue.is_closed());
    queue.exported(1, 0);
    push(&queue, &[2], ENDLESS);
    assert_eq!(counts(&queue), [0, 1, 0, 2, 0], "closed");
    queue.end();
    assert!(queue.has_ended() && queue.is_flushed(9));
}

#[test]
fn each_span_moves_from_one_count_to_another() {
    let queue = queue();
    push(&queue, &[10, 20], ENDLESS);
    assert_eq!(next(&queue, 1, 1), Some(vec![10]));
    queue.exported(4, 1);
    assert_eq!(counts(&queue), [26, 3, 1, 0, 0]);
    queue.lost_after_all(2);
    assert_eq!(counts(&queue), [26, 1, 3, 0, 0]);
    queue.give_up(6);
    assert_eq!((counts(&queue), queue.has_work()), ([0, 1, 3, 26, 0], false));
    push(&queue, &[5], ENDLESS);
    queue.end();
    assert_eq!(counts(&queue), [0, 1, 3, 31, 0]);
}

#[cfg(feature = "spool")]
#[test]
fn spans_on_disk_are_counted_there_until_they_are_gone() {
    let queue = queue();
    push(&queue, &[10], ENDLESS);
    assert!(matches!(queue.next_blocks(), Some(Work::Export(blocks)) if blocks.len() == 1));
    assert!(queue.next_blocks().is_none());
    queue.spooled(9);
    queue.unspooled(4, 1, 0);
    queue.unspooled(3, 0, 3);
    queue.recovered(7);
    let stats = queue.stats();
    assert_eq!((counts(&queue), stats.spooled, stats.dropped_disk, stats.recovered), ([1, 3, 1, 0, 0], 2, 3, 7));
    queue.flushed(queue.request_flush(), true);
    assert_eq!(queue.flush_result(1), Err(FlushFailure::Failed), "what was dropped from disk is lost");
}

#[test]
fn the_flush_after_a_loss_fails_and_the_next_one_does_not() {
    let queue = queue();
    let flush = |is_ok| {
        let ticket = queue.request_flush();
        queue.flushed(ticket, is_ok);
        queue.flush_result(ticket)
    };
    assert_eq!(flush(true), Ok(()));
    assert_eq!(flush(false), Err(FlushFailure::Failed));
    assert_eq!(flush(true), Ok(()));
    push(&queue, &[3], room(Some(2), usize::MAX, false));
    assert_eq!((flush(true), flush(true)), (Err(FlushFailure::Failed), Ok(())));
    push(&queue, &[2], ENDLESS);
    assert_eq!(next(&queue, 1, 1), Some(vec![2]));
    queue.exported(1, 1);
    assert_eq!((flush(true), flush(true)), (Err(FlushFailure::Failed), Ok(())));
    queue.give_up(1);
    // Who asked before hears of it as well.
    let early = queue.request_flush();
    let late = queue.request_flush();
    queue.flushed(late, true);
    assert_eq!(queue.flush_result(early), Err(FlushFailure::Failed));
}
