//! What the specification says a plan becomes.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{Span, Status as ProtoStatus};
use traced::{KeyValue, SpanContext, SpanKind, SpanLimits, Status};

use super::form::Form;
use super::plan::{Op, Plan};

/// Attributes under a limit: the last value of a key wins, a new key over the limit is dropped and counted.
#[derive(Default, Debug, PartialEq)]
struct Attributes {
    kept: BTreeMap<String, Form>,
    dropped: u32,
}

impl Attributes {
    fn set(&mut self, KeyValue { key, value, .. }: &KeyValue, limit: u32, limits: &SpanLimits) {
        let is_new = !self.kept.contains_key(&**key);
        if key.is_empty() {
        } else if is_new && self.kept.len() >= limit as usize {
            self.dropped += 1;
        } else {
            self.kept.insert(key.to_string(), Form::expected(value, limits));
        }
    }

    fn of<'a>(attributes: impl IntoIterator<Item = &'a KeyValue>, limit: u32, limits: &SpanLimits) -> Self {
        let mut all = Self::default();
        attributes.into_iter().for_each(|attribute| all.set(attribute, limit, limits));
        all
    }
}

fn take<T>(items: Vec<T>, limit: u32) -> (Vec<T>, u32) {
    let dropped = items.len().saturating_sub(limit as usize) as u32;
    (items.into_iter().take(limit as usize).collect(), dropped)
}

/// Compares a decoded span with the plan that it was recorded from.
pub(crate) fn compare(plan: &Plan, limits: &SpanLimits, identity: &SpanContext, span: &Span) {
    compare_identity(plan, identity, span);
    compare_times(plan, span);
    let late = plan.ops.iter().filter_map(|(op, _)| match op {
        Op::Attribute(attribute) => Some(attribute),
        _ => None,
    });
    let expected = Attributes::of(plan.initial.iter().chain(late), limits.attributes, limits);
    let found = Attributes { kept: Form::of_attributes(&span.attributes), dropped: span.dropped_attributes_count };
    assert_eq!(found, expected);
    compare_events(plan, limits, span);
    compare_links(plan, limits, span);
    assert_eq!(span.status.clone().unwrap_or_default(), expected_status(plan));
}

fn compare_identity(plan: &Plan, identity: &SpanContext, span: &Span) {
    let mut names = plan.ops.iter().filter_map(|(op, _)| match op {
        Op::Name(name) => Some(name),
        _ => None,
    });
    assert_eq!(&span.name, names.next_back().unwrap_or(&plan.name));
    let kind = match plan.kind {
        SpanKind::Internal => 1,
        SpanKind::Server => 2,
        SpanKind::Client => 3,
        SpanKind::Producer => 4,
        SpanKind::Consumer => 5,
        other => panic!("the kind {other}"),
    };
    assert_eq!(span.kind, kind);
    assert_eq!(span.trace_id, identity.trace_id().to_bytes());
    assert_eq!(span.span_id, identity.span_id().to_bytes());
    match &plan.parent {
        None => {
            assert_eq!(span.parent_span_id, Vec::<u8>::new(), "a root has no parent");
            assert_eq!(span.trace_state, "");
            assert_eq!(span.flags, 0x103, "sampled, random, and known to have no remote parent");
        }
        Some(parent) => {
            assert_eq!(span.trace_id, parent.trace_id().to_bytes());
            assert_eq!(span.parent_span_id, parent.span_id().to_bytes());
            assert_eq!(span.trace_state, parent.trace_state().as_str());
            let remote = if parent.is_remote() { 0x200 } else { 0 };
            let w3c = u32::from(parent.trace_flags().to_byte() & 2 | 1);
            assert_eq!(span.flags, w3c | 0x100 | remote);
        }
    }
}

fn compare_times(plan: &Plan, span: &Span) {
    let (start, end) = (span.start_time_unix_nano, span.end_time_unix_nano);
    assert!(plan.start.is_none_or(|expected| start == expected), "{start}");
    assert!(plan.end.is_none_or(|expected| end == expected.max(start)), "{end}");
    assert!(end >= start, "{start} to {end}");
}

fn compare_events(plan: &Plan, limits: &SpanLimits, span: &Span) {
    let expected = plan.ops.iter().filter_map(|(op, _)| match op {
        Op::Event { name, time, attributes } => {
            Some((name.clone(), *time, Attributes::of(attributes, limits.event_attributes, limits)))
        }
        _ => None,
    });
    let (expected, dropped) = take(expected.collect(), limits.events);
    let ends_now = plan.start.is_none() && plan.end.is_none();
    let found = span.events.iter().zip(&expected).map(|(event, (_, time, _))| {
        let Event { time_unix_nano, name, attributes, dropped_attributes_count } = event;
        let is_inside = (span.start_time_unix_nano..=span.end_time_unix_nano).contains(time_unix_nano);
        assert!(time.is_some() || is_inside || !ends_now, "an event happens while its span lasts: {event:?}");
        let attributes = Attributes { kept: Form::of_attributes(attributes), dropped: *dropped_attributes_count };
        (name.clone(), time.map(|_| *time_unix_nano), attributes)
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!((span.events.len(), span.dropped_events_count), (expected.len(), dropped));
}

fn compare_links(plan: &Plan, limits: &SpanLimits, span: &Span) {
    let late = plan.ops.iter().filter_map(|(op, _)| match op {
        Op::Link(context, attributes) => Some((context, attributes)),
        _ => None,
    });
    let all = plan.links.iter().map(|(context, attributes)| (context, attributes)).chain(late);
    // A link to nothing that says nothing is not worth keeping.
    let is_kept = |(context, attributes): &(&SpanContext, &Vec<KeyValue>)| {
        context.is_valid() || !attributes.is_empty() || !context.trace_state().is_empty()
    };
    let expected = all.filter(is_kept).map(|(context, attributes)| {
        let flags = u32::from(context.trace_flags().to_byte() & 3) | 0x100;
        (
            context.trace_id().to_bytes().to_vec(),
            context.span_id().to_bytes().to_vec(),
            context.trace_state().as_str().to_owned(),
            flags | if context.is_remote() { 0x200 } else { 0 },
            Attributes::of(attributes, limits.link_attributes, limits),
        )
    });
    let (expected, dropped) = take(expected.collect(), limits.links);
    let found = span.links.iter().cloned().map(|link| {
        let Link { trace_id, span_id, trace_state, attributes, dropped_attributes_count, flags } = link;
        let attributes = Attributes { kept: Form::of_attributes(&attributes), dropped: dropped_attributes_count };
        (trace_id, span_id, trace_state, flags, attributes)
    });
    assert_eq!(found.collect::<Vec<_>>(), expected);
    assert_eq!(span.dropped_links_count, dropped);
}

/// `Ok` is final, the last error wins, `Unset` is ignored.
fn expected_status(plan: &Plan) -> ProtoStatus {
    let statuses = plan.ops.iter().filter_map(|(op, _)| match op {
        Op::Status(status) => Some(status),
        _ => None,
    });
    let mut expected = ProtoStatus::default();
    for status in statuses {
        match status {
            Status::Unset => {}
            Status::Ok => return ProtoStatus { message: String::new(), code: 1 },
            Status::Error { description, .. } => expected = ProtoStatus { message: description.to_string(), code: 2 },
            other => panic!("the status {other}"),
        }
    }
    expected
}
