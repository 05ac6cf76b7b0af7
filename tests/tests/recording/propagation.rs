//! Formats and carriers of propagation, through the public API. The cases of the official W3C suite that need a
//! running service are in `relay.rs`.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, HashMap};

use traced::propagation::{
    B3Propagator, BaggagePropagator, CompositePropagator, EnvironmentVariables, Extractor, Injector, Propagator,
    TraceContextPropagator,
};
use traced::{Baggage, Context, SpanContext, SpanId, TraceFlags, TraceId, TraceState};

const TRACE: &str = "12345678901234567890123456789012";
const SPAN: &str = "1234567890123456";

type Headers = Vec<(String, String)>;

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn extract(propagator: &dyn Propagator, pairs: &[(&str, &str)]) -> SpanContext {
    propagator.extract(&Context::new(), &headers(pairs)).span_context().clone()
}

fn inject(propagator: &dyn Propagator, context: &Context) -> Headers {
    let mut carrier = Headers::new();
    propagator.inject(context, &mut carrier);
    carrier
}

fn relay(propagator: &dyn Propagator, pairs: &[(&str, &str)]) -> Headers {
    inject(propagator, &propagator.extract(&Context::new(), &headers(pairs)))
}

fn traceparent(value: &str) -> SpanContext {
    extract(&TraceContextPropagator, &[("traceparent", value)])
}

fn sampled() -> Context {
    let (trace, span) = (TraceId::from_hex(TRACE).unwrap(), SpanId::from_hex(SPAN).unwrap());
    Context::new().with_span_context(SpanContext::new(trace, span, TraceFlags::SAMPLED, TraceState::EMPTY))
}

#[test]
fn a_valid_traceparent_is_read() {
    let span = traceparent(&format!("00-{TRACE}-{SPAN}-01"));
    assert_eq!((span.trace_id().to_string().as_str(), span.span_id().to_string().as_str()), (TRACE, SPAN));
    assert!(span.is_remote() && span.is_sampled() && span.is_valid());
    for padded in [" 00-T-S-01", "\t00-T-S-01", "00-T-S-01 ", "00-T-S-01\t", "\t 00-T-S-01 \t"] {
        let value = padded.replace('T', TRACE).replace('S', SPAN);
        assert!(traceparent(&value).is_valid(), "{value:?}");
    }
}

/// `T` and `S` stand for valid ids.
const MALFORMED: [&str; 40] = [
    "",
    "00",
    "00-T-S",
    "00-T-S-",
    "00-T-S-01.",
    "00-T-S-01-",
    "00-T-S-01-what-the-future-will-be-like",
    "ff-T-S-01",
    ".0-T-S-01",
    "0.-T-S-01",
    "0A-T-S-01",
    "000-T-S-01",
    "0000-T-S-01",
    "0-T-S-01",
    "cc-T-S-01.what-the-future-will-be-like",
    "cc-T-S-0",
    "cc-T-S-011",
    "00-00000000000000000000000000000000-S-01",
    "00-.2345678901234567890123456789012-S-01",
    "00-1234567890123456789012345678901.-S-01",
    "00-1234567890123456789012345678901A-S-01",
    "00-123456789012345678901234567890123-S-01",
    "00-1234567890123456789012345678901-S-01",
    "00-T-0000000000000000-01",
    "00-T-.234567890123456-01",
    "00-T-123456789012345.-01",
    "00-T-123456789012345B-01",
    "00-T-12345678901234567-01",
    "00-T-123456789012345-01",
    "00-T-S-.0",
    "00-T-S-0.",
    "00-T-S-0A",
    "00-T-S-+1",
    "00-T-S-001",
    "00-T-S-1",
    "00_T_S_01",
    "00-T-S-01,00-T-S-01",
    "00-T-S-0é",
    "\u{a0}00-T-S-01",
    "\n00-T-S-01",
];

