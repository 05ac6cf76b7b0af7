//! What is written against OpenTelemetry's own SDK in place of ours, and the other way round.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace as otel;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::propagation as sdk_propagation;
use opentelemetry_sdk::trace as sdk;
use traced::opentelemetry::{exporter, id_generator, propagator, sampler, text_map_propagator};
use traced::propagation::{BaggagePropagator, Propagator, TraceContextPropagator};
use traced::testing::Capture;
use traced::{
    Attributes, Baggage, Context, FinishedSpan, KeyValue, MemoryExporter, Resource, Scope, Span, SpanContext, SpanId,
    SpanKind, SpanView, Status, StatusView, TraceFlags, TraceId, Value, traced,
};
use traced_tests::child;

const LONG: Duration = Duration::from_secs(30);
const TRACEPARENT: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

fn remote() -> SpanContext {
    let (trace_id, span_id) = (TraceId::from_u128(0xabc), SpanId::from_u64(0xdef));
    SpanContext::remote(trace_id, span_id, TraceFlags::from_byte(3), "a=1,b=2".parse().unwrap())
}

/// A span with something in every field, one that an attribute made, and a failed one.
fn record() {
    #[traced(attrs("answer" = 42))]
    fn annotated(fails: bool) -> Result<(), std::fmt::Error> {
        traced::event!("halfway", done = 0.5);
        if fails { Err(std::fmt::Error) } else { Ok(()) }
    }

    let start = UNIX_EPOCH + Duration::from_nanos(1_700_000_000_123_456_789);
    let parent = Context::new().with_span_context(remote());
    let scope = Scope { name: "a library", version: "1.2", schema_url: "https://example.com/schema" };
    let span = Span::builder("everything").kind(SpanKind::Consumer).parent(parent).start_time(start).scope(scope);
    let list = Value::from(vec![Value::from("x"), Value::from("y")]);
    let link = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::NONE, "l=1".parse().unwrap());
    let span = span.attribute("i", -1).attribute("d", 0.25).attribute("b", true).attribute("list", list);
    let span = span.link(link, vec![KeyValue::new("of", "link")]).start();
    span.add_event_at("happened", start + Duration::from_secs(1), &[KeyValue::new("of", "event")]);
    span.set_status(Status::error("broken"));
    let guard = span.attach();
    annotated(false).unwrap();
    annotated(true).unwrap_err();
    drop(guard);
    span.end_at(start + Duration::from_secs(2));
}

/// A span as text, field by field.
type Fields = Vec<(&'static str, String)>;

fn nanos(time: SystemTime) -> String {
    time.duration_since(UNIX_EPOCH).unwrap().as_nanos().to_string()
}

fn attributes(attributes: Attributes<'_>) -> String {
    let text = |value: Value| match value {
        Value::String(text) => format!("{text:?}"),
        Value::Int(value) => value.to_string(),
        Value::Double(value) => value.to_string(),
        Value::Bool(value) => value.to_string(),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| format!("{:?}", item.as_str().unwrap())).collect();
            format!("[{}]", items.join(","))
        }
        other => panic!("not recorded here: {other:?}"),
    };
    let pairs = attributes.map(|attribute| format!("{}={}", attribute.key, text(attribute.value.to_owned())));
    pairs.collect::<Vec<_>>().join(" ")
}

fn ours(span: &FinishedSpan) -> Fields {
    let span = span.view();
    let (status, description) = match span.status() {
        StatusView::Unset => ("unset", ""),
        StatusView::Ok => ("ok", ""),
        StatusView::Error(description) => ("error", description),
    };
    let mut fields = vec![
        ("trace id", span.trace_id().to_string()),
        ("span id", span.span_id().to_string()),
        ("parent", span.parent_span_id().map_or(String::new(), |id| id.to_string())),
        ("parent is remote", span.parent_is_remote().to_string()),
        ("flags", span.trace_flags().to_byte().to_string()),
        ("trace state", span.trace_state().to_owned()),
        ("name", span.name().to_owned()),
        ("kind", span.kind().as_str().to_owned()),
        ("start", span.start_unix_nanos().to_string()),
        ("end", span.end_unix_nanos().to_string()),
        ("status", format!("{status} {description}")),
        ("scope", format!("{} {} {}", span.scope().name, span.scope().version, span.scope().schema_url)),
        ("attributes", attributes(span.attributes())),
    ];
    fields.extend(
        span.events().map(|event| {
            ("event", format!("{} {} {}", event.name(), event.unix_nanos(), attributes(event.attributes())))
        }),
    );
    fields.extend(span.links().map(|link| {
        let ids =
            format!("{} {} {} {}", link.trace_id(), link.span_id(), link.trace_flags().to_byte(), link.is_remote());
        ("link", format!("{ids} {} {}", link.trace_state(), attributes(link.attributes())))
    }));
    fields
}

