//! What is installed for the whole process, and child processes. Each case that needs a process of its own runs this
//! test binary again, with the name of its role.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "tests fail by panicking; roles report by printing")]

use std::collections::{BTreeMap, HashMap};
use std::process::{Command, Stdio};

use traced::propagation::{self, EnvironmentVariables, TraceContextPropagator};
use traced::testing::Capture;
use traced::{
    Baggage, Context, MemoryExporter, Span, SpanContext, SpanId, TraceFlags, TraceId, TraceState, assert_tree,
};

const ROLE: &str = "PROPAGATION_TEST_ROLE";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

fn caller(flags: TraceFlags) -> SpanContext {
    let (trace, span) = (TraceId::from_hex(TRACE).unwrap(), SpanId::from_hex(SPAN).unwrap());
    SpanContext::new(trace, span, flags, "rojo=1".parse().unwrap())
}

/// The context that the roles write to their output.
fn context() -> Context {
    Context::new().with_span_context(caller(TraceFlags::SAMPLED)).with_baggage(Baggage::EMPTY.insert("tenant", "acme"))
}

fn print(carrier: &BTreeMap<String, String>) {
    for (key, value) in carrier {
        println!("> {key}={value}");
    }
}

/// Where the roles are played; in an ordinary run there is none, and [`run`] would notice if it played nothing.
#[test]
fn role() {
    let mut carrier = BTreeMap::new();
    match std::env::var(ROLE).as_deref() {
        Ok("unconfigured") => {
            assert!(propagation::global().fields().is_empty());
            let headers = HashMap::from([("traceparent".to_owned(), format!("00-{TRACE}-{SPAN}-01"))]);
            assert!(!propagation::extract(&headers).span_context().is_valid());
            propagation::inject_context(&context(), &mut carrier);
        }
        Ok("configured") => {
            let _traced = traced::builder().exporter(MemoryExporter::default()).init().unwrap();
            propagation::inject_context(&context(), &mut carrier);
        }
        Ok("builder") => {
            let builder = traced::builder().exporter(MemoryExporter::default()).propagator(TraceContextPropagator);
            let _traced = builder.init().unwrap();
            propagation::inject_context(&context(), &mut carrier);
        }
        Ok("child") => {
            let _traced = traced::builder().exporter(MemoryExporter::default()).init().unwrap();
            let _parent = propagation::extract(&EnvironmentVariables::of_this_process()).attach();
            let span = Span::start("work of the child");
            let _current = span.attach();
            propagation::inject(&mut carrier);
        }
        _ => return,
    }
    print(&carrier);
    println!("> played");
}

/// Runs a role in a process of its own, and returns what it wrote.
fn run(role: &str, prepare: impl FnOnce(&mut Command)) -> BTreeMap<String, String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "propagation_global::role", "--nocapture"]).env(ROLE, role).env_remove("OTEL_PROPAGATORS");
    prepare(&mut command);
    let output = command.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success() && text.contains("> played"), "{text}{}", String::from_utf8_lossy(&output.stderr));
    let pairs = text.lines().filter_map(|line| line.strip_prefix("> ")?.split_once('='));
    pairs.map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
}

fn keys(written: &BTreeMap<String, String>) -> Vec<&str> {
    written.keys().map(String::as_str).collect()
}

#[test]
fn nothing_travels_before_anything_is_configured() {
    assert_eq!(keys(&run("unconfigured", |_| {})), [""; 0]);
}

#[test]
fn the_environment_chooses_the_formats() {
    let configured = |list: &str| {
        let written = run("configured", |command| {
            command.env("OTEL_PROPAGATORS", list);
        });
        keys(&written).join(" ")
    };
    let standard = "baggage traceparent tracestate";
    assert_eq!(keys(&run("configured", |_| {})).join(" "), standard);
    assert_eq!(configured(""), standard);
    assert_eq!(configured("bogus"), standard);
    assert_eq!(configured("b3,b3,bogus"), "b3");
    assert_eq!(configured("B3Multi,BAGGAGE"), "baggage x-b3-sampled x-b3-spanid x-b3-traceid");
    assert_eq!(configured("none"), "");
}

