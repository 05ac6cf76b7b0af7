//! Whatever is recorded, other people's code reads the same in our bytes.
//!
//! Random spans are recorded through the public API, exported as OTLP, decoded by prost with the types of
//! opentelemetry-proto, and compared with a small model of what the specification says of them.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

mod oracle {
    pub(crate) mod form;
    pub(crate) mod model;
    pub(crate) mod plan;
}

use std::sync::LazyLock;
use std::time::Duration;

use opentelemetry_proto::tonic::trace::v1::Span as ProtoSpan;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use traced::{Context, KeyValue, Span, SpanContext, SpanLimits, Value};
use traced_tests::child;
use traced_tests::otlp::{Decoded, DecodedSpan};

use oracle::form::Form;
use oracle::model;
use oracle::plan::{self, Op, Plan};

/// One initialisation for all tests of this process: each looks at its own traces.
static DECODED: LazyLock<Decoded> = LazyLock::new(|| start(SpanLimits::default()));

fn start(limits: SpanLimits) -> Decoded {
    let decoded = Decoded::default();
    let guard = traced::builder().exporter(decoded.clone()).span_limits(limits).init().unwrap();
    // The process ends with the test.
    std::mem::forget(guard);
    decoded
}

/// Records a plan, half by handles and half as the current span, and returns what was exported of it.
fn record(decoded: &Decoded, plan: &Plan) -> (SpanContext, DecodedSpan) {
    let mut builder = Span::builder(plan.name.clone()).kind(plan.kind);
    if let Some(parent) = &plan.parent {
        builder = builder.parent(Context::new().with_span_context(parent.clone()));
    }
    if let Some(start) = plan.start {
        builder = builder.start_time(plan::time(start));
    }
    for KeyValue { key, value, .. } in &plan.initial {
        builder = builder.attribute(key.clone(), value.clone());
    }
    for (context, attributes) in &plan.links {
        builder = builder.link(context.clone(), attributes.clone());
    }
    let span = builder.start();
    for (op, by_current) in &plan.ops {
        if *by_current {
            let _current = span.attach();
            apply(&traced::current(), op);
        } else {
            apply(&span, op);
        }
    }
    match plan.end {
        Some(end) => span.end_at(plan::time(end)),
        None => span.end(),
    }
    traced::flush(Duration::from_secs(30)).unwrap();
    let identity = span.span_context();
    let mut found = decoded.take_trace(identity.trace_id());
    assert_eq!(found.len(), 1, "one span was recorded");
    (identity, found.remove(0))
}

fn apply(span: &Span, op: &Op) {
    match op {
        Op::Attribute(KeyValue { key, value, .. }) => span.set_attribute(key, value.clone()),
        Op::Event { name, time: Some(time), attributes } => span.add_event_at(name, plan::time(*time), attributes),
        Op::Event { name, time: None, attributes } => span.add_event(name, attributes),
        Op::Link(context, attributes) => span.add_link(context, attributes),
        Op::Status(status) => span.set_status(status.clone()),
        Op::Name(name) => span.update_name(name),
    }
}

fn check(decoded: &Decoded, plan: &Plan, limits: &SpanLimits) {
    let (identity, found) = record(decoded, plan);
    model::compare(plan, limits, &identity, &found.span);
}

#[test]
fn decoded_bytes_equal_what_was_recorded() {
    proptest!(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() }, |(plan in plan::plans())| {
        check(&DECODED, &plan, &SpanLimits::default());
    });
}

#[test]
fn limits_apply_to_everything_that_is_recorded() {
    child::run("limits_apply_to_everything_that_is_recorded", &[], || {
        let limits = SpanLimits::default()
            .with_attributes(5)
            .with_events(2)
            .with_links(2)
            .with_event_attributes(2)
            .with_link_attributes(1)
            .with_attribute_value_length(Some(3))
            .with_attribute_value_depth(2);
        let decoded = start(limits);
        let config = ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() };
        let mut runner = TestRunner::new(config);
        let outcome = runner.run(&plan::plans(), |plan| {
            check(&decoded, &plan, &limits);
            Ok(())
        });
        outcome.unwrap();
    });
}

fn plan_with(ops: Vec<Op>) -> Plan {
    Plan { ops: ops.into_iter().map(|op| (op, false)).collect(), ..Plan::default() }
}

