//! The specification's rows about attributes and limits, each test named after its row.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use traced::testing::{self, Capture};
use traced::view::{SpanView, ValueView};
use traced::{
    AttributeValue, FinishedSpan, KeyValue, MemoryExporter, Resource, Span, SpanContext, SpanId, SpanLimits,
    TraceFlags, TraceId, TraceState, Value, traced,
};
use traced_tests::child;

fn capture(limits: SpanLimits, run: impl FnOnce()) -> Vec<FinishedSpan> {
    Capture::builder().span_limits(limits).start().run(run).1.into()
}

/// A span that `record` was done to.
fn recorded(limits: SpanLimits, record: impl FnOnce(&Span)) -> FinishedSpan {
    let spans = capture(limits, || {
        let span = Span::start("recorded");
        record(&span);
        span.end();
    });
    spans.into_iter().next().unwrap()
}

fn keys<'a>(span: &SpanView<'a>) -> Vec<&'a str> {
    span.attributes().map(|attribute| attribute.key).collect()
}

/// What a value becomes.
fn value_of(value: impl AttributeValue) -> Option<Value> {
    let span = recorded(SpanLimits::default(), |span| span.set_attribute("key", value));
    span.view().attributes().get("key").map(ValueView::to_owned)
}

#[test]
fn at_1_all_value_types() {
    assert_eq!(value_of(true), Some(Value::Bool(true)));
    for int in [value_of(-7_i8), value_of(-7_i16), value_of(-7_i32), value_of(-7_i64), value_of(-7_isize)] {
        assert_eq!(int, Some(Value::Int(-7)));
    }
    for int in [value_of(7_u8), value_of(7_u16), value_of(7_u32), value_of(7_u64), value_of(7_usize), value_of(7_u128)]
    {
        assert_eq!(int, Some(Value::Int(7)));
    }
    assert_eq!((value_of(0.5_f32), value_of(0.5_f64)), (Some(Value::Double(0.5)), Some(Value::Double(0.5))));
    let text = Some(Value::from("text"));
    assert_eq!((value_of("text"), value_of("text".to_owned())), (text.clone(), text.clone()));
    assert_eq!((value_of(Cow::Borrowed("text")), value_of(Arc::<str>::from("text"))), (text.clone(), text.clone()));
    assert_eq!((value_of(Rc::<str>::from("text")), value_of(Box::<str>::from("text"))), (text.clone(), text));
    assert_eq!(value_of('ä'), Some(Value::from("ä")));
    assert_eq!(value_of(Value::Bytes(vec![0, 255])), Some(Value::Bytes(vec![0, 255])));
    assert_eq!(value_of(Value::Empty), Some(Value::Empty));
    assert_eq!((value_of(None::<i64>), value_of(Some(1))), (None, Some(Value::Int(1))));
    let list = Some(Value::Array(vec![Value::Int(1), Value::Int(2)]));
    assert_eq!((value_of(vec![1, 2]), value_of([1, 2]), value_of(&[1, 2][..])), (list.clone(), list.clone(), list));
    let mixed = Value::Array(vec![Value::Int(1), Value::from("two"), Value::Empty, Value::Array(vec![])]);
    assert_eq!(value_of(mixed.clone()), Some(mixed));
    let map = Some(Value::Map(vec![KeyValue::new("k", 1)]));
    assert_eq!((value_of(HashMap::from([("k", 1)])), value_of(BTreeMap::from([("k", 1)]))), (map.clone(), map));
}

#[test]
fn at_2_keys_are_not_empty_and_case_sensitive() {
    let said = child::run("at_2_keys_are_not_empty_and_case_sensitive", &[], || {
        let span = recorded(SpanLimits::default(), |span| {
            span.set_attribute("", 1);
            span.set_attribute("", 2);
            span.set_attribute("key", 3);
            span.set_attribute("Key", 4);
            span.add_event("event", &[KeyValue::new("", 5), KeyValue::new("key", 6)]);
        });
        assert_eq!(keys(&span.view()), ["key", "Key"]);
        assert_eq!(span.view().dropped_attributes(), 0);
        assert_eq!(span.view().events().next().unwrap().attributes().count(), 1);
    });
    if let Some(said) = said {
        assert_eq!(said.matches("empty key").count(), 1, "one diagnostic: {said}");
    }
}

