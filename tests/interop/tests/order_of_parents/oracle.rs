//! Traces as text, by what prost decodes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use opentelemetry_proto::tonic::trace::v1::Span;
use traced::TraceId;
use traced_tests::otlp::Decoded;

/// A tree for each trace, sorted.
pub(crate) type Trees = Vec<String>;

pub(crate) fn trees(decoded: &Decoded) -> Trees {
    let mut trees: Trees = traces(decoded).into_values().map(|spans| tree(&spans)).collect();
    trees.sort();
    trees
}

/// The spans of each trace, in the order of their starts.
pub(crate) fn traces(decoded: &Decoded) -> BTreeMap<Vec<u8>, Vec<Span>> {
    let mut traces: BTreeMap<Vec<u8>, Vec<Span>> = BTreeMap::new();
    for span in decoded.spans() {
        traces.entry(span.span.trace_id.clone()).or_default().push(span.span);
    }
    for (trace_id, spans) in &mut traces {
        spans.sort_by_key(|span| span.start_time_unix_nano);
        let trace_id = TraceId::from_bytes(trace_id.as_slice().try_into().unwrap());
        let _ = decoded.take_trace(trace_id);
    }
    traces
}

fn tree(spans: &[Span]) -> String {
    let mut text = String::new();
    for root in spans.iter().filter(|span| span.parent_span_id.is_empty()) {
        write(&mut text, spans, root, 0);
    }
    assert_eq!(text.lines().filter(|line| !line.contains('·')).count(), spans.len(), "reached from a root: {spans:?}");
    text
}

fn write(text: &mut String, spans: &[Span], span: &Span, depth: usize) {
    let indent = "  ".repeat(depth);
    writeln!(text, "{indent}{}", span.name).unwrap();
    for event in &span.events {
        writeln!(text, "{indent}  · {}", event.name).unwrap();
    }
    for child in spans.iter().filter(|child| child.parent_span_id == span.span_id) {
        assert!(span.start_time_unix_nano <= child.start_time_unix_nano, "a child starts in its parent");
        write(text, spans, child, depth + 1);
    }
}
