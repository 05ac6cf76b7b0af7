//! Values, ids and statuses as text and back, and values that own their data.

use traced::{
    AttributeValue, Context, KeyValue, Span, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, Value,
    assert_tree, testing, traced,
};

fn ids() -> (TraceId, SpanId) {
    (TraceId::from_u128(0x4bf9_2f35_77b3_4da6_a3ce_929d_0e0e_4736), SpanId::from_u64(0x00f0_67aa_0ba9_02b7))
}

#[test]
fn ids_are_hexadecimal_text() {
    let (trace_id, span_id) = ids();
    assert_eq!(trace_id.to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!((format!("{trace_id:x}"), format!("{span_id:x}")), (trace_id.to_string(), span_id.to_string()));
    assert_eq!((trace_id.to_string().parse(), span_id.to_string().parse()), (Ok(trace_id), Ok(span_id)));
    let error = "4BF92F3577B34DA6A3CE929D0E0E4736".parse::<TraceId>().unwrap_err();
    assert_eq!(
        error.to_string(),
        "an id has 32 (of a trace) or 16 (of a span) lower-case hexadecimal digits, not all zeros"
    );
    assert_eq!("0".repeat(16).parse::<SpanId>(), Err(error));
}

#[test]
fn ids_are_text_to_serde() {
    let ids = ids();
    let written = serde_json::to_string(&ids).unwrap();
    assert_eq!(written, r#"["4bf92f3577b34da6a3ce929d0e0e4736","00f067aa0ba902b7"]"#);
    assert_eq!(serde_json::from_str::<(TraceId, SpanId)>(&written).unwrap(), ids);
    // As other programs may escape it, which cannot be borrowed.
    assert_eq!(serde_json::from_str::<SpanId>(r#""\u00300f067aa0ba902b7""#).unwrap(), ids.1);
    for wrong in [r#""""#, r#""0000000000000000""#, r#""00F067AA0BA902B7""#, "7", "null"] {
        assert!(serde_json::from_str::<SpanId>(wrong).is_err(), "{wrong}");
    }
    let refused = serde_json::from_str::<TraceId>(r#""00f067aa0ba902b7""#).unwrap_err().to_string();
    assert!(refused.starts_with("an id has 32 (of a trace)"), "{refused}");
}

#[traced(parent = parent.clone())]
fn under(parent: &SpanContext) {}

#[test]
fn a_parent_comes_from_a_traceparent_and_goes_back() {
    let text = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let parent: SpanContext = text.parse().unwrap();
    let (trace_id, span_id) = ids();
    assert_eq!((parent.trace_id(), parent.span_id(), parent.trace_flags()), (trace_id, span_id, TraceFlags::SAMPLED));
    assert!(parent.is_remote());
    assert_eq!(parent.to_string(), text);
    for wrong in ["", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", &text.to_uppercase(), &format!("{text}-")]
    {
        let error = wrong.parse::<SpanContext>().unwrap_err();
        assert!(error.to_string().contains("traceparent"), "{wrong}: {error}");
    }
    let spans = testing::capture(|| {
        under(&parent);
        Span::builder("by hand").parent(Context::new().with_span_context(parent.clone())).start().end();
    });
    for span in &spans {
        assert_eq!((span.view().trace_id(), span.view().parent_span_id()), (trace_id, Some(span_id)), "{span:?}");
    }
}

#[test]
fn kinds_and_statuses_have_names() {
    use SpanKind::{Client, Consumer, Internal, Producer, Server};
    let kinds = [Internal, Server, Client, Producer, Consumer].map(|kind| kind.to_string());
    assert_eq!(kinds, ["internal", "server", "client", "producer", "consumer"]);
    assert_eq!(format!("{Server:>8}"), "  server");
    let statuses = [Status::Unset, Status::Ok, Status::error(""), Status::error("declined")];
    assert_eq!(statuses.map(|status| status.to_string()), ["unset", "ok", "error", "error: declined"]);
}

#[test]
fn values_are_shown_as_in_a_log_line() {
    let map = vec![KeyValue::new("a", 1), KeyValue::new("b", vec![Value::Empty, Value::from(1.5)])];
    let values = [
        (Value::from(true), "true"),
        (Value::from("as it is"), "as it is"),
        (Value::Bytes(vec![0, 0xff]), "00ff"),
        (Value::from(map), "{a: 1, b: [null, 1.5]}"),
        (Value::Array(Vec::new()), "[]"),
        (Value::Map(Vec::new()), "{}"),
    ];
    for (value, shown) in values {
        assert_eq!(value.to_string(), shown);
    }
}

#[test]
fn a_value_that_owns_its_data_is_not_copied() {
    let text = "text".repeat(10);
    let place = text.as_ptr();
    let mut nested = Value::from(text);
    for level in 0..200 {
        let pair = KeyValue::new("level", nested);
        nested =
            if level % 2 == 0 { Value::from(vec![pair]) } else { KeyValue::new("in a list", vec![pair.value]).value };
    }
    let mut inner = &nested;
    let mut levels = 0;
    while let Value::Map(_) | Value::Array(_) = inner {
        inner = match inner {
            Value::Map(entries) => &entries[0].value,
            Value::Array(items) => &items[0],
            other => other,
        };
        levels += 1;
    }
    assert_eq!((inner.as_str().map(str::as_ptr), levels), (Some(place), 200));
}

#[test]
fn all_take_the_same_values() {
    let list = ["a", "b"];
    let (number, nothing): (u64, Option<&str>) = (u64::MAX, None);
    let spans = testing::capture(|| {
        let by_hand = Span::start("set");
        by_hand.set_attribute("list", list);
        by_hand.set_attribute("number", number);
        by_hand.set_attribute("nothing", nothing);
        by_hand.set_attribute("char", 'c');
        by_hand.end();
        let built = Span::builder("built").attribute("list", list).attribute("number", number);
        built.attribute("nothing", nothing).attribute("char", 'c').start().end();
        let pairs = Span::start("pairs");
        pairs.set_attributes(&[
            KeyValue::new("list", list),
            KeyValue::new("number", number),
            KeyValue::new("char", 'c'),
        ]);
        pairs.end();
    });
    let attributes = "list=[a, b] number=\"18446744073709551615\" char=c";
    assert_tree!(spans, &format!("set {attributes}\nbuilt {attributes}\npairs {attributes}"));
    assert_eq!(KeyValue::new("nothing", nothing).value, Value::Empty);
    assert_eq!(Value::record(&list), list.into_value());
}
