//! The trace's ids in log lines.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use serde_json::{Value, json};
use traced::testing::capture;
use traced::{FinishedSpan, traced};
use tracing::{info, info_span, warn};
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::fmt::{self, FormatEvent, format::DefaultFields};
use tracing_subscriber::layer::{Layered, SubscriberExt as _};
use tracing_subscriber::registry::Registry;

use crate::lines::Lines;

/// The lines and the spans of a run.
fn logged<F>(format: F, run: impl FnOnce()) -> (Vec<String>, Vec<FinishedSpan>)
where
    F: FormatEvent<Layered<traced::subscriber::Layer, Registry>, DefaultFields> + Send + Sync + 'static,
{
    let lines = Lines::default();
    let layer = fmt::layer().with_writer(lines.clone()).with_span_events(FmtSpan::NEW).event_format(format);
    let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer()).with(layer);
    let spans = tracing::subscriber::with_default(subscriber, || capture(run).into());
    (lines.take(), spans)
}

/// `trace_id=… span_id=… trace_flags=…` of a span.
fn prefix(spans: &[FinishedSpan], name: &str) -> String {
    let span = spans.iter().map(FinishedSpan::view).find(|span| span.name() == name).unwrap();
    format!("trace_id={} span_id={} trace_flags=03 ", span.trace_id(), span.span_id())
}

#[traced]
fn annotated(elsewhere: &tracing::Span) {
    info!("in annotated");
    info!(parent: elsewhere, "of elsewhere");
    info!(parent: None, "of nothing");
}

fn program() {
    info!("outside");
    let elsewhere = info_span!("elsewhere");
    info_span!("outer").in_scope(|| {
        info!("in outer");
        annotated(&elsewhere);
    });
}

#[test]
fn text() {
    let format = traced::subscriber::with_ids(
        fmt::format().with_ansi(false).without_time().with_target(false).with_level(false),
    );
    let (lines, spans) = logged(format, program);
    let of = |name: &str, rest: &str| format!("{}{rest}", prefix(&spans, name));
    let expected = [
        "outside".to_owned(),
        of("elsewhere", "elsewhere: new"),
        of("outer", "outer: new"),
        of("outer", "outer: in outer"),
        of("annotated", "outer: in annotated"),
        of("elsewhere", "elsewhere: of elsewhere"),
        "of nothing".to_owned(),
    ];
    assert_eq!(lines, expected);
}

#[test]
fn one_json_object_a_line() {
    let (lines, spans) = logged(traced::subscriber::json(), || {
        info!("outside");
        info_span!("outer").in_scope(|| {
            let error: &(dyn std::error::Error + 'static) = &std::fmt::Error;
            warn!(target: "shop", n = 1, big = u128::MAX, f = f64::NAN, ok = true, text = "a\"b\n", debug = ?[1], error, "said \u{1}");
            info!(only = "fields");
        });
    });
    let objects: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(objects[0]["message"], "outside");
    assert_eq!(objects[0].get("trace_id"), None);
    assert_eq!(objects[0].get("fields"), None);
    assert_eq!(objects[1]["message"], "new");
    let outer = spans[0].view();
    for object in &objects[1..] {
        assert_eq!(object["trace_id"], outer.trace_id().to_string());
        assert_eq!(object["span_id"], outer.span_id().to_string());
        assert_eq!(object["trace_flags"], "03");
    }
    let said = &objects[2];
    assert_eq!(
        (&said["level"], &said["target"], &said["message"]),
        (&json!("WARN"), &json!("shop"), &json!("said \u{1}"))
    );
    let error = std::fmt::Error.to_string();
    let fields = json!({
        "n": 1, "big": u128::MAX.to_string(), "f": null, "ok": true, "text": "a\"b\n", "debug": "[1]", "error": error
    });
    assert_eq!(said["fields"], fields);
    assert_eq!(objects[3].get("message"), None);
    assert!(lines[0].starts_with("{\"timestamp\":\"2"), "{}", lines[0]);
}

#[test]
fn records_of_the_log_crate() {
    let log = tracing_log::LogTracer::new();
    let (lines, _) = logged(traced::subscriber::json(), || {
        let mut record = log::Record::builder();
        record.level(log::Level::Info).target("shop::db");
        log::Log::log(&log, &record.args(format_args!("said")).build());
    });
    let object: Value = serde_json::from_str(&lines[0]).unwrap();
    assert_eq!((&object["target"], &object["message"]), (&json!("shop::db"), &json!("said")));
    assert_eq!(object.get("fields"), None);
}

#[test]
fn ids_for_any_other_logger() {
    let mut line = String::new();
    let spans = capture(|| {
        assert_eq!(traced::current_ids(), None);
        let span = traced::Span::start("work");
        let _attached = span.attach();
        let ids = traced::current_ids().unwrap();
        line = format!(
            "trace_id={} span_id={} trace_flags={:02x} ",
            ids.trace_id(),
            ids.span_id(),
            ids.trace_flags().to_byte()
        );
    });
    assert_eq!(line, prefix(&spans, "work"));
}

#[traced(attrs(order.id = 7, order.secret = "s3cret"))]
fn order(elsewhere: &tracing::Span) {
    traced::attrs!(order.items = ["a", "b"]);
    info!("in order");
    info!(parent: elsewhere, "of elsewhere");
    info!(parent: None, "of nothing");
}

#[test]
fn attributes_of_the_span_in_json() {
    let format = traced::subscriber::json().attributes(["order.id", "order.items", "shop", "absent"]);
    let (lines, _) = logged(format, || order(&info_span!("elsewhere", shop = "main")));
    let objects: Vec<Value> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let of = |message: &str| objects.iter().find(|object| object["message"] == message).unwrap().get("attributes");
    assert_eq!(of("in order"), Some(&serde_json::json!({"order.id": 7, "order.items": ["a", "b"]})));
    assert_eq!(of("of elsewhere"), Some(&serde_json::json!({"shop": "main"})));
    assert_eq!(of("of nothing"), None);
}
