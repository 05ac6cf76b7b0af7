//! The traces of a page, within its bound.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;

use super::encode::{Encoder, json_text};
use super::strings::{Strings, Uses};

/// A segment gets no more spans beyond this: about a thousand.
const FULL_BYTES: usize = 128 << 10;
/// What a trace takes besides its id and its spans: names and signs, and two numbers of up to 20 digits.
const TRACE_BYTES: usize = 46 + 2 * 20;

/// Encoded traces by id.
pub(super) struct Traces {
    max_bytes: usize,
    traces: HashMap<Arc<str>, Trace>,
    /// By when they got their last span.
    order: BTreeMap<u64, Arc<str>>,
    strings: Strings,
    /// Of all traces, without texts.
    bytes: usize,
    /// Counts spans and segments.
    clock: u64,
    left_out_traces: u64,
    left_out_spans: u64,
}

#[derive(Debug)]
struct Trace {
    touched: u64,
    /// What it takes besides its spans.
    frame_bytes: usize,
    /// Times are relative to this, in nanoseconds since 1970.
    base: u64,
    segments: VecDeque<Segment>,
    bytes: usize,
    left_out_spans: u64,
}

/// Spans of one trace, in the order in which they came: what is let go at once.
#[derive(Debug)]
struct Segment {
    json: Vec<u8>,
    spans: u64,
    uses: Uses,
}

impl Traces {
    pub(super) fn new(max_bytes: usize) -> Self {
        Self {
            max_bytes,
            traces: HashMap::new(),
            order: BTreeMap::new(),
            strings: Strings::default(),
            bytes: 0,
            clock: 0,
            left_out_traces: 0,
            left_out_spans: 0,
        }
    }

    pub(super) fn set_max_bytes(&mut self, max_bytes: usize) {
        self.max_bytes = max_bytes;
        self.enforce();
    }

    /// Adds a span, which `write` writes, to the trace of this id; `start` is the span's, in nanoseconds since 1970.
    pub(super) fn add(&mut self, id: &str, start: u64, write: impl FnOnce(&mut Encoder<'_>)) {
        let id = self.touch(id, start);
        let full = FULL_BYTES.min(self.max_bytes / 8);
        let Some(trace) = self.traces.get_mut(&id) else { return };
        let has_room = trace.segments.back().is_some_and(|segment| segment.json.len() < full);
        if !has_room {
            trace.segments.push_back(Segment { json: Vec::new(), spans: 0, uses: Uses::new(self.clock) });
        }
        let Some(segment) = trace.segments.back_mut() else { return };
        let before = segment.json.len();
        segment.json.extend_from_slice(if before == 0 { b"" } else { b"," });
        let Segment { json, uses, .. } = segment;
        write(&mut Encoder { out: json, strings: &mut self.strings, uses, base: trace.base });
        segment.spans += 1;
        // One more for the comma between two segments.
        let grown = segment.json.len() - before + usize::from(before == 0);
        trace.bytes += grown;
        self.bytes += grown;
        self.enforce();
    }

    /// Makes the trace the newest.
    fn touch(&mut self, id: &str, start: u64) -> Arc<str> {
        self.clock += 1;
        // Spans of one trace come in a row.
        if let Some((_, newest)) = self.order.last_key_value().filter(|(_, newest)| ***newest == *id) {
            return Arc::clone(newest);
        }
        let known = self.traces.get(id).and_then(|trace| self.order.remove(&trace.touched));
        let id = known.unwrap_or_else(|| id.into());
        let bytes = &mut self.bytes;
        let trace = self.traces.entry(Arc::clone(&id)).or_insert_with(|| {
            let frame_bytes = TRACE_BYTES + json_text(&id).len();
            *bytes += frame_bytes;
            Trace { touched: 0, frame_bytes, base: start, segments: VecDeque::new(), bytes: 0, left_out_spans: 0 }
        });
        trace.touched = self.clock;
        self.order.insert(self.clock, Arc::clone(&id));
        id
    }

    /// Lets the oldest go until the rest fits.
    fn enforce(&mut self) {
        while self.bytes + self.strings.bytes() > self.max_bytes {
            let Some((_, newest)) = self.order.last_key_value() else { break };
            let newest = Arc::clone(newest);
            // Only the newest has grown. If it takes most of the room, letting go of the others would not help for long.
            let is_large = self.traces.get(&newest).is_some_and(|trace| trace.bytes > self.max_bytes / 2);
            if is_large || self.order.len() == 1 { self.shorten(&newest) } else { self.remove_oldest() }
        }
    }

    /// Lets the first segment of a trace go, and the trace with the last one.
    fn shorten(&mut self, id: &Arc<str>) {
        let Some(trace) = self.traces.get_mut(id) else { return };
        if let Some(first) = trace.segments.pop_front() {
            let bytes = first.json.len() + 1;
            trace.bytes -= bytes;
            trace.left_out_spans += first.spans;
            self.bytes -= bytes;
            self.strings.release(&first.uses);
        }
        if trace.segments.is_empty() {
            let touched = trace.touched;
            self.order.remove(&touched);
            self.remove(id);
        }
    }

    fn remove_oldest(&mut self) {
        if let Some((_, id)) = self.order.pop_first() {
            self.remove(&id);
        }
    }

    fn remove(&mut self, id: &Arc<str>) {
        let Some(trace) = self.traces.remove(id) else { return };
        self.bytes -= trace.bytes + trace.frame_bytes;
        self.left_out_traces += 1;
        self.left_out_spans += trace.left_out_spans;
        for segment in &trace.segments {
            self.left_out_spans += segment.spans;
            self.strings.release(&segment.uses);
        }
    }

    /// Writes the rest of the object that holds the data, and closes it.
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "\"leftOut\":{{\"traces\":{},\"spans\":{}}},", self.left_out_traces, self.left_out_spans)?;
        out.write_all(b"\"strings\":[")?;
        for (index, json) in self.strings.json().enumerate() {
            out.write_all(if index > 0 { b"," } else { b"" })?;
            out.write_all(json.as_bytes())?;
        }
        out.write_all(b"],\"traces\":[")?;
        for (index, id) in self.order.values().enumerate() {
            let Some(trace) = self.traces.get(id) else { continue };
            out.write_all(if index > 0 { b",\n" } else { b"\n" })?;
            trace.write(id, out)?;
        }
        out.write_all(b"]}")
    }
}

impl Trace {
    fn write(&self, id: &str, out: &mut dyn Write) -> io::Result<()> {
        let (id, base) = (json_text(id), self.base);
        write!(out, "{{\"id\":{id},\"base\":\"{base}\",\"leftOutSpans\":{},\"spans\":[", self.left_out_spans)?;
        for (index, segment) in self.segments.iter().enumerate() {
            out.write_all(if index > 0 { b"," } else { b"" })?;
            out.write_all(&segment.json)?;
        }
        out.write_all(b"]}")
    }
}

impl fmt::Debug for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Traces").field("count", &self.traces.len()).field("bytes", &self.bytes).finish_non_exhaustive()
    }
}