#[test]
fn huge_texts_and_names_arrive_whole() {
    let lengths = [0, 1, 126, 127, 128, 129, 16_383, 16_384, 16_385, 2_097_151, 2_097_152, 10_000_000];
    for length in lengths {
        let text = "ä".repeat(length / 2) + if length % 2 == 1 { "x" } else { "" };
        let plan = Plan {
            name: text.clone(),
            initial: vec![KeyValue::new("text", text.clone()), KeyValue::new("bytes", Value::Bytes(vec![7; length]))],
            ..plan_with(vec![
                Op::Attribute(KeyValue::new("late", text.clone())),
                Op::Event { name: text.clone(), time: None, attributes: vec![KeyValue::new("in event", text.clone())] },
                Op::Status(traced::Status::error(text.clone())),
            ])
        };
        // Five texts of 10 MB are over the default bound of 32 MiB, which is tested elsewhere.
        let plan = if length < 10_000_000 {
            plan
        } else {
            Plan { initial: Vec::new(), name: "n".into(), ..plan_with(vec![plan.ops[0].0.clone()]) }
        };
        check(&DECODED, &plan, &SpanLimits::default());
    }
}

#[test]
fn extreme_numbers_arrive_exactly() {
    let ints = [0, 1, -1, 127, 128, -128, i64::MAX, i64::MIN, i64::MAX - 1];
    let doubles = [
        0.0,
        -0.0,
        f64::MIN,
        f64::MAX,
        f64::MIN_POSITIVE,
        5e-324,
        f64::EPSILON,
        f64::INFINITY,
        f64::NEG_INFINITY,
        f64::NAN,
        -f64::NAN,
        f64::from_bits(0x7ff0_0000_0000_0001),
    ];
    let ints = ints.into_iter().map(Value::Int);
    let all: Vec<Value> = ints.chain(doubles.into_iter().map(Value::Double)).collect();
    let initial = all.iter().enumerate().map(|(index, value)| KeyValue::new(format!("number {index}"), value.clone()));
    let plan = Plan { initial: initial.collect(), ..plan_with(vec![Op::Attribute(KeyValue::new("all", all))]) };
    check(&DECODED, &plan, &SpanLimits::default());
}

#[test]
fn integers_wider_than_64_bits_keep_all_digits() {
    let span = Span::start("wide");
    span.set_attribute("u64", u64::MAX);
    span.set_attribute("i64 in u128", 7_u128);
    span.set_attribute("u128", u128::MAX);
    span.set_attribute("i128", i128::MIN);
    span.end();
    traced_flush();
    let found = DECODED.take_trace(span.span_context().trace_id()).remove(0).span;
    let form = |key: &str| Form::of_attributes(&found.attributes)[key].clone();
    assert_eq!(form("u64"), Form::Text(u64::MAX.to_string()));
    assert_eq!(form("i64 in u128"), Form::Int(7));
    assert_eq!(form("u128"), Form::Text(u128::MAX.to_string()));
    assert_eq!(form("i128"), Form::Text(i128::MIN.to_string()));
}

fn traced_flush() {
    LazyLock::force(&DECODED);
    traced::flush(Duration::from_secs(30)).unwrap();
}

fn nested(depth: usize, innermost: Value, is_map: bool) -> Value {
    (0..depth).fold(innermost, |inner, _| {
        if is_map { Value::Map(vec![KeyValue::new("in", inner)]) } else { Value::Array(vec![inner]) }
    })
}

#[test]
fn values_nest_to_the_depth_limit_and_no_deeper() {
    for is_map in [false, true] {
        for depth in [1, 2, 63, 64, 65, 66, 200] {
            let value = nested(depth, Value::from("innermost"), is_map);
            let plan = Plan { initial: vec![KeyValue::new("nested", value)], ..Plan::default() };
            check(&DECODED, &plan, &SpanLimits::default());
        }
    }
}

#[test]
fn spans_of_one_request_stay_apart() {
    LazyLock::force(&DECODED);
    let parent = Span::builder("parent").root().start();
    let context = parent.context();
    let children: Vec<Span> = (0..500)
        .map(|index| {
            let child = Span::builder(format!("child {index}")).parent(context.clone()).attribute("index", index);
            child.start()
        })
        .collect();
    children.iter().for_each(Span::end);
    parent.end();
    traced_flush();
    let found = DECODED.take_trace(parent.span_context().trace_id());
    assert_eq!(found.len(), 501);
    let parent_span = found.iter().map(|found| &found.span).find(|span| span.name == "parent").unwrap();
    for (index, child) in children.iter().enumerate() {
        let id = child.span_context().span_id().to_bytes();
        let found: &ProtoSpan = &found.iter().find(|found| found.span.span_id == id).unwrap().span;
        assert_eq!(found.name, format!("child {index}"));
        assert_eq!(Form::of_attributes(&found.attributes)["index"], Form::Int(index as i64));
        assert_eq!(found.parent_span_id, parent_span.span_id);
        assert!(parent_span.start_time_unix_nano <= found.start_time_unix_nano);
        assert!(found.start_time_unix_nano <= found.end_time_unix_nano);
        assert!(found.end_time_unix_nano <= parent_span.end_time_unix_nano);
    }
}
