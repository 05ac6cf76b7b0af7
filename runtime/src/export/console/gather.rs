//! Spans on their way to the screen, by trace.

use std::collections::{HashMap, HashSet, VecDeque};

use traced_core::FinishedSpan;
use traced_core::SpanId;
use traced_core::TraceId;
use traced_core::view::SpanView;

/// Over this, the oldest trace is shown before it has finished.
const MAX_HELD_BYTES: usize = 8 << 20;
/// How many of the spans that were shown are remembered.
const MAX_REMEMBERED: usize = 64 << 10;

/// Holds spans until what they hang from has ended: the first span of the trace in this process, or a span that has
/// been shown already.
#[derive(Debug, Default)]
pub(super) struct Gather {
    held: HashMap<TraceId, Vec<FinishedSpan>>,
    /// The traces held, the oldest first.
    order: VecDeque<TraceId>,
    held_bytes: usize,
    /// Traces that got spans since the last call of `take_finished`.
    touched: Vec<TraceId>,
    shown: Shown,
}

/// Spans of one trace that are to be shown together.
#[derive(Debug)]
pub(super) struct Part {
    pub(super) trace_id: TraceId,
    pub(super) spans: Vec<FinishedSpan>,
    /// Spans whose parent was shown in an earlier part.
    pub(super) attached: HashSet<SpanId>,
    /// Whether an earlier part of the trace was shown.
    pub(super) is_continued: bool,
    /// Whether it is shown though the spans that these hang from have not ended.
    pub(super) is_unfinished: bool,
}

impl Gather {
    pub(super) fn add(&mut self, span: &SpanView<'_>) {
        let trace_id = span.trace_id();
        let held = self.held.entry(trace_id).or_default();
        if held.is_empty() {
            self.order.push_back(trace_id);
        }
        held.push(FinishedSpan::new(span));
        self.held_bytes += bytes(span);
        if self.touched.last() != Some(&trace_id) {
            self.touched.push(trace_id);
        }
    }

    /// What can be shown now; called after each batch.
    pub(super) fn take_finished(&mut self) -> Vec<Part> {
        let mut touched = std::mem::take(&mut self.touched);
        let mut seen = HashSet::new();
        touched.retain(|trace_id| seen.insert(*trace_id));
        let mut parts = touched.into_iter().filter_map(|trace_id| self.take_connected(trace_id)).collect::<Vec<_>>();
        while self.held_bytes > MAX_HELD_BYTES {
            let Some(oldest) = self.order.front().copied() else { break };
            parts.extend(self.take_rest(oldest));
        }
        parts
    }

    /// Everything, finished or not.
    pub(super) fn take_all(&mut self) -> Vec<Part> {
        let mut parts = self.take_finished();
        while let Some(oldest) = self.order.front().copied() {
            parts.extend(self.take_rest(oldest));
        }
        parts
    }

    fn take_connected(&mut self, trace_id: TraceId) -> Option<Part> {
        let spans = self.remove(trace_id)?;
        let connected = connected(&spans, self.shown.of(trace_id));
        let mut is_connected = connected.into_iter();
        let (take, keep) = spans.into_iter().partition::<Vec<_>, _>(|_| is_connected.next().unwrap_or(true));
        for span in &keep {
            self.add(&span.view());
        }
        self.touched.clear();
        (!take.is_empty()).then(|| self.part(trace_id, take, false))
    }

    fn take_rest(&mut self, trace_id: TraceId) -> Option<Part> {
        let spans = self.remove(trace_id)?;
        Some(self.part(trace_id, spans, true))
    }

    fn remove(&mut self, trace_id: TraceId) -> Option<Vec<FinishedSpan>> {
        let spans = self.held.remove(&trace_id)?;
        self.order.retain(|held| *held != trace_id);
        self.held_bytes -= spans.iter().map(|span| bytes(&span.view())).sum::<usize>();
        Some(spans)
    }

