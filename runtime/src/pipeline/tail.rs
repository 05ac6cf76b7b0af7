//! Tail sampling: traces are kept or let go when it is known how they went.
//!
//! [`TailBuffer`] is a state machine without threads, clocks or input and output of its own: the exporter thread
//! offers it every finished span and sends on what it gives back.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::mem::size_of;
use std::time::Duration;

use traced_core::__runtime::ratio::valid_share;
use traced_core::__runtime::threshold::PRECISION;
use traced_core::__runtime::threshold::Threshold;
use traced_core::__runtime::threshold::randomness_of;
use traced_core::{SpanId, TraceId};

/// Which finished traces are sent: those with an error or a long span, and a share of the rest.
///
/// Decided on the exporter thread, off the hot path, trace by trace: a trace's spans are held until its first error
/// or long span, which releases them all, or until it is clear that there is none. Spans that come later follow the
/// decision. When a trace that was let go turns out to have an error after all, what follows is kept, and the trace
/// is counted as incomplete.
///
/// Costs recording and draining of every span, sampled or not, and memory for those that wait; on the threads that make
/// spans one entry in a table for each request, and no sending of what is let go. Take it when the interesting traces are few and can't be
/// told at their start. It sees only this process's spans: a trace over several services is decided by each of them.
/// To decide about whole distributed traces, use the `tailsampling` processor of the OpenTelemetry Collector.
///
/// ```
/// use std::time::Duration;
/// use traced::sampler::TailSampling;
///
/// let tail = TailSampling::default().with_slower_than(Duration::from_millis(500)).with_share(0.01);
/// assert!(tail.keep_errors);
/// ```
#[derive(Clone, PartialEq, Debug)]
#[non_exhaustive]
pub struct TailSampling {
    /// Whether every trace with a span of status Error is kept. `true` by default.
    pub keep_errors: bool,
    /// Traces with a span that lasted at least so long are kept. None by default.
    pub slower_than: Option<Duration>,
    /// The share of the other traces that is kept, from 0 to 1; the same traces as
    /// [`Probability`](crate::sampler::Probability) would sample. 0.1 by default.
    pub share: f64,
    /// How long a trace may wait for its decision, from the end of the first of its spans. When its local roots have
    /// ended, all of them if it passes through this process more than once, and so have the parents of all spans that
    /// wait, it waits no longer than two seconds for spans of other threads and of tasks that go on. 30 seconds by default; should be more than a request takes.
    pub decision_wait: Duration,
    /// How many bytes the waiting spans may take. When they take more, the oldest traces are let go and counted.
    /// 64 MiB by default.
    pub memory: usize,
}

impl Default for TailSampling {
    fn default() -> Self {
        Self {
            keep_errors: true,
            slower_than: None,
            share: 0.1,
            decision_wait: Duration::from_secs(30),
            memory: 64 << 20,
        }
    }
}

impl TailSampling {
    /// These settings, with or without every trace that has a span of status Error.
    #[must_use]
    pub const fn with_keep_errors(self, keep_errors: bool) -> Self {
        Self { keep_errors, ..self }
    }

    /// These settings, with all traces that have a span which lasted at least so long.
    #[must_use]
    pub const fn with_slower_than(self, slower_than: Duration) -> Self {
        Self { slower_than: Some(slower_than), ..self }
    }

    /// These settings, with such a share of the other traces.
    #[must_use]
    pub const fn with_share(self, share: f64) -> Self {
        Self { share, ..self }
    }

    /// These settings, with such a longest wait.
    #[must_use]
    pub const fn with_decision_wait(self, decision_wait: Duration) -> Self {
        Self { decision_wait, ..self }
    }

    /// These settings, with so many bytes for spans that wait.
    #[must_use]
    pub const fn with_memory(self, memory: usize) -> Self {
        Self { memory, ..self }
    }
}

/// How long a trace whose local root has ended waits for the rest.
const LINGER: Duration = Duration::from_secs(2);

/// How many decisions are remembered, of each kind, for spans that come late.
const REMEMBERED: usize = 32_768;

/// What a waiting trace takes besides its records: entries in the map and in the queue.
const OVERHEAD: usize = 192;