#[test]
fn at_2_an_empty_key_of_an_event_is_said() {
    let said = child::run("at_2_an_empty_key_of_an_event_is_said", &[], || {
        recorded(SpanLimits::default(), |span| span.add_event("event", &[KeyValue::new("", 5)]));
    });
    if let Some(said) = said {
        assert!(said.contains("empty key"), "{said}");
    }
}

#[traced(attrs(both = 1, literal = "old", "code.function.name" = "mine"), location = full)]
fn overwrites() {
    traced::attrs!(both = "two", literal = "new", "code.line.number" = -1);
    traced::attrs!(both = 3);
}

#[test]
fn at_3_same_key_overwrites() {
    let spans = testing::capture(overwrites);
    let attributes = spans[0].view().attributes();
    assert_eq!(attributes.get("both"), Some(ValueView::Int(3)));
    assert_eq!(attributes.get("literal"), Some(ValueView::Str("new")));
    assert_eq!(attributes.get("code.function.name"), Some(ValueView::Str("mine")));
    assert_eq!(attributes.get("code.line.number"), Some(ValueView::Int(-1)));
    assert!(attributes.get("code.file.path").is_some());

    let span = recorded(SpanLimits::default(), |span| {
        let twice = [KeyValue::new("k", 1), KeyValue::new("other", 0), KeyValue::new("k", 2)];
        span.add_event("event", &twice);
        span.add_link(
            &SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(1), TraceFlags::NONE, TraceState::EMPTY),
            &twice,
        );
    });
    let event = span.view().events().next().unwrap().attributes();
    let link = span.view().links().next().unwrap().attributes();
    assert_eq!((event.get("k"), event.count()), (Some(ValueView::Int(2)), 2));
    assert_eq!((link.get("k"), link.count()), (Some(ValueView::Int(2)), 2));
    let resource = Resource::new([KeyValue::new("k", 1), KeyValue::new("k", 2)], "");
    assert_eq!(resource.attributes(), [KeyValue::new("k", 2)]);
}

#[test]
fn at_4_keys_are_unique() {
    let spans = testing::capture(|| {
        overwrites();
        let span = Span::builder("by hand").attribute("k", 1).attribute("k", 2).start();
        for index in 0..300 {
            span.set_attribute(&format!("key {}", index % 100), index);
        }
        span.set_attribute("k", Value::Map(vec![KeyValue::new("in", 1), KeyValue::new("in", 2)]));
    });
    for span in &spans {
        let view = span.view();
        let mut unique = keys(&view);
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), view.attributes().count(), "{}", view.name());
    }
    let by_hand = spans[1].view();
    assert_eq!(by_hand.attributes().get("key 7"), Some(ValueView::Int(207)));
    let map = by_hand.attributes().get("k").unwrap().to_owned();
    assert_eq!(map, Value::Map(vec![KeyValue::new("in", 2)]));
}

#[test]
fn lm_1_attributes_over_the_limit_are_dropped_and_counted() {
    let span = recorded(SpanLimits::default(), |span| {
        (0..130).for_each(|index| span.set_attribute(&format!("key {index}"), index));
        // Still allowed.
        span.set_attribute("key 0", "overwritten");
    });
    let view = span.view();
    assert_eq!((view.attributes().count(), view.dropped_attributes()), (128, 2));
    assert_eq!(view.attributes().get("key 0"), Some(ValueView::Str("overwritten")));
    assert!(view.attributes().get("key 127").is_some() && view.attributes().get("key 128").is_none());
}

#[test]
fn lm_1_limit_counts_the_call_sites_own_attributes() {
    for limit in 0..6 {
        let spans = capture(SpanLimits::default().with_attributes(limit), overwrites);
        let view = spans[0].view();
        let kept = view.attributes().count() as u64;
        assert_eq!(kept, u64::from(limit.min(5)), "{:?}", keys(&view));
        assert_eq!(kept == 5, view.dropped_attributes() == 0, "{}", view.dropped_attributes());
    }
}

