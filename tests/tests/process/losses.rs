//! What is lost is counted by its reason, said, and told by `flush`; an exporter in trouble takes nothing from others.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::mpsc::{Receiver as Channel, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use traced::{ExportCall, ExportError, Span, SpanBatch, SpanExporter, Stats};
use traced_tests::child;
use traced_tests::receiver::Receiver;

const LONG: Duration = Duration::from_secs(30);

/// Does what a function says with each batch, and counts the spans of those that it takes.
struct Scripted<F> {
    taken: Arc<Mutex<usize>>,
    name: &'static str,
    script: F,
}

impl<F: FnMut(usize) -> Result<(), ExportError> + Send + 'static> Scripted<F> {
    fn new(name: &'static str, script: F) -> (Self, Arc<Mutex<usize>>) {
        let taken = Arc::<Mutex<usize>>::default();
        (Self { taken: Arc::clone(&taken), name, script }, taken)
    }
}

impl<F: FnMut(usize) -> Result<(), ExportError> + Send + 'static> SpanExporter for Scripted<F> {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        assert_eq!((batch.len(), batch.is_empty()), (batch.spans().count(), false));
        (self.script)(batch.len())?;
        *self.taken.lock().unwrap() += batch.len();
        Ok(())
    }

    fn name(&self) -> &str {
        self.name
    }
}

/// Every span is in one place.
fn assert_adds_up(stats: &Stats) {
    let common = stats.live + stats.dropped_full + stats.dropped_at_thread_exit + stats.dropped_after_shutdown;
    for exporter in &stats.exporters {
        assert_eq!(exporter.failed, exporter.refused + exporter.unsent);
        let of_exporter =
            exporter.exported + exporter.filtered + exporter.queued + exporter.failed + exporter.dropped_full;
        assert_eq!(stats.started, common + of_exporter, "{stats:?}");
    }
}

fn spans(number: usize) {
    (0..number).for_each(|_| Span::start("work").end());
}

#[test]
fn an_exporter_that_hangs_takes_nothing_from_the_others() {
    child::run("an_exporter_that_hangs_takes_nothing_from_the_others", &[], || {
        let (let_go, go_on): (Sender<()>, Channel<()>) = channel();
        let (hanging, late) = Scripted::new("hanging", move |_| {
            let _ = go_on.recv();
            Ok(())
        });
        let (working, taken) = Scripted::new("working", |_| Ok(()));
        let guard = traced::builder().exporter(hanging).exporter(working).memory_limit(1 << 20).init().unwrap();
        for round in 1..=200 {
            spans(1_000);
            // The one that hangs makes this time out; the other one takes everything meanwhile.
            while *taken.lock().unwrap() < round * 1_000 {
                let _ = traced::flush(Duration::from_millis(1));
            }
        }
        let stats = traced::stats();
        assert_adds_up(&stats);
        assert_eq!((stats.dropped_full, stats.exporters[1].exported, stats.exporters[1].dropped_full), (0, 200_000, 0));
        assert!(stats.exporters[0].dropped_full > 100_000, "the oldest of the one that hangs are gone: {stats:?}");
        assert!(stats.held_bytes <= 1 << 20, "{stats:?}");
        drop(let_go);
        // Whether this flush or one before it tells of the loss is a matter of time.
        let _ = guard.shutdown(LONG);
        let stats = traced::stats();
        assert_adds_up(&stats);
        assert_eq!(*late.lock().unwrap() as u64, stats.exporters[0].exported);
    });
}

#[test]
fn what_passes_is_tried_again_and_what_is_too_large_in_halves() {
    let name = "what_passes_is_tried_again_and_what_is_too_large_in_halves";
    let said = child::run(name, &[], || {
        let mut calls = 0;
        let (exporter, taken) = Scripted::new("picky", move |spans| {
            calls += 1;
            match (calls, spans) {
                (1..=3, _) => Err(ExportError::later("the broker is asleep")),
                (_, 11..) => Err(ExportError::too_large("more than ten")),
                _ => Ok(()),
            }
        });
        let guard = traced::builder().exporter(exporter).init().unwrap();
        spans(1_000);
        traced::flush(LONG).unwrap();
        assert_eq!(*taken.lock().unwrap(), 1_000);
        spans(15);
        traced::flush(LONG).unwrap();
        assert_adds_up(&traced::stats());
        assert_eq!(*taken.lock().unwrap(), 1_015);
        guard.shutdown(LONG).unwrap();
    });
    if let Some(said) = said {
        let lines: Vec<_> = said.lines().filter(|line| line.starts_with("traced: picky")).collect();
        let [begun, over] = lines[..] else { panic!("{said}") };
        assert!(begun.contains("the broker is asleep") && over.contains("picky answers again"), "{said}");
        assert!(over.contains(" 0 spans were dropped meanwhile"), "{said}");
    }
}