#[test]
fn a_malformed_traceparent_is_refused() {
    for pattern in MALFORMED {
        let value = pattern.replace('T', TRACE).replace('S', SPAN);
        assert!(!traceparent(&value).is_valid(), "{value:?}");
    }
}

#[test]
fn a_higher_version_is_read_as_far_as_it_is_known_and_sent_as_00() {
    for tail in ["", "-", "-what-the-future-will-be-like"] {
        let sent = relay(&TraceContextPropagator, &[("traceparent", &format!("cc-{TRACE}-{SPAN}-01{tail}"))]);
        assert_eq!(sent, headers(&[("traceparent", &format!("00-{TRACE}-{SPAN}-01"))]));
    }
}

#[test]
fn only_known_flags_are_sent() {
    for (received, sent) in [("00", "00"), ("01", "01"), ("02", "02"), ("03", "03"), ("ff", "03"), ("fc", "00")] {
        let headers = relay(&TraceContextPropagator, &[("traceparent", &format!("00-{TRACE}-{SPAN}-{received}"))]);
        assert_eq!(headers[0].1, format!("00-{TRACE}-{SPAN}-{sent}"));
    }
}

#[test]
fn a_repeated_traceparent_starts_anew() {
    let value = format!("00-{TRACE}-{SPAN}-01");
    let twice = [("traceparent", value.as_str()), ("Traceparent", &value)];
    assert!(!extract(&TraceContextPropagator, &twice).is_valid());
}

#[test]
fn tracestate_follows_traceparent_and_never_the_reverse() {
    let valid = format!("00-{TRACE}-{SPAN}-00");
    let state = |traceparent: &str, values: &[&str]| {
        let mut pairs = vec![("traceparent", traceparent)];
        pairs.extend(values.iter().map(|value| ("tracestate", *value)));
        extract(&TraceContextPropagator, &pairs)
    };
    assert_eq!(state(&valid, &["foo=1,bar=2", "", "rojo=1"]).trace_state().as_str(), "foo=1,bar=2,rojo=1");
    assert_eq!(state(&valid, &["foo=1 \t , \t bar=2,, \t baz=3"]).trace_state().as_str(), "foo=1,bar=2,baz=3");
    for refused in ["foo =1", "FOO=1", "foo.bar=1", "foo=,bar=3", "foo=bar=baz", "@foo=1,bar=2", "foo", "foo=é"] {
        let span = state(&valid, &[refused, "good=1"]);
        assert!(span.is_valid() && span.trace_state().is_empty(), "{refused}");
    }
    assert!(state("malformed", &["foo=1"]).trace_state().is_empty());
    assert!(extract(&TraceContextPropagator, &[("tracestate", "foo=1")]).trace_state().is_empty());
}

#[test]
fn nothing_is_sent_without_a_span_and_nothing_overwritten_with_nothing() {
    let all = CompositePropagator::new(vec![
        Box::new(TraceContextPropagator),
        Box::new(BaggagePropagator),
        Box::new(B3Propagator::SINGLE),
        Box::new(B3Propagator::MULTI),
    ]);
    assert_eq!(inject(&all, &Context::new()), []);
    let context = sampled().with_baggage(Baggage::EMPTY.insert("a", "1"));
    let garbage =
        headers(&[("traceparent", "x"), ("tracestate", "x"), ("baggage", "x"), ("b3", "x-y"), ("x-b3-traceid", "")]);
    for carrier in [Headers::new(), garbage] {
        let extracted = all.extract(&context, &carrier);
        assert_eq!(extracted.span_context(), context.span_context());
        assert_eq!(extracted.baggage(), context.baggage());
    }
}

