//! The file exporter: each line, read by other people's code, holds what the protobuf encoding holds.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::io::{self, Write};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::TracesData;
use prost::Message;
use traced::{
    ExportCall, ExportError, FileExporter, KeyValue, Resource, Scope, Span, SpanBatch, SpanExporter, SpanKind, Status,
    Value,
};
use traced_tests::child;

const LONG: Duration = Duration::from_secs(20);

/// Keeps the protobuf encoding of what it gets.
#[derive(Clone, Default)]
struct Protobuf(Arc<Mutex<Vec<ExportTraceServiceRequest>>>);

impl SpanExporter for Protobuf {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let bytes = batch.otlp_request().to_vec();
        self.0.lock().unwrap().push(ExportTraceServiceRequest::decode(bytes.as_slice()).unwrap());
        Ok(())
    }

    fn name(&self) -> &str {
        "protobuf"
    }
}

/// An output that fails half-way through its second write.
#[derive(Clone, Default)]
struct Torn {
    bytes: Arc<Mutex<Vec<u8>>>,
    writes: usize,
}

impl Write for Torn {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.writes += 1;
        match self.writes {
            2 => self.bytes.lock().unwrap().write(&bytes[..bytes.len() / 2]),
            3 => Err(io::Error::other("disk full")),
            _ => self.bytes.lock().unwrap().write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn record_everything() {
    let root = Span::builder("räksmörgås \"quoted\"\n").kind(SpanKind::Server).start();
    let values = [
        ("empty text", Value::from("")),
        ("text", Value::from("\u{0}\u{1f}\\\u{2028}漢字😀")),
        ("yes", Value::from(true)),
        ("least", Value::from(i64::MIN)),
        ("greatest", Value::from(i64::MAX)),
        ("half", Value::from(0.5)),
        ("tiny", Value::from(f64::MIN_POSITIVE)),
        ("bytes", Value::Bytes((0..=255).collect())),
        ("list", Value::from(vec![Value::from(1), Value::from("two"), Value::from(vec![Value::from(false)])])),
        ("map", Value::from(vec![KeyValue::new("inner", Value::from(vec![KeyValue::new("deep", 1.5)]))])),
    ];
    for (key, value) in values {
        root.set_attributes(&[KeyValue::new(key, value)]);
    }
    let scope = Scope::new("other").with_version("1.2").with_schema_url("https://example.com/schema");
    let child = Span::builder("child").parent(root.context()).scope(scope).start();
    child.add_event("event", &[KeyValue::new("n", 1)]);
    child.add_event("bare", &[]);
    child.add_link(&root.span_context(), &[KeyValue::new("why", "test")]);
    child.set_status(Status::error("no luck"));
    child.end();
    root.set_status(Status::Ok);
    root.end();
    Span::builder("unset").root().start().end();
}

#[test]
fn json_and_protobuf_say_the_same() {
    child::run("json_and_protobuf_say_the_same", &[], || {
        let path = std::env::temp_dir().join(format!("traced-file-{}.jsonl", std::process::id()));
        let protobuf = Protobuf::default();
        let resource = Resource::new([KeyValue::new("service.name", "shop")], "https://example.com/resource");
        let guard = traced::builder()
            .exporter(FileExporter::append(&path).unwrap())
            .exporter(protobuf.clone())
            .resource(resource)
            .init()
            .unwrap();
        for _ in 0..2 {
            record_everything();
            traced::flush(LONG).unwrap();
        }
        guard.shutdown(LONG).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        let lines = text.lines().map(|line| serde_json::from_str::<TracesData>(line).unwrap().resource_spans);
        let expected = protobuf.0.lock().unwrap().clone();
        assert_eq!(
            lines.collect::<Vec<_>>(),
            expected.into_iter().map(|request| request.resource_spans).collect::<Vec<_>>()
        );
        assert!(text.ends_with('\n') && text.lines().count() == 2, "{text}");
    });
}

#[test]
fn a_torn_line_spoils_no_other() {
    child::run("a_torn_line_spoils_no_other", &[], || {
        traced::on_diagnostic(|_| ());
        let output = Torn::default();
        let guard = traced::builder().exporter(FileExporter::writer(output.clone())).init().unwrap();
        for name in ["first", "torn", "third"] {
            Span::start(name).end();
            assert_eq!(traced::flush(LONG).is_err(), name == "torn");
        }
        assert_eq!(traced::stats().exporters[0].failed, 1);
        guard.shutdown(LONG).unwrap();
        let text = String::from_utf8(output.bytes.lock().unwrap().clone()).unwrap();
        let whole = text.lines().filter_map(|line| serde_json::from_str::<TracesData>(line).ok());
        let names = whole.map(|data| data.resource_spans[0].scope_spans[0].spans[0].name.clone());
        assert_eq!(names.collect::<Vec<_>>(), ["first", "third"]);
    });
}

#[test]
fn a_file_that_cannot_be_opened_is_named() {
    let error = FileExporter::append("/no/such/directory/spans.jsonl").unwrap_err();
    assert!(error.to_string().contains("/no/such/directory/spans.jsonl"), "{error}");
}

/// A folder of its own for one test, removed at its end.
struct Folder(std::path::PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("traced-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn spans_in(&self, file: &str) -> Vec<String> {
        let text = std::fs::read_to_string(self.0.join(file)).unwrap();
        let spans = |line: &str| {
            assert!(line.len() < 1 << 20, "the Collector's file receiver cuts lines at 1 MiB: {}", line.len());
            let data: TracesData = serde_json::from_str(line).unwrap();
            data.resource_spans
                .into_iter()
                .flat_map(|each| each.scope_spans)
                .flat_map(|each| each.spans)
                .map(|span| span.name)
        };
        text.lines().flat_map(spans).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn lines_are_short_enough_for_the_collector_and_begin_with_ids() {
    child::run("lines_are_short_enough_for_the_collector_and_begin_with_ids", &[], || {
        let folder = Folder::new("lines");
        let long = Resource::new([KeyValue::new("much", "x".repeat(2_000))], "");
        let file = FileExporter::append(folder.0.join("a.jsonl")).unwrap();
        let guard = traced::builder().exporter(file).resource(long).init().unwrap();
        for number in 0..5_000 {
            let span = Span::start("work");
            span.set_attribute("text", "y".repeat(if number % 7 == 0 { 2_000 } else { 10 }).as_str());
            span.end();
        }
        guard.shutdown(LONG).unwrap();
        assert_eq!(folder.spans_in("a.jsonl").len(), 5_000);
        let text = std::fs::read_to_string(folder.0.join("a.jsonl")).unwrap();
        for line in text.lines() {
            assert!(line.starts_with(r#"{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":""#), "{}", &line[..200]);
        }
    });
}

#[test]
fn files_are_rotated_by_size_and_begun_anew_when_they_were_moved() {
    child::run("files_are_rotated_by_size_and_begun_anew_when_they_were_moved", &[], || {
        let folder = Folder::new("rotated");
        let path = folder.0.join("a.jsonl");
        let file = FileExporter::append(&path).unwrap().rotate(6_000, 2);
        let guard = traced::builder().exporter(file).init().unwrap();
        let export = |name: &'static str| {
            Span::start(name).end();
            traced::flush(LONG).unwrap();
        };
        let mut number_of_files = Vec::new();
        for _ in 0..40 {
            export("work");
            number_of_files.push(std::fs::read_dir(&folder.0).unwrap().count());
        }
        assert_eq!(number_of_files.iter().max(), Some(&3), "{number_of_files:?}");
        for file in ["a.jsonl", "a.jsonl.1", "a.jsonl.2"] {
            let bytes = std::fs::metadata(folder.0.join(file)).unwrap().len();
            assert!(bytes <= 6_000 && !folder.spans_in(file).is_empty(), "{file}: {bytes}");
        }
        std::fs::rename(&path, folder.0.join("moved.jsonl")).unwrap();
        let before = folder.spans_in("moved.jsonl").len();
        export("after");
        assert_eq!(
            (folder.spans_in("a.jsonl"), folder.spans_in("moved.jsonl").len()),
            (vec!["after".to_owned()], before)
        );
        std::fs::remove_file(&path).unwrap();
        export("again");
        assert_eq!(folder.spans_in("a.jsonl"), ["again"]);
        guard.shutdown(LONG).unwrap();
    });
}