#[test]
fn lm_2_texts_are_cut_by_characters_and_bytes_by_bytes() {
    let limits = SpanLimits::default().with_attribute_value_length(Some(3));
    let span = recorded(limits, |span| {
        span.set_attribute("short", "äöü");
        span.set_attribute("long", "äöüß");
        span.set_attribute("bytes", Value::Bytes(vec![1, 2, 3, 4]));
        span.set_attribute("nested", Value::Array(vec![Value::Map(vec![KeyValue::new("a long key", "12345")])]));
        span.set_attribute("number", 1_234_567);
        span.set_attribute("list", vec![1, 2, 3, 4, 5]);
        span.add_event("a long name", &[KeyValue::new("long", "äöüß")]);
    });
    let view = span.view();
    let get = |key: &str| view.attributes().get(key).unwrap().to_owned();
    assert_eq!((get("short"), get("long")), ("äöü".into(), "äöü".into()));
    assert_eq!(get("bytes"), Value::Bytes(vec![1, 2, 3]));
    assert_eq!(get("nested"), Value::Array(vec![Value::Map(vec![KeyValue::new("a long key", "123")])]));
    assert_eq!(get("number"), Value::Int(1_234_567));
    assert_eq!(get("list"), Value::Array((1..=5).map(Value::Int).collect()));
    let event = view.events().next().unwrap();
    assert_eq!(event.name(), "a long name");
    assert_eq!(event.attributes().get("long"), Some(ValueView::Str("äöü")));
    assert_eq!(view.dropped_attributes(), 0);
}

/// Writes for as long as anybody listens.
struct Endless;

impl fmt::Display for Endless {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        loop {
            f.write_str("ä")?;
        }
    }
}

#[traced(attrs(%endless, literal = "12345", text))]
fn long_values(endless: &Endless, text: &str) {
    traced::attrs!(late = %endless, literal = "67890");
    traced::event!("event", %endless);
}

#[test]
fn lm_2_formatting_stops_at_the_limit() {
    let limits = SpanLimits::default().with_attribute_value_length(Some(3));
    let spans = capture(limits, || long_values(&Endless, "äöüß"));
    let view = spans[0].view();
    for (key, expected) in [("endless", "äää"), ("late", "äää"), ("text", "äöü"), ("literal", "678")] {
        assert_eq!(view.attributes().get(key), Some(ValueView::Str(expected)), "{key}");
    }
    assert_eq!(view.events().next().unwrap().attributes().get("endless"), Some(ValueView::Str("äää")));
}

#[test]
fn lm_2_no_length_limit_by_default() {
    assert_eq!(SpanLimits::default().attribute_value_length, None);
    let text = "ä".repeat(1_000_000);
    assert_eq!(value_of(text.as_str()), Some(Value::from(text.clone())));
}

#[test]
fn lm_3_what_is_nested_too_deep_becomes_empty() {
    let nested = |depth: usize| (0..depth).fold(Value::from("innermost"), |inner, _| Value::Array(vec![inner]));
    let depth_of = |value: &Value| {
        let (mut depth, mut value) = (0, value);
        while let Value::Array(items) = value {
            value = &items[0];
            depth += 1;
        }
        (depth, value.clone())
    };
    assert_eq!(depth_of(&value_of(nested(64)).unwrap()), (64, Value::from("innermost")));
    assert_eq!(depth_of(&value_of(nested(65)).unwrap()), (64, Value::Empty));
    let limits = SpanLimits::default().with_attribute_value_depth(1);
    let span = recorded(limits, |span| span.set_attribute("k", nested(2)));
    assert_eq!(span.view().attributes().get("k").unwrap().to_owned(), Value::Array(vec![Value::Empty]));
}