fn theirs(span: &sdk::SpanData) -> Fields {
    let (status, description) = match &span.status {
        otel::Status::Unset => ("unset", ""),
        otel::Status::Ok => ("ok", ""),
        otel::Status::Error { description } => ("error", &**description),
    };
    let attributes = |attributes: &[opentelemetry::KeyValue]| {
        let text = |value: &opentelemetry::Value| match value {
            opentelemetry::Value::String(text) => format!("{:?}", text.as_str()),
            other => other.to_string(),
        };
        attributes.iter().map(|pair| format!("{}={}", pair.key, text(&pair.value))).collect::<Vec<_>>().join(" ")
    };
    let (context, scope) = (&span.span_context, &span.instrumentation_scope);
    let parent = Some(span.parent_span_id).filter(|id| *id != otel::SpanId::INVALID);
    let scope = [scope.name(), scope.version().unwrap_or_default(), scope.schema_url().unwrap_or_default()];
    let mut fields = vec![
        ("trace id", context.trace_id().to_string()),
        ("span id", context.span_id().to_string()),
        ("parent", parent.map_or(String::new(), |id| id.to_string())),
        ("parent is remote", span.parent_span_is_remote.to_string()),
        ("flags", context.trace_flags().to_u8().to_string()),
        ("trace state", context.trace_state().header()),
        ("name", span.name.to_string()),
        ("kind", format!("{:?}", span.span_kind).to_lowercase()),
        ("start", nanos(span.start_time)),
        ("end", nanos(span.end_time)),
        ("status", format!("{status} {description}")),
        ("scope", scope.join(" ")),
        ("attributes", attributes(&span.attributes)),
    ];
    fields.extend(span.events.iter().map(|event| {
        ("event", format!("{} {} {}", event.name, nanos(event.timestamp), attributes(&event.attributes)))
    }));
    fields.extend(span.links.iter().map(|link| {
        let of = &link.span_context;
        let flags = of.trace_flags().to_u8();
        let ids = format!("{} {} {flags} {}", of.trace_id(), of.span_id(), of.is_remote());
        ("link", format!("{ids} {} {}", of.trace_state().header(), attributes(&link.attributes)))
    }));
    fields
}

#[test]
fn exporters_of_the_sdk_show_what_ours_show() {
    let name = "exporters_of_the_sdk_show_what_ours_show";
    if child::is(name) {
        let (memory, in_memory) = (MemoryExporter::default(), sdk::InMemorySpanExporter::default());
        let stdout = opentelemetry_stdout::SpanExporter::default();
        let resource = Resource::new([KeyValue::new("service.name", "adapted")], "https://example.com/resource");
        let guard = traced::builder()
            .resource(resource)
            .exporter(memory.clone())
            .exporter(exporter(in_memory.clone()))
            .exporter(exporter(stdout))
            .init()
            .unwrap();
        record();
        traced::flush(LONG).unwrap();
        let (ours, theirs): (Vec<_>, Vec<_>) = (
            memory.spans().iter().map(ours).collect(),
            in_memory.get_finished_spans().unwrap().iter().map(theirs).collect(),
        );
        assert_eq!(ours.len(), 3);
        assert_eq!(ours, theirs);
        guard.shutdown(LONG).unwrap();
        assert!(in_memory.is_shutdown_called());
        return;
    }
    let output = child::command(name, &[]).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let output = String::from_utf8_lossy(&output.stdout);
    assert!(output.contains("1 passed"), "{output}");
    let expected = ["service.name", "adapted", "everything", "a library", "1.2", "annotated", "halfway", "broken"];
    for text in expected.into_iter().chain(["00000000000000000000000000000abc", "0000000000000def", "link"]) {
        assert!(output.contains(text), "the exporter to standard output did not show {text:?}:\n{output}");
    }
}

