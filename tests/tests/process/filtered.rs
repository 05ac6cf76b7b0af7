//! An exporter of the program's own that passes on a part of each batch, and what is behind a pointer to one.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use traced::view::SpanView;
use traced::{
    ExportCall, ExportError, FileExporter, MemoryExporter, OtlpHttpExporter, Span, SpanBatch, SpanExporter, Stats,
    Status,
};
use traced_tests::child;
use traced_tests::receiver::{Receiver, Reply};

const LONG: Duration = Duration::from_secs(30);

/// Passes on what `keep` keeps.
struct Only<E> {
    inner: E,
    keep: fn(&SpanView<'_>) -> bool,
}

impl<E: SpanExporter> SpanExporter for Only<E> {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        let kept = batch.filter(self.keep);
        assert_eq!((kept.len(), kept.is_empty()), (kept.spans().count(), kept.spans().next().is_none()));
        if kept.is_empty() { Ok(()) } else { self.inner.export(&kept, call) }
    }

    fn flush(&mut self, call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.inner.flush(call)
    }

    fn shutdown(&mut self) {
        self.inner.shutdown();
    }

    fn name(&self) -> &str {
        self.inner.name()
    }
}

fn is_even(span: &SpanView<'_>) -> bool {
    span.attributes().get("number").and_then(traced::view::ValueView::as_int).is_some_and(|number| number % 2 == 0)
}

fn spans(numbers: std::ops::Range<usize>) {
    numbers.for_each(|number| Span::builder(format!("span {number}")).attribute("number", number).start().end());
}

/// Every span is in one place.
fn assert_adds_up(stats: &Stats) {
    for exporter in &stats.exporters {
        let of_exporter = exporter.exported + exporter.filtered + exporter.queued + exporter.failed;
        assert_eq!(stats.ended, of_exporter + exporter.dropped_full, "{stats:?}");
    }
}

fn otlp(receiver: &Receiver) -> Only<OtlpHttpExporter> {
    let inner = OtlpHttpExporter::builder().endpoint(receiver.endpoint()).build().unwrap();
    Only { inner, keep: is_even }
}

#[test]
fn otlp_gets_the_part_that_is_passed_on() {
    child::run("otlp_gets_the_part_that_is_passed_on", &[], || {
        let receiver = Receiver::start();
        // A part is tried again as a whole is, and halved when it is too large.
        receiver.script([Reply::status(503), Reply::status(413)]);
        let guard = traced::builder().exporter(otlp(&receiver)).init().unwrap();
        spans(0..100);
        traced::flush(LONG).unwrap();
        // Of these none is kept.
        (0..5).for_each(|_| Span::start("without a number").end());
        traced::flush(LONG).unwrap();
        let stats = traced::stats();
        assert_adds_up(&stats);
        assert_eq!((stats.exporters[0].exported, stats.exporters[0].filtered), (50, 55), "{stats:?}");
        guard.shutdown(LONG).unwrap();
        let mut names: Vec<_> = receiver.spans().iter().map(|span| span.name.clone()).collect();
        names.sort();
        let mut expected: Vec<_> = (0..50).map(|number| format!("span {}", number * 2)).collect();
        expected.sort();
        assert_eq!(names, expected);
    });
}

#[test]
fn what_is_refused_of_a_part_is_lost_and_no_more() {
    child::run("what_is_refused_of_a_part_is_lost_and_no_more", &[], || {
        let receiver = Receiver::start();
        receiver.script([Reply::status(400)]);
        let guard = traced::builder().exporter(otlp(&receiver)).init().unwrap();
        spans(0..10);
        assert!(traced::flush(LONG).is_err(), "five spans were lost");
        let stats = traced::stats();
        assert_adds_up(&stats);
        let exporter = &stats.exporters[0];
        assert_eq!((exporter.exported, exporter.filtered, exporter.refused), (0, 5, 5), "{stats:?}");
        drop(guard);
    });
}

/// Sends errors to one place, everything slow to another, and both to none of them twice.
struct Sorting {
    errors: MemoryExporter,
    others: MemoryExporter,
    all: Option<MemoryExporter>,
}

impl SpanExporter for Sorting {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.errors.export(&batch.filter(|span| span.status().is_error()), call)?;
        // A filter of a filtered batch.
        let fine = batch.filter(|span| !span.status().is_error());
        self.others.export(&fine.filter(|span| span.name() != "unwanted"), call)?;
        self.all.as_mut().map_or(Ok(()), |all| all.export(batch, call))
    }

    fn name(&self) -> &str {
        "sorting"
    }
}