#[test]
fn lm_4_events_links_and_their_attributes() {
    let one = SpanLimits::default()
        .with_attributes(1)
        .with_events(1)
        .with_links(1)
        .with_event_attributes(1)
        .with_link_attributes(1);
    let three = [KeyValue::new("a", 1), KeyValue::new("b", 2), KeyValue::new("a", 3)];
    let other = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(1), TraceFlags::NONE, TraceState::EMPTY);
    let span = recorded(one, |span| {
        for _ in 0..3 {
            span.add_event("event", &three);
            span.add_link(&other, &three);
        }
    });
    let view = span.view();
    assert_eq!((view.events().count(), view.dropped_events()), (1, 2));
    assert_eq!((view.links().count(), view.dropped_links()), (1, 2));
    let (event, link) = (view.events().next().unwrap(), view.links().next().unwrap());
    assert_eq!((event.attributes().count(), event.dropped_attributes()), (1, 1));
    assert_eq!((link.attributes().count(), link.dropped_attributes()), (1, 1));
    assert_eq!(event.attributes().get("a"), Some(ValueView::Int(3)), "overwriting is allowed at the limit");
    let defaults = SpanLimits::default();
    assert_eq!(
        (defaults.events, defaults.links, defaults.event_attributes, defaults.link_attributes),
        (128, 128, 128, 128)
    );
}

#[test]
fn lm_5_model_specific_limits_beat_general_ones_and_code_beats_both() {
    const NAME: &str = "lm_5_model_specific_limits_beat_general_ones_and_code_beats_both";
    let general = ("OTEL_ATTRIBUTE_COUNT_LIMIT", "3");
    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[general], "3"),
        (&[general, ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2")], "2"),
        (&[general, ("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "2"), ("BY_CODE", "1")], "1"),
        (&[], "9"),
    ];
    for (variables, expected) in cases {
        let variables: Vec<_> = variables.iter().copied().chain([("EXPECTED", expected)]).collect();
        child::run(NAME, &variables, || {
            let memory = MemoryExporter::default();
            let mut builder = traced::builder().exporter(memory.clone());
            if std::env::var("BY_CODE").is_ok() {
                builder = builder.span_limits(SpanLimits::default().with_attributes(1));
            }
            let guard = builder.init().unwrap();
            let span = Span::start("limited");
            (0..9).for_each(|index| span.set_attribute(&format!("key {index}"), index));
            span.end();
            drop(guard);
            let expected = std::env::var("EXPECTED").unwrap();
            assert_eq!(memory.spans()[0].view().attributes().count().to_string(), expected);
        });
    }
}

#[test]
fn lm_6_one_message_for_everything_a_span_lost() {
    let said = child::run("lm_6_one_message_for_everything_a_span_lost", &[], || {
        let limits = SpanLimits::default().with_attributes(1).with_events(1).with_links(0);
        recorded(limits, |span| {
            for index in 0..1_000 {
                span.set_attribute(&format!("key {index}"), index);
                span.add_event("event", &[]);
            }
        });
    });
    if let Some(said) = said {
        assert_eq!(said.matches("at a limit").count(), 1, "{said}");
    }
}

#[test]
fn lm_7_resources_have_no_limits() {
    child::run("lm_7_resources_have_no_limits", &[], || {
        let limits = SpanLimits::default().with_attributes(1).with_attribute_value_length(Some(1));
        let decoded = traced_tests::otlp::Decoded::default();
        let resource =
            Resource::new([KeyValue::new("a", "long"), KeyValue::new("b", "long"), KeyValue::new("c", 1)], "");
        let guard = traced::builder().exporter(decoded.clone()).span_limits(limits).resource(resource).init().unwrap();
        Span::start("limited").end();
        drop(guard);
        let attributes = decoded.spans()[0].resource.resource.clone().unwrap().attributes;
        for (key, expected) in [("a", "long"), ("b", "long")] {
            assert_eq!(traced_tests::otlp::text(&attributes, key), Some(expected));
        }
        assert!(traced_tests::otlp::value(&attributes, "c").is_some());
    });
}

#[test]
fn debug_shows_keys_and_values() {
    let span = recorded(SpanLimits::default(), |span| {
        span.set_attribute("text", "a");
        span.set_attribute("list", Value::Array(vec![Value::Int(1), Value::Bool(true)]));
        span.set_attribute("map", Value::Map(vec![KeyValue::new("k", 2)]));
    });
    let shown = format!("{:?}", span.view().attributes());
    let expected = r#""text": Str("a"), "list": Array([Int(1), Bool(true)]), "map": Map({"k": Int(2)})}"#;
    assert!(shown.ends_with(expected), "{shown}");
}