/// What the SDK's values cannot hold.
#[test]
fn values_of_other_types_become_text() {
    child::run("values_of_other_types_become_text", &[], || {
        let in_memory = sdk::InMemorySpanExporter::default();
        let _guard = traced::builder().exporter(exporter(in_memory.clone())).init().unwrap();
        let mixed = vec![Value::from(1), Value::from("two"), Value::Empty, Value::from(f64::NAN)];
        let map = vec![KeyValue::new("k", vec![Value::Bytes(vec![0, 255])])];
        let span = Span::builder("odd").attribute("mixed", mixed).attribute("map", map);
        span.attribute("bytes", Value::Bytes(vec![1, 2, 3])).attribute("empty", Value::Empty).start().end();
        traced::flush(LONG).unwrap();
        let spans = in_memory.get_finished_spans().unwrap();
        let shown: Vec<_> = spans[0].attributes.iter().map(|pair| format!("{}={}", pair.key, pair.value)).collect();
        assert_eq!(shown, ["mixed=[1,\"two\",null,\"NaN\"]", "map={\"k\":[\"AP8=\"]}", "bytes=AQID", "empty="]);
    });
}

#[derive(Debug)]
struct Failing;

impl sdk::SpanExporter for Failing {
    async fn export(&self, batch: Vec<sdk::SpanData>) -> OTelSdkResult {
        assert!(opentelemetry::Context::is_current_telemetry_suppressed());
        match &*batch[0].name {
            "never done" => std::future::pending().await,
            _ => Err(OTelSdkError::InternalFailure("no disk".to_owned())),
        }
    }
}

#[test]
fn failures_and_late_exports_are_counted() {
    child::run("failures_and_late_exports_are_counted", &[], || {
        let timeout = Duration::from_millis(100);
        let _guard = traced::builder().exporter(exporter(Failing)).export_timeout(timeout).init().unwrap();
        for (name, failed) in [("fails", 1), ("never done", 2)] {
            Span::start(name).end();
            let _ = traced::flush(LONG);
            assert_eq!(traced::stats().exporters[0].failed, failed, "{name}");
        }
    });
}

#[derive(Clone, Debug)]
struct Choosy;

impl sdk::ShouldSample for Choosy {
    fn should_sample(
        &self,
        parent: Option<&opentelemetry::Context>,
        trace_id: otel::TraceId,
        name: &str,
        kind: &otel::SpanKind,
        attributes: &[opentelemetry::KeyValue],
        links: &[otel::Link],
    ) -> sdk::SamplingResult {
        let parent = parent.map(|parent| parent.span().span_context().clone());
        let seen = format!("{trace_id} {kind:?} {attributes:?} {}", links.len());
        sdk::SamplingResult {
            decision: match name {
                "drop" => sdk::SamplingDecision::Drop,
                _ => sdk::SamplingDecision::RecordAndSample,
            },
            attributes: vec![
                opentelemetry::KeyValue::new("parent", parent.map_or(String::new(), |it| it.span_id().to_string())),
                opentelemetry::KeyValue::new("seen", seen),
            ],
            trace_state: otel::TraceState::from_key_value([("by", "choosy")]).unwrap(),
        }
    }
}

#[test]
fn samplers() {
    let capture = Capture::builder().sampler(sampler(Choosy)).start();
    let ((), spans) = capture.run(|| {
        let parent = Context::current().with_span_context(remote());
        let span = Span::builder("keep").kind(SpanKind::Server).attribute("a", 1).parent(parent).start();
        span.end();
        assert!(!Span::builder("drop").start().is_recording());
        Span::start("root").end();
    });
    let views: Vec<_> = spans.iter().map(FinishedSpan::view).collect();
    assert_eq!(views.iter().map(SpanView::name).collect::<Vec<_>>(), ["keep", "root"]);
    let text = |index: usize, key| views[index].attributes().get(key).unwrap().to_owned();
    assert_eq!(text(0, "parent"), Value::from("0000000000000def"));
    assert_eq!(text(1, "parent"), Value::from(""));
    let seen = text(0, "seen").as_str().unwrap().to_owned();
    assert!(seen.starts_with("00000000000000000000000000000abc Server [KeyValue") && seen.ends_with("] 0"), "{seen}");
    assert_eq!(views[0].trace_state(), "by=choosy");
    let ratio = sdk::Sampler::ParentBased(Box::new(sdk::Sampler::TraceIdRatioBased(0.0)));
    let capture = Capture::builder().sampler(sampler(ratio)).start();
    assert_eq!(capture.run(|| Span::start("none").end()).1.len(), 0);
}