/// A finished span.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Finished<'a, T> {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// The parent, if it is in this process.
    pub(crate) parent_id: SpanId,
    pub(crate) is_error: bool,
    pub(crate) is_local_root: bool,
    /// Of a local root: whether others of its trace have not ended, such as that of the request around it when the trace
    /// passes through the process twice.
    pub(crate) are_others_open: bool,
    pub(crate) duration: Duration,
    pub(crate) record: &'a [T],
}

/// What becomes of a record.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Fate {
    /// It is sent.
    Kept,
    /// Its trace was not remarkable, or did not fit the memory.
    LetGo,
}

/// What happened to the spans that were offered. Each is counted once, when its fate is sealed.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct TailCounts {
    /// Traces and spans that were sent.
    pub(crate) kept: Counts,
    /// Those let go because nothing was remarkable about them.
    pub(crate) dropped: Counts,
    /// Those let go early because they did not fit the memory.
    pub(crate) evicted: Counts,
    /// Kept traces of which spans had been let go before.
    pub(crate) incomplete: u64,
}

/// Of traces and of spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Counts {
    pub(crate) traces: u64,
    pub(crate) spans: u64,
}

impl Counts {
    fn add_trace(&mut self, spans: usize) {
        self.traces += 1;
        self.spans += spans as u64;
    }
}

/// A trace that waits for its decision.
#[derive(Debug)]
struct Waiting<T> {
    /// All records, one after the other.
    records: Vec<T>,
    lengths: Vec<usize>,
    deadline: Duration,
    ended: HashSet<SpanId>,
    /// Parents of what waits that have not ended.
    open: HashSet<SpanId>,
    /// Whether a local root has ended, and was the last one that was open.
    are_roots_done: bool,
}

impl<T> Waiting<T> {
    fn bytes(&self) -> usize {
        let ids = size_of::<SpanId>() * (self.ended.capacity() + self.open.capacity());
        OVERHEAD + size_of::<T>() * self.records.capacity() + size_of::<usize>() * self.lengths.capacity() + ids
    }

    fn new(deadline: Duration) -> Self {
        Self {
            records: Vec::new(),
            lengths: Vec::new(),
            deadline,
            ended: HashSet::new(),
            open: HashSet::new(),
            are_roots_done: false,
        }
    }

    fn each_record(&self, mut take: impl FnMut(&[T])) {
        let mut rest = self.records.as_slice();
        for length in &self.lengths {
            let (record, after) = rest.split_at(*length);
            take(record);
            rest = after;
        }
    }
}

/// Gets records when their fate is sealed.
type Decided<'a, T> = &'a mut dyn FnMut(Fate, &[T]);

/// Holds finished spans until it is known whether their traces are kept.
#[derive(Debug)]
pub(crate) struct TailBuffer<T> {
    settings: TailSampling,
    share: Threshold,
    waiting: HashMap<TraceId, Waiting<T>>,
    by_deadline: BTreeSet<(Duration, TraceId)>,
    bytes: usize,
    kept: Remembered,
    let_go: Remembered,
    counts: TailCounts,
}

impl<T: Copy> TailBuffer<T> {
    pub(crate) fn new(settings: TailSampling) -> Self {
        Self {
            share: Threshold::of_share(valid_share(settings.share), PRECISION),
            settings,
            waiting: HashMap::new(),
            by_deadline: BTreeSet::new(),
            bytes: 0,
            kept: Remembered::default(),
            let_go: Remembered::default(),
            counts: TailCounts::default(),
        }
    }

    /// Takes a finished span. `now` counts from any moment and never goes back. `decided` gets the records whose fate is
    /// sealed, each once.
    pub(crate) fn offer(&mut self, now: Duration, span: Finished<'_, T>, decided: Decided<'_, T>) {
        self.expire(now, decided);
        let id = span.trace_id;
        if self.share.samples(randomness_of(id)) || self.kept.contains(id) {
            return self.pass(id, span.record, decided);
        }
        let is_slow = self.settings.slower_than.is_some_and(|bound| span.duration >= bound);
        if is_slow || span.is_error && self.settings.keep_errors {
            self.release(id, decided);
            return self.pass(id, span.record, decided);
        }
        if self.let_go.contains(id) {
            self.counts.dropped.spans += 1;
            return decided(Fate::LetGo, span.record);
        }
        self.hold(now, &span, decided);
    }

