//! What is written against OpenTelemetry's own SDK in place of ours, and the other way round.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::baggage::BaggageExt as _;
use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace as otel;
use opentelemetry::trace::TraceContextExt as _;
use opentelemetry_sdk::error::{OTelSdkError, OTelSdkResult};
use opentelemetry_sdk::propagation as sdk_propagation;
use opentelemetry_sdk::trace as sdk;
use traced::propagation::{BaggagePropagator, Propagator, TraceContextPropagator};
use traced::testing::Capture;
use traced::view::{Attributes, SpanView, StatusView, ValueView};
use traced::{
    Baggage, Context, FinishedSpan, KeyValue, MemoryExporter, Resource, Scope, Span, SpanContext, SpanId, SpanKind,
    SpanLimits, Status, TraceFlags, TraceId, Value, traced,
};
use traced_opentelemetry::{exporter, id_generator, propagator, sampler, text_map_propagator};
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
    let scope = Scope::new("a library").with_version("1.2").with_schema_url("https://example.com/schema");
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
        other => panic!("the status {other:?}"),
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
        memory.spans().iter().for_each(|span| println!("{SHOWN}\n{}", shown(span)));
        guard.shutdown(LONG).unwrap();
        assert!(in_memory.is_shutdown_called());
        return;
    }
    let output = child::command(name, &[]).env_remove("RUST_BACKTRACE").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let output = String::from_utf8_lossy(&output.stdout);
    assert!(output.contains("1 passed"), "{output}");
    // Ours come after theirs, one by one.
    let (theirs, ours) = output.split_once(SHOWN).unwrap();
    let resource = theirs.split_once("Span #").unwrap().0;
    assert!(resource.contains("service.name=String(Owned(\"adapted\"))"), "{resource}");
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().take_while(|line| line.is_empty() || line.starts_with('\t'));
        lines.map(|line| without_date(line.trim())).filter(|line| !line.is_empty()).collect()
    };
    let theirs: Vec<_> = theirs.split("Span #").skip(1).map(|span| lines(span.split_once('\n').unwrap().1)).collect();
    let ours: Vec<_> = ours.split(SHOWN).map(|span| lines(span.trim_start_matches('\n'))).collect();
    assert_eq!(theirs, ours);
}

/// What stands before each span as we would show it.
const SHOWN: &str = "a span, as we see it:";

/// A time in the form of the exporter to standard output, by its fraction of a second alone.
fn without_date(line: &str) -> String {
    match line.split_once(" : ") {
        Some((what, time)) if ["Start time  ", "End time    ", "Timestamp"].contains(&what) => {
            format!("{what} : {}", time.rsplit('.').next().unwrap())
        }
        _ => line.to_owned(),
    }
}

/// One of our spans in the form in which the exporter to standard output shows theirs.
fn shown(span: &FinishedSpan) -> String {
    let span = span.view();
    let scope = span.scope();
    let status = match span.status() {
        StatusView::Unset => "Unset".to_owned(),
        StatusView::Ok => "Ok".to_owned(),
        StatusView::Error(description) => format!("Error {{ description: {description:?} }}"),
        other => panic!("the status {other:?}"),
    };
    let schema_url = Some(scope.schema_url).filter(|url| !url.is_empty());
    let mut lines = format!("\tInstrumentation Scope\n\t\tName         : {:?}\n", scope.name);
    writeln!(lines, "\t\tVersion  : {:?}", scope.version).unwrap();
    schema_url.into_iter().for_each(|url| writeln!(lines, "\t\tSchemaUrl: {url:?}").unwrap());
    for (what, value) in [
        ("Name         ", span.name().to_owned()),
        ("TraceId      ", span.trace_id().to_string()),
        ("SpanId       ", span.span_id().to_string()),
        ("TraceFlags   ", format!("TraceFlags({})", span.trace_flags().to_byte())),
        ("ParentSpanId ", span.parent_span_id().unwrap().to_string()),
        ("Kind         ", format!("{:?}", span.kind())),
        ("Start time   ", micros(span.start_unix_nanos())),
        ("End time     ", micros(span.end_unix_nanos())),
        ("Status       ", status),
    ] {
        writeln!(lines, "\t{what}: {value}").unwrap();
    }
    lines += &shown_attributes(span.attributes());
    for (index, event) in span.events().enumerate() {
        let (header, time) = (if index == 0 { "\tEvents:\n" } else { "" }, micros(event.unix_nanos()));
        let attributes = shown_attributes(event.attributes());
        let name = event.name();
        writeln!(lines, "{header}\tEvent #{index}\n\tName      : {name}\n\tTimestamp : {time}\n{attributes}").unwrap();
    }
    for (index, link) in span.links().enumerate() {
        let header = if index == 0 { "\tLinks:\n" } else { "" };
        let (trace_id, span_id) = (link.trace_id(), link.span_id());
        let attributes = shown_attributes(link.attributes());
        writeln!(lines, "{header}\tLink #{index}\n\tTraceId: {trace_id}\n\tSpanId : {span_id}\n{attributes}").unwrap();
    }
    lines
}

