//! Random spans.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use traced::{KeyValue, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState, Value};

/// What is to be recorded. Times are Unix nanoseconds.
#[derive(Clone, Debug, Default)]
pub(crate) struct Plan {
    pub(crate) name: String,
    pub(crate) kind: SpanKind,
    pub(crate) parent: Option<SpanContext>,
    pub(crate) start: Option<u64>,
    pub(crate) end: Option<u64>,
    pub(crate) initial: Vec<KeyValue>,
    pub(crate) links: Vec<(SpanContext, Vec<KeyValue>)>,
    /// What is said later, and whether through the current span.
    pub(crate) ops: Vec<(Op, bool)>,
}

#[derive(Clone, Debug)]
pub(crate) enum Op {
    Attribute(KeyValue),
    Event { name: String, time: Option<u64>, attributes: Vec<KeyValue> },
    Link(SpanContext, Vec<KeyValue>),
    Status(Status),
    Name(String),
}

pub(crate) fn time(unix_nanos: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(unix_nanos)
}

fn text() -> impl Strategy<Value = String> {
    let any = || vec(any::<char>(), 0..24).prop_map(|chars| chars.into_iter().collect());
    prop_oneof![3 => any(), 1 => "[a-z.]{0,200}", 1 => Just(String::new())]
}

/// Few enough that many occur twice; the empty one among them.
fn key() -> impl Strategy<Value = String> {
    prop_oneof![4 => "[a-h]", 1 => text(), 1 => "[a-h]{2,4}"]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        1 => Just(Value::Empty),
        2 => any::<bool>().prop_map(Value::Bool),
        3 => any::<i64>().prop_map(Value::Int),
        1 => (-200_i64..200).prop_map(Value::Int),
        3 => proptest::num::f64::ANY.prop_map(Value::Double),
        6 => text().prop_map(Value::from),
        2 => vec(any::<u8>(), 0..40).prop_map(Value::Bytes),
    ];
    leaf.prop_recursive(5, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((key(), inner), 0..4).prop_map(|entries| {
                Value::Map(entries.into_iter().map(|(key, value)| KeyValue::new(key, value)).collect())
            }),
        ]
    })
}

fn attribute() -> impl Strategy<Value = KeyValue> {
    (key(), value()).prop_map(|(key, value)| KeyValue::new(key, value))
}

fn trace_state() -> impl Strategy<Value = TraceState> {
    let states = vec(("[a-z][a-z0-9_*/@-]{0,9}", "[!-+.-<>-~]{1,20}"), 0..4);
    states.prop_map(|entries| {
        let insert = |state: TraceState, (key, value): &(String, String)| state.insert(key, value).unwrap_or(state);
        entries.iter().fold(TraceState::EMPTY, insert)
    })
}

fn identity(id: impl Strategy<Value = (u128, u64)>) -> impl Strategy<Value = SpanContext> {
    (id, any::<u8>(), trace_state(), any::<bool>()).prop_map(|((trace_id, span_id), flags, state, is_remote)| {
        let make = if is_remote { SpanContext::remote } else { SpanContext::new };
        make(TraceId::from_u128(trace_id), SpanId::from_u64(span_id), TraceFlags::from_byte(flags), state)
    })
}

/// Sampled, since the default sampler drops the children of the rest.
fn parent() -> impl Strategy<Value = SpanContext> {
    identity((1_u128.., 1_u64..)).prop_map(|parent| {
        let flags = TraceFlags::from_byte(parent.trace_flags().to_byte()).with_sampled(true);
        let make = if parent.is_remote() { SpanContext::remote } else { SpanContext::new };
        make(parent.trace_id(), parent.span_id(), flags, parent.trace_state().clone())
    })
}

fn link() -> impl Strategy<Value = (SpanContext, Vec<KeyValue>)> {
    let id = prop_oneof![4 => (1_u128.., 1_u64..), 1 => (0_u128..2, 0_u64..2)];
    (identity(id), vec(attribute(), 0..4))
}

fn nanos() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(1), 1_000_000_000_000_000_000..2_000_000_000_000_000_000_u64, 0..u64::MAX / 2]
}

fn status() -> impl Strategy<Value = Status> {
    prop_oneof![2 => Just(Status::Unset), 1 => Just(Status::Ok), 4 => text().prop_map(Status::error)]
}

fn op() -> impl Strategy<Value = Op> {
    let event = (text(), option::of(nanos()), vec(attribute(), 0..6));
    prop_oneof![
        5 => attribute().prop_map(Op::Attribute),
        3 => event.prop_map(|(name, time, attributes)| Op::Event { name, time, attributes }),
        1 => link().prop_map(|(context, attributes)| Op::Link(context, attributes)),
        2 => status().prop_map(Op::Status),
        1 => text().prop_map(Op::Name),
    ]
}

/// Spans of every sort.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    use SpanKind::{Client, Consumer, Internal, Producer, Server};
    let kind = prop_oneof![Just(Internal), Just(Server), Just(Client), Just(Producer), Just(Consumer)];
    let start = (text(), kind, option::of(parent()), vec(attribute(), 0..10), vec(link(), 0..4));
    let times = (option::weighted(0.3, nanos()), option::weighted(0.3, nanos()));
    let few = vec((op(), proptest::bool::ANY), 0..14);
    // Enough to reach the default limits of 128.
    let many = vec((op(), proptest::bool::ANY), 300..600);
    let ops = prop_oneof![15 => few, 1 => many];
    (start, times, ops).prop_map(|((name, kind, parent, initial, links), (start, end), ops)| Plan {
        name,
        kind,
        parent,
        start,
        end,
        initial,
        links,
        ops,
    })
}