#[test]
fn the_builder_wins_over_the_environment() {
    let written = run("builder", |command| {
        command.env("OTEL_PROPAGATORS", "b3");
    });
    assert_eq!(keys(&written), ["traceparent", "tracestate"]);
}

#[test]
fn a_child_process_continues_the_trace() {
    propagation_is_w3c();
    let written = run("child", |command| {
        command.env("TRACESTATE", "stale=1").env("BAGGAGE", "tenant=acme");
        let span = SpanContext::new(
            caller(TraceFlags::SAMPLED).trace_id(),
            SpanId::from_u64(7),
            TraceFlags::SAMPLED.with_random(true),
            TraceState::EMPTY,
        );
        propagation::inject_context(&Context::new().with_span_context(span), command);
    });
    assert_eq!(keys(&written), ["baggage", "traceparent"], "{written:?}");
    let parent = &written["traceparent"];
    assert!(parent.starts_with(&format!("00-{TRACE}-")) && parent.ends_with("-03"), "{parent}");
    assert!(!parent.contains(SPAN) && !parent.contains("0000000000000007"), "a span of its own: {parent}");
}

/// All tests of this process that need something installed want the same.
fn propagation_is_w3c() {
    propagation::set_global(TraceContextPropagator);
}

#[test]
fn a_remote_parent_is_continued() {
    propagation_is_w3c();
    let capture = Capture::new();
    let headers = [("traceparent", format!("00-{TRACE}-{SPAN}-03")), ("tracestate", "rojo=1".to_owned())];
    let guard = capture.within(propagation::extract(&headers[..])).attach();
    let span = Span::start("server");
    let current = span.attach();
    let mut sent = HashMap::new();
    propagation::inject(&mut sent);
    drop(current);
    span.end();
    drop(guard);
    assert_eq!(sent["traceparent"], format!("00-{TRACE}-{}-03", span.span_context().span_id()));
    assert_eq!(sent["tracestate"], "rojo=1");
    let spans = capture.finish();
    assert_tree!(spans, "server (remote parent)");
    assert_eq!(spans[0].view().parent_span_id(), SpanId::from_hex(SPAN));
    assert_eq!(spans[0].view().trace_state(), "rojo=1");
}

#[test]
fn the_caller_of_a_public_endpoint_is_linked_to_and_not_believed() {
    propagation_is_w3c();
    for flags in ["00", "01"] {
        let capture = Capture::new();
        let headers = [("traceparent", format!("00-{TRACE}-{SPAN}-{flags}")), ("tracestate", "rojo=1".to_owned())];
        let guard = capture.within(propagation::extract_public(&headers[..])).attach();
        let root = Span::start("endpoint");
        let current = root.attach();
        Span::start("inside").end();
        drop(current);
        root.end();
        drop(guard);

        let spans = capture.finish();
        let [inside, root] = [spans[0].view(), spans[1].view()];
        // The first span alone has the link.
        assert_tree!(spans, "endpoint\n  ↗ (elsewhere)\n  inside");
        assert_eq!((root.name(), root.trace_state(), inside.trace_id()), ("endpoint", "", root.trace_id()));
        assert_ne!(root.trace_id().to_string(), TRACE);
        assert!(root.trace_flags().is_sampled(), "the caller said {flags}");
        let links: Vec<_> = root.links().map(|link| (link.trace_id().to_string(), link.is_remote())).collect();
        assert_eq!(links, [(TRACE.to_owned(), true)]);
    }
}

#[test]
fn a_public_endpoint_without_caller_starts_a_trace() {
    propagation_is_w3c();
    let capture = Capture::new();
    let guard = capture.within(propagation::extract_public(&HashMap::<String, String>::new())).attach();
    Span::start("endpoint").end();
    drop(guard);
    let spans = capture.finish();
    assert_tree!(spans, "endpoint");
}