#[test]
fn the_oldest_go_first_while_an_exporter_is_in_trouble_and_the_sum_is_said() {
    let name = "the_oldest_go_first_while_an_exporter_is_in_trouble_and_the_sum_is_said";
    let said = child::run(name, &[("OTEL_BSP_MAX_QUEUE_SIZE", "2048")], || {
        let (exporter, _) = Scripted::new("away", |_| Err(ExportError::later("nobody answers")));
        let guard = traced::builder().exporter(exporter).init().unwrap();
        for _ in 0..10 {
            spans(500);
            assert!(traced::flush(Duration::from_millis(50)).is_err());
        }
        let stats = traced::stats();
        assert_adds_up(&stats);
        assert!(stats.exporters[0].queued > 1_024 && stats.exporters[0].queued <= 2_048, "{stats:?}");
        assert!(guard.shutdown(LONG).is_err());
        let stats = traced::stats();
        assert_adds_up(&stats);
        let exporter = &stats.exporters[0];
        assert_eq!((exporter.queued, exporter.unsent + exporter.dropped_full), (0, 5_000));
        eprintln!("expected {} {}", exporter.unsent, exporter.dropped_full);
    });
    if let Some(said) = said {
        let numbers = said.lines().find_map(|line| line.strip_prefix("expected ")).unwrap();
        let (unsent, dropped) = numbers.split_once(' ').unwrap();
        let sum = format!(
            "traced: away: in all, 5000 spans of 5000 were not exported: 0 refused, {unsent} left at the end, \
             {dropped} dropped from a full queue"
        );
        assert_eq!(said.lines().filter(|line| line.starts_with(&sum)).count(), 1, "{sum}\n{said}");
        assert_eq!(said.matches("nobody answers").count(), 1, "{said}");
        assert_eq!(said.matches("spans were dropped, since more were waiting").count(), 1, "{said}");
    }
}

#[test]
fn a_queue_size_alone_loses_nothing_at_a_pace_that_it_can_hold() {
    let name = "a_queue_size_alone_loses_nothing_at_a_pace_that_it_can_hold";
    child::run(name, &[("OTEL_BSP_MAX_QUEUE_SIZE", "2048")], || {
        let receiver = Receiver::start();
        let exporter = traced::OtlpHttpExporter::builder().endpoint(receiver.endpoint()).build().unwrap();
        let guard = traced::builder().exporter(exporter).init().unwrap();
        for _ in 0..10 {
            spans(2_000);
            traced::flush(LONG).unwrap();
        }
        assert_adds_up(&traced::stats());
        assert_eq!(receiver.spans().len(), 20_000);
        assert!(receiver.requests().iter().all(|request| request.spans.unwrap() <= 512));
        // Far more than it holds: what is lost is counted, and flush says so.
        spans(100_000);
        let flushed = traced::flush(LONG);
        let stats = traced::stats();
        assert_adds_up(&stats);
        assert_eq!(flushed.is_err(), stats.exporters[0].dropped_full > 0, "{stats:?}");
        traced::flush(LONG).unwrap();
        guard.shutdown(LONG).unwrap();
    });
}

