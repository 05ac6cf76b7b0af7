//! What libraries that make spans for others stand on.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::{Context as TaskContext, Poll, Waker};

use traced::instrumentation::{self, CallSite, Convention, Literal, Outcome, OwnedSpan};
use traced::testing::{Capture, capture, tree};
use traced::{Context, FinishedSpan, Scope, Span, SpanKind, Status, Value};

const SCOPE: Scope = Scope::new("edge").with_version("1.2.3").with_schema_url("https://example.com/schema");
static SERVER: CallSite =
    CallSite::new("GET", SCOPE).kind(SpanKind::Server).convention(Convention::Http).cancelled_is_error();
static CLIENT: CallSite = CallSite::new("POST", SCOPE)
    .kind(SpanKind::Client)
    .convention(Convention::Http)
    .attributes(&[("http.request.method", Literal::Str("POST")), ("server.port", Literal::Int(80))]);
static QUERY: CallSite = CallSite::new("SELECT", SCOPE).kind(SpanKind::Client).convention(Convention::Database);

fn text(span: &FinishedSpan, key: &str) -> Option<String> {
    span.view().attributes().get(key).map(|value| value.to_string())
}

fn status(span: &FinishedSpan) -> Status {
    span.view().status().to_owned()
}

#[test]
fn a_call_site_and_a_start_make_a_span() {
    let spans = capture(|| {
        let mut span = CLIENT.start(|start| {
            start.attribute("server.address", "shop.example");
            start.set("server.port", &8080);
        });
        assert!(span.is_recording() && span.span_context().is_valid());
        span.set_attribute("http.response.status_code", &200);
        span.set_attribute("http.response.status_code", &201);
        span.set_name("POST /orders");
        span.end(Outcome::Success);
    });
    let view = spans[0].view();
    assert_eq!((view.name(), view.kind()), ("POST /orders", SpanKind::Client));
    assert_eq!((view.scope().name, view.scope().version, view.scope().schema_url), ("edge", "1.2.3", SCOPE.schema_url));
    assert_eq!(status(&spans[0]), Status::Unset);
    let attributes: Vec<_> = view.attributes().map(|one| format!("{}={}", one.key, one.value)).collect();
    assert_eq!(
        attributes,
        [
            "http.request.method=POST",
            "server.address=shop.example",
            "server.port=8080",
            "http.response.status_code=201"
        ]
    );
}

#[test]
fn it_is_current_while_it_is_entered_only() {
    let spans = capture(|| {
        let mut span = SERVER.start(|_| {});
        Span::start("before").end();
        for _ in 0..2 {
            let _current = span.enter();
            Span::start("inside").end();
        }
        Span::start("after").end();
        span.end(Outcome::Success);
    });
    assert_eq!(tree(&spans), "GET [server]\n  inside\n  inside\nbefore\nafter\n");
}

#[test]
fn each_outcome_ends_it_as_it_says() {
    let panicked = || {
        let result = catch_unwind(AssertUnwindSafe(|| {
            SERVER.start(|_| {}).within(|| panic!("out of stock"));
        }));
        assert!(result.is_err());
    };
    let spans = capture(|| {
        SERVER.start(|_| {}).end(Outcome::error("503"));
        SERVER.start(|_| {}).end(Outcome::Error { r#type: "timeout", description: Some(&"after 3 s") });
        SERVER.start(|_| {}).end(Outcome::Cancelled);
        drop(SERVER.start(|_| {}));
        drop(CLIENT.start(|_| {}));
        SERVER.start(|_| {}).end(Outcome::Panicked);
        panicked();
    });
    let seen: Vec<_> = spans.iter().map(|span| (status(span), text(span, "error.type"))).collect();
    let error = |r#type: &str, description: &'static str| (Status::error(description), Some(r#type.to_owned()));
    assert_eq!(
        seen[..4],
        [error("503", ""), error("timeout", "after 3 s"), error("cancelled", ""), error("cancelled", "")]
    );
    assert_eq!(seen[4], (Status::Unset, None));
    assert_eq!(seen[5].1.as_deref(), Some("panic"));
    assert_eq!(seen[6].1.as_deref(), Some("panic"));
    assert!(matches!(&seen[6].0, Status::Error { description, .. } if description.starts_with("out of stock")));
    let events: Vec<_> = spans[6].view().events().map(|event| event.name().to_owned()).collect();
    assert_eq!(events, ["exception"]);
}

#[test]
fn an_inner_client_of_the_same_convention_makes_no_span() {
    let spans = capture(|| {
        let mut outer = CLIENT.start(|_| {});
        let _outer = outer.enter();
        let between = Span::start("between");
        let _between = between.attach();
        assert!(!CLIENT.start(|_| unreachable!("not started")).is_recording());
        let mut inner = CLIENT.start(|_| {});
        let _inner = inner.enter();
        // Another convention, and a server in the same process, are something else.
        QUERY.start(|_| {}).end(Outcome::Success);
        let mut server = SERVER.start(|_| {});
        let _server = server.enter();
        CLIENT.start(|_| {}).end(Outcome::Success);
    });
    let clients = spans.iter().filter(|span| span.view().name() == "POST").count();
    assert_eq!((clients, spans.len()), (2, 5));
}

#[test]
fn a_future_runs_in_it() {
    async fn work() -> Result<u8, &'static str> {
        Span::start("inside").end();
        Err("full")
    }
    let end = |span: OwnedSpan, result: &Result<u8, &'static str>| match result {
        Ok(_) => span.end(Outcome::Success),
        Err(error) => span.end(Outcome::error(error)),
    };
    let spans = capture(|| {
        let mut task = TaskContext::from_waker(Waker::noop());
        let mut future = pin!(QUERY.start(|_| {}).run(work(), end));
        assert_eq!(future.as_mut().poll(&mut task), Poll::Ready(Err("full")));
        drop(QUERY.start(|_| {}).run(std::future::pending::<Result<u8, &str>>(), end));
    });
    assert_eq!(spans.len(), 3);
    assert_eq!(text(&spans[1], "error.type").as_deref(), Some("full"));
    assert_eq!(spans[0].view().parent_span_id(), Some(spans[1].view().span_id()));
    assert_eq!(status(&spans[2]), Status::Unset);
}