    /// Lets go of the traces that have waited long enough.
    pub(crate) fn expire(&mut self, now: Duration, decided: Decided<'_, T>) {
        while let Some((deadline, id)) = self.by_deadline.first().copied() {
            if deadline > now {
                return;
            }
            if let Some(trace) = self.take(id) {
                self.counts.dropped.add_trace(trace.lengths.len());
                trace.each_record(|record| decided(Fate::LetGo, record));
                self.let_go.insert(id);
            }
        }
    }

    /// How long a trace may wait.
    pub(crate) const fn longest_wait(&self) -> Duration {
        self.settings.decision_wait
    }

    /// When [`expire`](Self::expire) has something to do next.
    #[cfg(test)]
    pub(crate) fn next_deadline(&self) -> Option<Duration> {
        self.by_deadline.first().map(|(deadline, _)| *deadline)
    }

    /// Decides about everything that waits: nothing more is to come. None of it has been remarkable.
    pub(crate) fn finish(&mut self, decided: Decided<'_, T>) {
        self.expire(Duration::MAX, decided);
    }

    pub(crate) const fn counts(&self) -> &TailCounts {
        &self.counts
    }

    /// How many bytes the waiting traces take.
    #[cfg(test)]
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Sends a span of a trace that is kept.
    fn pass(&mut self, id: TraceId, record: &[T], decided: Decided<'_, T>) {
        if self.kept.insert(id) {
            self.counts.kept.traces += 1;
        }
        self.counts.kept.spans += 1;
        decided(Fate::Kept, record);
    }

    /// Sends what waits of a trace that is kept from now on.
    fn release(&mut self, id: TraceId, decided: Decided<'_, T>) {
        if self.let_go.contains(id) {
            self.counts.incomplete += 1;
        }
        let Some(trace) = self.take(id) else { return };
        self.counts.kept.spans += trace.lengths.len() as u64;
        trace.each_record(|record| decided(Fate::Kept, record));
    }

    fn hold(&mut self, now: Duration, span: &Finished<'_, T>, decided: Decided<'_, T>) {
        if size_of_val(span.record) + OVERHEAD > self.settings.memory {
            self.evict(span.trace_id, decided);
            self.counts.evicted.spans += 1;
            return decided(Fate::LetGo, span.record);
        }
        self.append(now, span);
        while self.bytes > self.settings.memory {
            let Some((_, next)) = self.by_deadline.first().copied() else { return };
            self.evict(next, decided);
        }
    }

    fn append(&mut self, now: Duration, span: &Finished<'_, T>) {
        let id = span.trace_id;
        let wait = self.settings.decision_wait;
        let mut trace = self.take(id).unwrap_or_else(|| Waiting::new(now.saturating_add(wait)));
        trace.records.extend_from_slice(span.record);
        trace.lengths.push(span.record.len());
        trace.ended.insert(span.span_id);
        trace.open.remove(&span.span_id);
        if span.parent_id.is_valid() && !trace.ended.contains(&span.parent_id) {
            trace.open.insert(span.parent_id);
        }
        if span.is_local_root {
            trace.are_roots_done = !span.are_others_open;
        }
        if trace.are_roots_done && trace.open.is_empty() {
            // Never later than before: a caller that comes again and again would keep it waiting.
            trace.deadline = trace.deadline.min(now.saturating_add(LINGER));
        }
        self.bytes += trace.bytes();
        self.by_deadline.insert((trace.deadline, id));
        self.waiting.insert(id, trace);
    }

    /// Lets a trace go because there is no room.
    fn evict(&mut self, id: TraceId, decided: Decided<'_, T>) {
        if self.let_go.insert(id) {
            self.counts.evicted.traces += 1;
        }
        let Some(trace) = self.take(id) else { return };
        self.counts.evicted.spans += trace.lengths.len() as u64;
        trace.each_record(|record| decided(Fate::LetGo, record));
    }