#[test]
fn what_an_earlier_use_left_is_replaced() {
    let mut carrier = headers(&[
        ("Traceparent", "old"),
        ("tracestate", "old=1"),
        ("x-b3-flags", "1"),
        ("x-b3-parentspanid", SPAN),
        ("accept", "*/*"),
    ]);
    TraceContextPropagator.inject(&sampled(), &mut carrier);
    B3Propagator::MULTI.inject(&sampled(), &mut carrier);
    let expected = [
        ("accept", "*/*"),
        ("traceparent", &format!("00-{TRACE}-{SPAN}-01")),
        ("x-b3-traceid", TRACE),
        ("x-b3-spanid", SPAN),
        ("x-b3-sampled", "1"),
    ];
    assert_eq!(carrier, headers(&expected));
}

#[test]
fn baggage_travels_with_its_properties() {
    let sent = relay(&BaggagePropagator, &[("baggage", "a=1;p=2; q"), ("Baggage", "user=%C3%88ve, bad one, c=3")]);
    assert_eq!(sent, headers(&[("baggage", "a=1;p=2;q,user=%C3%88ve,c=3")]));
}

#[test]
fn b3_single_is_read_and_sent() {
    let one = B3Propagator::SINGLE;
    for (received, sent) in [
        ("T-S-1", "T-S-1"),
        ("T-S-0", "T-S-0"),
        ("T-S-d", "T-S-d"),
        ("T-S", "T-S-0"),
        ("T-S-1-00f067aa0ba902b7", "T-S-1"),
        ("00f067aa0ba902b7-S-1", "000000000000000000f067aa0ba902b7-S-1"),
        (" T-S-1\t", "T-S-1"),
    ] {
        let [received, sent] = [received, sent].map(|text| text.replace('T', TRACE).replace('S', SPAN));
        assert_eq!(relay(&one, &[("b3", &received)]), headers(&[("b3", &sent)]), "{received}");
    }
    for bad in ["0", "1", "d", "T", "T-", "T-S-2", "T-S-D", "T-S-1-x", "T-S-1-S-", "X-S-1", "T-T-1", "-S-1"] {
        let value = bad.replace('T', TRACE).replace('S', SPAN);
        assert_eq!(relay(&one, &[("b3", &value)]), [], "{value}");
    }
    assert!(extract(&one, &[("b3", &format!("{TRACE}-{SPAN}-d"))]).is_sampled(), "debug implies sampled");
}

#[test]
fn b3_multi_is_read_and_sent() {
    let sampling = |pairs: &[(&str, &str)]| {
        let mut received = vec![("X-B3-TraceId", TRACE), ("X-B3-SpanId", SPAN), ("X-B3-ParentSpanId", SPAN)];
        received.extend(pairs);
        let sent = relay(&B3Propagator::MULTI, &received);
        assert!(sent.is_empty() || sent[..2] == headers(&[("x-b3-traceid", TRACE), ("x-b3-spanid", SPAN)]));
        sent.into_iter().skip(2).map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
    };
    for accepted in ["1", "true"] {
        assert_eq!(sampling(&[("X-B3-Sampled", accepted)]), "x-b3-sampled=1");
    }
    for denied in ["0", "false"] {
        assert_eq!(sampling(&[("X-B3-Sampled", denied)]), "x-b3-sampled=0");
    }
    assert_eq!(sampling(&[]), "x-b3-sampled=0");
    assert_eq!(sampling(&[("X-B3-Flags", "1")]), "x-b3-flags=1");
    assert_eq!(sampling(&[("X-B3-Flags", "1"), ("X-B3-Sampled", "0")]), "x-b3-flags=1");
    assert_eq!(sampling(&[("X-B3-Flags", "0"), ("X-B3-Sampled", "1")]), "x-b3-sampled=1");
    assert_eq!(sampling(&[("X-B3-Sampled", "yes")]), "");
}