#[test]
fn what_it_hands_over_is_its_context_or_the_current_one() {
    let caller = traced::SpanContext::remote(
        traced::TraceId::from_u128(7),
        traced::SpanId::from_u64(8),
        traced::TraceFlags::NONE,
        traced::TraceState::EMPTY,
    );
    let capture = Capture::new();
    let caller = capture.within(Context::new().with_span_context(caller));
    let mut unsampled = SERVER.start_in(caller, |_| unreachable!("not sampled"));
    assert!(!unsampled.is_recording());
    assert_eq!(unsampled.context().span_context().trace_id(), traced::TraceId::from_u128(7));
    assert_ne!(unsampled.span_context().span_id(), traced::SpanId::from_u64(8));
    unsampled.set_attribute("ignored", &true);
    let _current = unsampled.enter();
    assert_eq!(OwnedSpan::none().context().span_context().trace_id(), traced::TraceId::from_u128(7));
}

#[test]
fn call_sites_of_run_time_add_to_the_one_they_come_from() {
    let route = [("http.route", Value::from("/orders/{id}")), ("server.port", Value::from(443)), ("x", Value::Empty)];
    let site = CLIENT.leak("POST /orders/{id}", &route).expect("not the thousandth");
    let spans = capture(|| site.start(|_| {}).end(Outcome::Success));
    let seen: Vec<_> = spans[0].view().attributes().map(|one| format!("{}={}", one.key, one.value)).collect();
    assert_eq!(seen, ["http.request.method=POST", "http.route=/orders/{id}", "server.port=443"]);
    assert_eq!((spans[0].view().name(), spans[0].view().kind()), ("POST /orders/{id}", SpanKind::Client));
}

#[test]
fn headers_are_read_as_by_the_general_way() {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use traced::propagation::{self, BaggagePropagator, CompositePropagator, Propagator, TraceContextPropagator};
    let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let cases: [&[(&str, &str)]; 9] = [
        &[],
        &[("traceparent", parent)],
        &[("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-03")],
        &[("traceparent", parent), ("traceparent", parent)],
        &[("traceparent", "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-x")],
        &[("traceparent", parent), ("tracestate", "a=1"), ("tracestate", "b=2")],
        &[("traceparent", parent), ("baggage", "tenant=acme")],
        &[("baggage", "tenant=acme")],
        &[("traceparent", "garbage")],
    ];
    let formats: Vec<Box<dyn Propagator>> = vec![Box::new(TraceContextPropagator), Box::new(BaggagePropagator)];
    propagation::set_global(CompositePropagator::new(formats));
    for case in cases {
        let pair = |(name, value): &(&'static str, &'static str)| {
            (HeaderName::from_static(name), HeaderValue::from_static(value))
        };
        let mut headers = HeaderMap::new();
        case.iter().map(pair).for_each(|(name, value)| {
            headers.append(name, value);
        });
        let (fast, general) = (instrumentation::extract(&headers), propagation::extract(&headers));
        assert_eq!(fast.span_context(), general.span_context(), "{case:?}");
        assert_eq!(fast.baggage(), general.baggage(), "{case:?}");
    }
}