#[test]
fn what_does_not_fit_the_memory_is_said_when_it_begins_and_in_all() {
    let name = "what_does_not_fit_the_memory_is_said_when_it_begins_and_in_all";
    let said = child::run(name, &[], || {
        let (exporter, taken) = Scripted::new("quick", |_| Ok(()));
        let guard = traced::builder().exporter(exporter).memory_limit(64 << 10).init().unwrap();
        while traced::stats().dropped_full == 0 {
            spans(50_000);
        }
        traced::flush(LONG).unwrap();
        let stats = traced::stats();
        assert_adds_up(&stats);
        assert!(stats.dropped_full > 0);
        assert_eq!(*taken.lock().unwrap() as u64 + stats.dropped_full, stats.started);
        guard.shutdown(LONG).unwrap();
        eprintln!("expected {}", stats.dropped_full);
    });
    if let Some(said) = said {
        let lost = said.lines().find_map(|line| line.strip_prefix("expected ")).unwrap();
        let sum = format!("traced: in all, {lost} spans were dropped as they ended");
        assert_eq!(said.matches(&sum).count(), 1, "{said}");
        assert_eq!(said.matches("raise the memory limit").count(), 1, "{said}");
    }
}

#[test]
fn an_absence_that_is_too_long_is_told_to_the_span() {
    let name = "an_absence_that_is_too_long_is_told_to_the_span";
    let said = child::run(name, &[], || {
        let receiver = Receiver::start_away();
        let exporter = traced::OtlpHttpExporter::builder().endpoint(receiver.endpoint()).build().unwrap();
        let program = traced::builder().exporter(exporter).memory_limit(512 << 10);
        let guard = program.schedule_delay(Duration::from_millis(5)).init().unwrap();
        spans(1);
        assert!(traced::flush(Duration::from_millis(300)).unwrap_err().is_timeout());
        for _ in 0..100 {
            spans(500);
            std::thread::sleep(Duration::from_millis(5));
        }
        let stats = traced::stats();
        assert_adds_up(&stats);
        assert!(stats.held_bytes <= 512 << 10 && stats.exporters[0].queued > 0, "{stats:?}");
        receiver.come_back();
        assert!(!traced::flush(LONG).unwrap_err().is_timeout(), "spans were lost");
        let stats = traced::stats();
        assert_adds_up(&stats);
        let lost = stats.dropped_full + stats.exporters[0].dropped_full;
        assert_eq!((receiver.spans().len() as u64, stats.exporters[0].queued), (50_001 - lost, 0));
        assert!(lost > 0);
        eprintln!("expected {lost}");
        traced::flush(LONG).unwrap();
        guard.shutdown(LONG).unwrap();
    });
    if let Some(said) = said {
        let lost = said.lines().find_map(|line| line.strip_prefix("expected ")).unwrap();
        let sentence = format!("; {lost} spans were dropped meanwhile");
        assert_eq!(said.matches(&sentence).count(), 1, "{sentence}\n{said}");
        assert_eq!(said.matches("answers again").count(), 1, "{said}");
        assert!(said.lines().filter(|line| line.starts_with("traced: ")).count() <= 6, "no flood: {said}");
    }
}

/// An output that nobody reads.
struct Closed;

impl std::io::Write for Closed {
    fn write(&mut self, _bytes: &[u8]) -> std::io::Result<usize> {
        Err(std::io::ErrorKind::BrokenPipe.into())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn what_the_console_gathered_and_cannot_print_is_counted() {
    let name = "what_the_console_gathered_and_cannot_print_is_counted";
    let said = child::run(name, &[], || {
        let guard = traced::builder().exporter(traced::ConsoleExporter::writer(Closed)).init().unwrap();
        let root = Span::start("root");
        // The root is open: its children are gathered, and printed by the flush.
        (0..3).for_each(|_| Span::builder("child").parent(root.context()).start().end());
        traced::flush(LONG).unwrap_err();
        let stats = traced::stats();
        assert_adds_up(&stats);
        assert_eq!((stats.exporters[0].exported, stats.exporters[0].refused), (0, 3));
        root.end();
        traced::flush(LONG).unwrap_err();
        assert_adds_up(&traced::stats());
        assert_eq!((traced::stats().exporters[0].exported, traced::stats().exporters[0].refused), (0, 4));
        let _ = guard.shutdown(LONG);
    });
    if let Some(said) = said {
        assert_eq!(said.matches("console: traces cannot be printed: broken pipe (").count(), 1, "{said}");
        assert!(!said.contains("endpoint"), "{said}");
        assert!(said.contains("in all, 4 spans of 4 were not exported"), "{said}");
    }
}