#[derive(Debug)]
struct Fixed(u64);

impl sdk::IdGenerator for Fixed {
    fn new_trace_id(&self) -> otel::TraceId {
        otel::TraceId::from(u128::from(self.0))
    }

    fn new_span_id(&self) -> otel::SpanId {
        otel::SpanId::from(self.0)
    }
}

#[test]
fn id_generators() {
    let start = |fixed| {
        let capture = Capture::builder().id_generator(id_generator(Fixed(fixed))).start();
        capture.run(|| Span::start("root").span_context()).0
    };
    let context = start(7);
    assert_eq!((context.trace_id().to_u128(), context.span_id().to_u64()), (7, 7));
    assert!(!context.trace_flags().is_random() && context.is_sampled());
    assert!(start(0).is_valid());
}

#[test]
fn their_propagators_in_our_place() {
    let theirs = propagator(opentelemetry::propagation::TextMapCompositePropagator::new(vec![
        Box::new(sdk_propagation::TraceContextPropagator::new()),
        Box::new(sdk_propagation::BaggagePropagator::new()),
    ]));
    let context = Context::new().with_span_context(remote()).with_baggage(Baggage::EMPTY.insert("user", "ann"));
    let mut carrier = HashMap::from([("traceparent".to_owned(), "stale".to_owned())]);
    theirs.inject(&context, &mut carrier);
    // Theirs knows no Random flag.
    assert_eq!(carrier["traceparent"], "00-00000000000000000000000000000abc-0000000000000def-01");
    assert_eq!((&*carrier["tracestate"], &*carrier["baggage"]), ("a=1,b=2", "user=ann"));
    let extracted = theirs.extract(&Context::new(), &carrier);
    let span = extracted.span_context();
    assert_eq!((span.trace_id(), span.span_id()), (remote().trace_id(), remote().span_id()));
    assert!(span.is_remote() && span.is_sampled());
    assert_eq!(span.trace_state(), remote().trace_state());
    assert_eq!(extracted.baggage().get("user"), Some("ann"));
    let untouched = theirs.extract(&context, &HashMap::<String, String>::new());
    assert_eq!((untouched.span_context(), untouched.baggage().len()), (context.span_context(), 1));
    let mut fields = theirs.fields();
    fields.sort_unstable();
    assert_eq!(fields, ["baggage", "traceparent", "tracestate"]);
}

#[test]
fn our_propagators_in_their_place() {
    let both = traced::propagation::CompositePropagator::new(vec![
        Box::new(TraceContextPropagator),
        Box::new(BaggagePropagator),
    ]);
    let ours = text_map_propagator(both);
    let carrier = HashMap::from([
        ("traceparent".to_owned(), TRACEPARENT.to_owned()),
        ("tracestate".to_owned(), "a=1".to_owned()),
        ("baggage".to_owned(), "user=ann".to_owned()),
    ]);
    let extracted = ours.extract_with_context(&opentelemetry::Context::new(), &carrier);
    let span = extracted.span().span_context().clone();
    assert!(span.is_remote() && span.is_sampled());
    assert_eq!(span.trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!(extracted.baggage().get("user").unwrap().as_str(), "ann");
    let mut again = HashMap::new();
    ours.inject_context(&extracted, &mut again);
    assert_eq!(again, carrier);
    assert_eq!(ours.fields().collect::<Vec<_>>(), ["traceparent", "tracestate", "baggage"]);
    let nothing = ours.extract_with_context(&opentelemetry::Context::new(), &HashMap::<String, String>::new());
    assert!(!nothing.has_active_span());
}

/// The version stands in one place of the workspace's Cargo.toml; what is written for people names the same.
#[test]
fn the_version_that_the_docs_name() {
    let manifest = include_str!("../../Cargo.toml");
    let line = manifest.lines().find(|line| line.starts_with("opentelemetry = ")).unwrap();
    let version = line.split('"').nth(1).unwrap();
    let others = manifest.lines().filter(|line| line.starts_with("opentelemetry"));
    assert!(others.into_iter().all(|line| line.contains(&format!("version = \"{version}\""))), "one version");
    let texts = [
        include_str!("../../README.md"),
        include_str!("../../docs/interop.md"),
        include_str!("../../runtime/Cargo.toml"),
        include_str!("../../runtime/src/lib.rs"),
    ];
    for text in texts {
        assert!(text.contains(version), "version {version} is named");
    }
}