#[test]
fn b3_prefers_the_single_header_and_falls_back_to_the_others() {
    let (other, single) = ("f".repeat(32), format!("{TRACE}-{SPAN}-1"));
    let multi = [("x-b3-traceid", other.as_str()), ("x-b3-spanid", SPAN), ("x-b3-sampled", "1")];
    for propagator in [B3Propagator::SINGLE, B3Propagator::MULTI] {
        let trace = |single: &str| {
            let span = extract(&propagator, &[&[("b3", single)], &multi[..]].concat());
            span.trace_id().to_string()
        };
        assert_eq!(trace(&single), TRACE);
        assert_eq!(trace("malformed"), other);
    }
}

#[test]
fn b3_debug_belongs_to_its_trace_alone() {
    let context = B3Propagator::SINGLE
        .extract(&Context::new(), &headers(&[("b3", &format!("{TRACE}-{SPAN}-d"))]))
        .with_span_context(sampled().span_context().clone());
    assert!(inject(&B3Propagator::SINGLE, &context)[0].1.ends_with("-d"));
    let span = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(1), TraceFlags::NONE, TraceState::EMPTY);
    assert!(inject(&B3Propagator::SINGLE, &context.with_span_context(span))[0].1.ends_with("-0"));
}

#[test]
fn a_composite_goes_in_order() {
    let trace_context_last =
        CompositePropagator::new(vec![Box::new(B3Propagator::SINGLE), Box::new(TraceContextPropagator)]);
    let other = "f".repeat(32);
    let both = [("traceparent", &*format!("00-{TRACE}-{SPAN}-01")), ("b3", &format!("{other}-{SPAN}-1"))];
    assert_eq!(extract(&trace_context_last, &both).trace_id().to_string(), TRACE);
    assert_eq!(extract(&trace_context_last, &both[1..]).trace_id().to_string(), other);
    let keys: Vec<_> = inject(&trace_context_last, &sampled()).into_iter().map(|(key, _)| key).collect();
    assert_eq!(keys, ["b3", "traceparent"]);
}

/// Injects, extracts what was injected, and asks for another key in another case.
fn round_trip<C: Injector + Extractor>(mut carrier: C) {
    let context = sampled().with_baggage(Baggage::EMPTY.insert("k", "v"));
    let all = CompositePropagator::new(vec![Box::new(TraceContextPropagator), Box::new(BaggagePropagator)]);
    for _ in 0..2 {
        all.inject(&context, &mut carrier);
    }
    let extracted = all.extract(&Context::new(), &carrier);
    assert_eq!(extracted.span_context().trace_id(), context.span_context().trace_id());
    assert_eq!(extracted.baggage(), context.baggage());
    assert_eq!(carrier.get_all("traceparent").len(), 1, "replaced, not added");
    assert_eq!(carrier.get("TRACEPARENT"), carrier.get("traceparent"));
    assert_eq!(carrier.get("absent"), None);
    let keys = carrier.keys().iter().map(|key| key.to_ascii_lowercase()).collect::<std::collections::BTreeSet<_>>();
    assert_eq!(keys, ["baggage", "traceparent"].map(str::to_owned).into());
}

#[test]
fn carriers() {
    round_trip(HashMap::<String, String>::new());
    round_trip(BTreeMap::<String, String>::new());
    round_trip(Vec::<(String, String)>::new());
    round_trip(Vec::<(String, Vec<u8>)>::new());
    round_trip(EnvironmentVariables::new());
    round_trip(http::HeaderMap::new());
}

#[test]
fn headers_of_messages_are_bytes() {
    let value = format!("00-{TRACE}-{SPAN}-01");
    let pairs: &[(&str, &[u8])] = &[("kind", b"\xff"), ("TraceParent", value.as_bytes()), ("tracestate", b"a=\xff")];
    let span = TraceContextPropagator.extract(&Context::new(), &pairs).span_context().clone();
    assert!(span.is_valid() && span.trace_state().is_empty());
    let not_text: Vec<(String, Vec<u8>)> =
        vec![("traceparent".to_owned(), vec![0xff]), ("traceparent".to_owned(), value.into())];
    assert!(!TraceContextPropagator.extract(&Context::new(), &not_text).span_context().is_valid(), "repeated");
}