fn sorted(all: Option<MemoryExporter>) -> (Vec<String>, Vec<String>, u64, u64) {
    let (errors, others) = (MemoryExporter::default(), MemoryExporter::default());
    let sorting = Sorting { errors: errors.clone(), others: others.clone(), all };
    let guard = traced::builder().exporter(sorting).init().unwrap();
    let failed = Span::start("failed");
    failed.set_status(Status::error("declined"));
    failed.end();
    Span::start("fine").end();
    Span::start("unwanted").end();
    traced::flush(LONG).unwrap();
    let stats = traced::stats();
    assert_adds_up(&stats);
    drop(guard);
    let names = |memory: &MemoryExporter| memory.spans().iter().map(|span| span.name().to_owned()).collect();
    (names(&errors), names(&others), stats.exporters[0].exported, stats.exporters[0].filtered)
}

#[test]
fn what_any_filter_keeps_is_exported() {
    child::run("what_any_filter_keeps_is_exported", &[], || {
        assert_eq!(sorted(None), (vec!["failed".to_owned()], vec!["fine".to_owned()], 2, 1));
    });
}

#[test]
fn what_is_passed_on_as_a_whole_is_exported() {
    child::run("what_is_passed_on_as_a_whole_is_exported", &[], || {
        let all = MemoryExporter::default();
        assert_eq!(sorted(Some(all.clone())), (vec!["failed".to_owned()], vec!["fine".to_owned()], 3, 0));
        assert_eq!(all.spans().len(), 3);
    });
}

#[test]
fn a_file_takes_a_part_as_well() {
    child::run("a_file_takes_a_part_as_well", &[], || {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("spans.jsonl");
        let inner = FileExporter::append(&path).unwrap();
        let guard = traced::builder().exporter(Only { inner, keep: is_even }).init().unwrap();
        spans(0..4);
        guard.shutdown(LONG).unwrap();
        let written = std::fs::read_to_string(path).unwrap();
        let has = |number| written.contains(&format!("\"span {number}\""));
        assert_eq!([0, 1, 2, 3].map(has), [true, false, true, false], "{written}");
    });
}

/// Answers every method otherwise than its default, and notes those that answer nothing.
#[derive(Clone, Default)]
struct Double(Arc<Mutex<Vec<&'static str>>>);

impl SpanExporter for Double {
    fn export(&mut self, _batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.0.lock().unwrap().push("export");
        Ok(())
    }

    fn takes_requests(&self) -> bool {
        true
    }

    fn export_request(&mut self, _request: &[u8], _call: &ExportCall<'_>) -> Result<(), ExportError> {
        self.0.lock().unwrap().push("export_request");
        Ok(())
    }

    fn flush(&mut self, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        Err(ExportError::new("the double does not flush"))
    }

    fn shutdown(&mut self) {
        self.0.lock().unwrap().push("shutdown");
    }

    fn name(&self) -> &str {
        "double"
    }

    fn destination(&self) -> Option<String> {
        Some("nowhere".to_owned())
    }

    fn patience(&self) -> Option<Duration> {
        Some(Duration::from_secs(7))
    }

    fn takes_unsampled(&self) -> bool {
        true
    }
}

/// Asks an exporter everything while it is called itself.
struct Asking<E>(E);

impl<E: SpanExporter> SpanExporter for Asking<E> {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        let inner = &mut self.0;
        assert_eq!((inner.name(), inner.destination().as_deref()), ("double", Some("nowhere")));
        assert_eq!(inner.patience(), Some(Duration::from_secs(7)));
        assert!(inner.takes_requests() && inner.takes_unsampled());
        inner.export(batch, call)?;
        inner.export_request(&[], call)?;
        assert!(inner.flush(call).is_err());
        inner.shutdown();
        Ok(())
    }

    fn name(&self) -> &str {
        "asking"
    }
}

#[test]
fn a_pointer_to_an_exporter_passes_everything_on() {
    child::run("a_pointer_to_an_exporter_passes_everything_on", &[], || {
        let double = Double::default();
        let notes = Arc::clone(&double.0);
        let boxed: Box<dyn SpanExporter> = Box::new(double.clone());
        let guard = traced::builder().exporter(Asking(double)).exporter(Asking(boxed)).init().unwrap();
        Span::start("work").end();
        guard.shutdown(LONG).unwrap();
        let mut notes = notes.lock().unwrap().clone();
        notes.sort_unstable();
        assert_eq!(notes, ["export", "export", "export_request", "export_request", "shutdown", "shutdown"]);
    });
}