    fn take(&mut self, id: TraceId) -> Option<Waiting<T>> {
        let trace = self.waiting.remove(&id)?;
        self.by_deadline.remove(&(trace.deadline, id));
        self.bytes -= trace.bytes();
        Some(trace)
    }
}

/// A bounded set of trace ids that forgets the oldest.
#[derive(Debug, Default)]
struct Remembered {
    ids: HashSet<TraceId>,
    in_order: VecDeque<TraceId>,
}

impl Remembered {
    fn contains(&self, id: TraceId) -> bool {
        self.ids.contains(&id)
    }

    /// Whether it was not there.
    fn insert(&mut self, id: TraceId) -> bool {
        let is_new = self.ids.insert(id);
        if is_new {
            self.in_order.push_back(id);
            if self.in_order.len() > REMEMBERED {
                self.in_order.pop_front().map(|oldest| self.ids.remove(&oldest));
            }
        }
        is_new
    }
}

#[cfg(test)]
mod simulation;

#[cfg(test)]
mod tests {
    use super::*;

    /// Not in any share but the whole.
    const TRACE: TraceId = TraceId::from_u128(1 << 64);

    fn buffer(mut settings: TailSampling) -> TailBuffer<u64> {
        settings.share = 0.0;
        TailBuffer::new(settings)
    }