#[test]
fn http_headers_may_repeat_and_hold_any_bytes() {
    let mut map = http::HeaderMap::new();
    map.append("traceparent", format!("00-{TRACE}-{SPAN}-01").parse().unwrap());
    map.append("tracestate", "a=1".parse().unwrap());
    map.append("tracestate", "b=2".parse().unwrap());
    let state = |map: &http::HeaderMap| {
        TraceContextPropagator.extract(&Context::new(), map).span_context().trace_state().to_string()
    };
    assert_eq!(state(&map), "a=1,b=2");
    map.append("tracestate", http::HeaderValue::from_bytes(b"c=\xff").unwrap());
    assert_eq!(state(&map), "");
    map.append("traceparent", format!("00-{TRACE}-{SPAN}-00").parse().unwrap());
    assert!(!TraceContextPropagator.extract(&Context::new(), &map).span_context().is_valid());
}

#[test]
fn empty_baggage_takes_the_callers_header_away() {
    let propagator = BaggagePropagator;
    let received = headers(&[("baggage", "role=admin")]);
    let context = propagator.extract(&Context::new(), &received);
    let mut forwarded = received.clone();
    propagator.inject(&context.clone().with_baggage(Baggage::EMPTY), &mut forwarded);
    assert_eq!(forwarded, headers(&[]), "copied headers");
    // Nothing of it can be sent.
    let unsendable = Baggage::from_iter([("no token", "x")]);
    let mut forwarded = received;
    propagator.inject(&context.with_baggage(unsendable), &mut forwarded);
    assert_eq!(forwarded, headers(&[]));
    let mut command = std::process::Command::new("never started");
    propagator.inject(&Context::new(), &mut command);
    let variables: Vec<_> = command.get_envs().map(|(name, value)| (name.to_str(), value)).collect();
    assert_eq!(variables, [(Some("BAGGAGE"), None)], "a child does not inherit it");
}

#[test]
fn long_tracestate_is_cut_to_what_has_to_be_passed_on() {
    let state = |entries: &[(&str, usize)]| {
        let entries: Vec<_> = entries.iter().map(|(key, length)| format!("{key}={}", "v".repeat(*length))).collect();
        let received = [("traceparent", format!("00-{TRACE}-{SPAN}-01")), ("tracestate", entries.join(","))];
        let pairs: Vec<_> = received.iter().map(|(key, value)| (*key, value.as_str())).collect();
        let span = extract(&TraceContextPropagator, &pairs);
        assert!(span.is_valid());
        span.trace_state().iter().map(|(key, value)| (key.to_owned(), value.len())).collect::<Vec<_>>()
    };
    let kept =
        |keys: &[(&str, usize)]| keys.iter().map(|(key, length)| ((*key).to_owned(), *length)).collect::<Vec<_>>();
    // 512 bytes are kept as they are.
    let full = [("a", 200), ("b", 200), ("c", 104)];
    assert_eq!(state(&full), kept(&full));
    // Entries of more than 128 go first, the last one first, as long as it is too long.
    assert_eq!(state(&[("a", 200), ("b", 200), ("c", 105)]), kept(&[("a", 200), ("c", 105)]));
    assert_eq!(state(&[("a", 10), ("b", 256), ("c", 256), ("d", 10)]), kept(&[("a", 10), ("b", 256), ("d", 10)]));
    // Then the last ones.
    assert_eq!(state(&[("a", 120), ("b", 120), ("c", 120), ("d", 120), ("e", 120)]).len(), 4);
    // The largest valid one.
    let keys: Vec<_> = (0..32).map(|number| format!("key{number}")).collect();
    let largest: Vec<_> = keys.iter().map(|key| (key.as_str(), 256)).collect();
    assert_eq!(state(&largest), kept(&largest[..1]));
}