fn micros(nanos: u64) -> String {
    format!("{:06}", nanos / 1_000 % 1_000_000)
}

fn shown_attributes(attributes: Attributes<'_>) -> String {
    let text = |value: ValueView<'_>| match value.to_owned() {
        Value::String(text) => format!("String(Owned({text:?}))"),
        Value::Int(value) => format!("I64({value})"),
        Value::Double(value) => format!("F64({value:?})"),
        Value::Bool(value) => format!("Bool({value})"),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(|item| format!("Owned({:?})", item.as_str().unwrap())).collect();
            format!("Array(String([{}]))", items.join(", "))
        }
        other => panic!("not recorded here: {other:?}"),
    };
    let lines = attributes.map(|attribute| format!("\t\t ->  {}: {}\n", attribute.key, text(attribute.value)));
    let lines = lines.collect::<String>();
    if lines.is_empty() { lines } else { format!("\tAttributes:\n{lines}") }
}

/// What was dropped at limits is said to their exporters, too.
#[test]
fn dropped_counts() {
    child::run("dropped_counts", &[], || {
        let in_memory = sdk::InMemorySpanExporter::default();
        let limits = SpanLimits::default()
            .with_attributes(1)
            .with_events(1)
            .with_links(1)
            .with_event_attributes(1)
            .with_link_attributes(1);
        let _guard = traced::builder().span_limits(limits).exporter(exporter(in_memory.clone())).init().unwrap();
        let two = || vec![KeyValue::new("a", 1), KeyValue::new("b", 2)];
        let span = Span::builder("full").attribute("a", 1).attribute("b", 2).attribute("c", 3);
        let span = span.link(remote(), two()).link(remote(), two()).link(remote(), two()).start();
        (0..4).for_each(|_| span.add_event("event", &two()));
        span.end();
        traced::flush(LONG).unwrap();
        let span = &in_memory.get_finished_spans().unwrap()[0];
        let of_span = (span.dropped_attributes_count, span.events.dropped_count, span.links.dropped_count);
        assert_eq!(of_span, (2, 3, 2));
        let inside = (span.events.events[0].dropped_attributes_count, span.links.links[0].dropped_attributes_count);
        assert_eq!(inside, (1, 1));
    });
}

/// What the SDK's values cannot hold.
#[test]
fn values_of_other_types_become_text() {
    child::run("values_of_other_types_become_text", &[], || {
        let in_memory = sdk::InMemorySpanExporter::default();
        let _guard = traced::builder().exporter(exporter(in_memory.clone())).init().unwrap();
        let mixed = vec![Value::from(1), Value::from("two"), Value::Empty, Value::from(f64::NAN)];
        let map = vec![KeyValue::new("k", vec![Value::Bytes(vec![0, 255])])];
        let span = Span::builder("odd").attribute("mixed", mixed).attribute("map", Value::Map(map));
        span.attribute("bytes", Value::Bytes(vec![1, 2, 3])).attribute("empty", Value::Empty).start().end();
        traced::flush(LONG).unwrap();
        let spans = in_memory.get_finished_spans().unwrap();
        let shown: Vec<_> = spans[0].attributes.iter().map(|pair| format!("{}={}", pair.key, pair.value)).collect();
        assert_eq!(shown, ["mixed=[1,\"two\",null,\"NaN\"]", "map={\"k\":[\"AP8=\"]}", "bytes=AQID", "empty="]);
    });
}

static WAS_SUPPRESSED: AtomicBool = AtomicBool::new(false);

#[derive(Debug)]
struct Failing;

impl sdk::SpanExporter for Failing {
    async fn export(&self, batch: Vec<sdk::SpanData>) -> OTelSdkResult {
        // A panic in here would count as a failure, too.
        WAS_SUPPRESSED.store(opentelemetry::Context::is_current_telemetry_suppressed(), Ordering::Relaxed);
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
            assert!(WAS_SUPPRESSED.swap(false, Ordering::Relaxed), "{name}: an exporter makes no spans");
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
    let manifest = include_str!("../../../Cargo.toml");
    let line = manifest.lines().find(|line| line.starts_with("opentelemetry = ")).unwrap();
    let version = line.split('"').nth(1).unwrap();
    let others = manifest.lines().filter(|line| line.starts_with("opentelemetry"));
    assert!(others.into_iter().all(|line| line.contains(&format!("version = \"{version}\""))), "one version");
    let texts = [
        include_str!("../../../README.md"),
        include_str!("../../../docs/interop.md"),
        include_str!("../../../instrumentation/opentelemetry/src/lib.rs"),
    ];
    for text in texts {
        assert!(text.contains(version), "version {version} is named");
    }
}