    fn span(record: &[u64]) -> Finished<'_, u64> {
        let duration = Duration::from_millis(10);
        let span_id = SpanId::from_u64(record[0] + 1);
        let parent_id = SpanId::INVALID;
        Finished {
            trace_id: TRACE,
            span_id,
            parent_id,
            is_error: false,
            is_local_root: false,
            are_others_open: false,
            duration,
            record,
        }
    }

    /// Offers a span at `seconds`; the first words of what is sent.
    fn offer(buffer: &mut TailBuffer<u64>, seconds: u64, span: Finished<'_, u64>) -> Vec<u64> {
        let mut sent = Vec::new();
        buffer.offer(Duration::from_secs(seconds), span, &mut |fate, record| {
            if fate == Fate::Kept {
                sent.push(record[0]);
            }
        });
        sent
    }

    #[test]
    fn an_error_releases_what_waits_and_what_follows() {
        let mut buffer = buffer(TailSampling::default());
        assert_eq!(offer(&mut buffer, 0, span(&[1, 1])), [0_u64; 0]);
        assert_eq!(offer(&mut buffer, 1, span(&[2])), [0_u64; 0]);
        assert_eq!(offer(&mut buffer, 2, Finished { is_error: true, ..span(&[3]) }), [1, 2, 3]);
        assert_eq!(offer(&mut buffer, 3, span(&[4])), [4]);
        assert_eq!(buffer.counts().kept, Counts { traces: 1, spans: 4 });
        assert_eq!(buffer.bytes(), 0);
    }

    #[test]
    fn errors_and_durations_count_only_as_configured() {
        let mut slow =
            buffer(TailSampling::default().with_keep_errors(false).with_slower_than(Duration::from_millis(100)));
        assert_eq!(offer(&mut slow, 0, Finished { is_error: true, ..span(&[1]) }), [0_u64; 0]);
        assert_eq!(offer(&mut slow, 0, Finished { duration: Duration::from_millis(99), ..span(&[2]) }), [0_u64; 0]);
        assert_eq!(offer(&mut slow, 0, Finished { duration: Duration::from_millis(100), ..span(&[3]) }), [1, 2, 3]);
    }

    #[test]
    fn the_wait_ends_soon_after_the_local_root() {
        let mut buffer = buffer(TailSampling::default());
        offer(&mut buffer, 0, span(&[1]));
        assert_eq!(buffer.next_deadline(), Some(Duration::from_secs(30)));
        offer(&mut buffer, 5, Finished { is_local_root: true, ..span(&[2]) });
        assert_eq!(buffer.next_deadline(), Some(Duration::from_secs(7)));
        buffer.expire(Duration::from_secs(6), &mut |_, _| ());
        assert_eq!(buffer.counts().dropped, Counts::default());
        let mut let_go = Vec::new();
        buffer.expire(Duration::from_secs(7), &mut |fate, record| let_go.push((fate, record[0])));
        assert_eq!(let_go, [(Fate::LetGo, 1), (Fate::LetGo, 2)], "those who see every span see these");
        assert_eq!(buffer.counts().dropped, Counts { traces: 1, spans: 2 });
        assert_eq!(offer(&mut buffer, 8, span(&[3])), [0_u64; 0], "it follows the decision");
        assert_eq!(buffer.counts().dropped, Counts { traces: 1, spans: 3 });
        assert_eq!(buffer.bytes(), 0);
    }

    #[test]
    fn an_inner_request_does_not_decide_for_the_outer_one() {
        let mut buffer = buffer(TailSampling::default());
        // Of the outer request, a child has ended.
        offer(&mut buffer, 0, Finished { parent_id: SpanId::from_u64(100), ..span(&[1]) });
        offer(&mut buffer, 1, Finished { is_local_root: true, ..span(&[2]) });
        assert_eq!(buffer.next_deadline(), Some(Duration::from_secs(30)));
        assert_eq!(offer(&mut buffer, 20, Finished { is_error: true, ..span(&[99]) }), [1, 2, 99]);
    }

    #[test]
    fn an_inner_request_does_not_decide_for_an_outer_one_of_which_nothing_has_ended() {
        let mut buffer = buffer(TailSampling::default());
        offer(&mut buffer, 1, Finished { is_local_root: true, are_others_open: true, ..span(&[1]) });
        offer(&mut buffer, 2, span(&[2]));
        assert_eq!(buffer.next_deadline(), Some(Duration::from_secs(31)));
        assert_eq!(offer(&mut buffer, 20, Finished { is_local_root: true, is_error: true, ..span(&[99]) }), [1, 2, 99]);
        assert_eq!(buffer.counts().incomplete, 0);
    }

    #[test]
    fn a_caller_cannot_push_the_deadline_on() {
        let mut buffer = buffer(TailSampling::default());
        for second in 0..2 {
            offer(&mut buffer, second, Finished { is_local_root: true, ..span(&[second]) });
            assert_eq!(buffer.next_deadline(), Some(Duration::from_secs(2)));
        }
    }

    #[test]
    fn a_late_error_is_kept_and_its_trace_counted_as_incomplete() {
        let mut buffer = buffer(TailSampling::default());
        offer(&mut buffer, 0, Finished { is_local_root: true, ..span(&[1]) });
        assert_eq!(offer(&mut buffer, 60, Finished { is_error: true, ..span(&[2]) }), [2]);
        assert_eq!(offer(&mut buffer, 61, Finished { is_error: true, ..span(&[3]) }), [3]);
        assert_eq!(buffer.counts().incomplete, 1);
    }

    #[test]
    fn a_record_larger_than_the_memory_is_counted_and_evicts_nobody_else() {
        let mut buffer = buffer(TailSampling::default().with_memory(1000));
        offer(&mut buffer, 0, span(&[1]));
        let other = TraceId::from_u128(2 << 64);
        offer(&mut buffer, 0, Finished { trace_id: other, ..span(&[0; 200]) });
        assert_eq!(buffer.counts().evicted, Counts { traces: 1, spans: 1 });
        assert!(buffer.bytes() > 0 && buffer.bytes() <= 1000);
        assert_eq!(offer(&mut buffer, 1, Finished { is_error: true, ..span(&[2]) }), [1, 2]);
    }

    #[test]
    fn the_share_is_sent_without_waiting() {
        let mut buffer = TailBuffer::new(TailSampling::default().with_share(1.0));
        assert_eq!(offer(&mut buffer, 0, span(&[1])), [1]);
        assert_eq!(buffer.counts().kept, Counts { traces: 1, spans: 1 });
    }

    #[test]
    fn the_oldest_decision_is_forgotten() {
        let mut remembered = Remembered::default();
        let ids = |range: std::ops::Range<usize>| range.map(|id| TraceId::from_u128(id as u128));
        assert!(ids(0..REMEMBERED + 1).all(|id| remembered.insert(id)));
        assert!(!remembered.contains(TraceId::from_u128(0)));
        assert!(ids(1..REMEMBERED + 1).all(|id| remembered.contains(id) && !remembered.insert(id)));
    }
}