    fn part(&mut self, trace_id: TraceId, spans: Vec<FinishedSpan>, is_unfinished: bool) -> Part {
        let shown = self.shown.of(trace_id);
        let parent_was_shown = |span: &&FinishedSpan| {
            span.view().parent_span_id().is_some_and(|parent| shown.is_some_and(|shown| shown.contains(&parent)))
        };
        let attached = spans.iter().filter(parent_was_shown).map(|span| span.view().span_id()).collect();
        let is_continued = shown.is_some();
        self.shown.remember(trace_id, spans.iter().map(|span| span.view().span_id()));
        Part { trace_id, spans, attached, is_continued, is_unfinished }
    }
}

/// For each span, whether a line of parents leads to a local root, whose parent is not here, or to a span that was
/// shown.
fn connected(spans: &[FinishedSpan], shown: Option<&HashSet<SpanId>>) -> Vec<bool> {
    let by_id = spans.iter().enumerate().map(|(index, span)| (span.view().span_id(), index)).collect::<HashMap<_, _>>();
    let mut known: Vec<Option<bool>> = vec![None; spans.len()];
    for start in 0..spans.len() {
        let mut path = Vec::new();
        let mut next = Some(start);
        let verdict = loop {
            let Some(index) = next else { break false };
            if let Some(verdict) = known[index] {
                break verdict;
            }
            // A span that is its own ancestor is found here again and counts as not connected.
            known[index] = Some(false);
            path.push(index);
            let view = spans[index].view();
            // A process that calls itself has the parent of a local root, too.
            let parent = view.parent_span_id().filter(|id| !view.is_local_root() || by_id.contains_key(id));
            match parent {
                None => break true,
                Some(parent) if shown.is_some_and(|shown| shown.contains(&parent)) => break true,
                Some(parent) => next = by_id.get(&parent).copied(),
            }
        };
        path.into_iter().for_each(|index| known[index] = Some(verdict));
    }
    known.into_iter().map(|verdict| verdict.unwrap_or(false)).collect()
}

fn bytes(span: &SpanView<'_>) -> usize {
    span.dynamic().len() + size_of::<FinishedSpan>() + size_of::<TraceId>()
}

/// The ids of spans that were shown, as many as are remembered.
#[derive(Debug, Default)]
struct Shown {
    spans: HashMap<TraceId, HashSet<SpanId>>,
    order: VecDeque<TraceId>,
    count: usize,
}

impl Shown {
    fn of(&self, trace_id: TraceId) -> Option<&HashSet<SpanId>> {
        self.spans.get(&trace_id)
    }

    fn remember(&mut self, trace_id: TraceId, spans: impl Iterator<Item = SpanId>) {
        if !self.spans.contains_key(&trace_id) {
            self.order.push_back(trace_id);
        }
        let known = self.spans.entry(trace_id).or_default();
        let before = known.len();
        known.extend(spans);
        self.count += known.len() - before;
        while self.count > MAX_REMEMBERED && self.order.len() > 1 {
            let oldest = self.order.pop_front().and_then(|trace_id| self.spans.remove(&trace_id));
            self.count -= oldest.map_or(0, |spans| spans.len());
        }
        if self.count > MAX_REMEMBERED {
            // One endless trace: that it was shown is remembered, not of what it consists.
            self.spans.entry(trace_id).or_default().clear();
            self.count = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endless_trace_is_remembered_within_the_bound() {
        let trace = TraceId::from_u128(1);
        let mut shown = Shown::default();
        for round in 0..200_u64 {
            shown.remember(trace, (0..1_000).map(|id| SpanId::from_u64(round * 1_000 + id + 1)));
            assert!(shown.count <= MAX_REMEMBERED);
            assert_eq!(shown.count, shown.spans.values().map(HashSet::len).sum::<usize>());
            assert!(shown.of(trace).is_some() && shown.order.len() <= 2);
        }
    }
}
