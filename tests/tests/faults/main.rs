//! Faults of the network, of the machine and of the receiver that need a process of their own, or time. Each asserts
//! that every span is in one count, that the program is not held up, and that spans which end later arrive.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "also in the helpers of tests; programs that are started again print what their tests read"
)]

mod absence;
mod limits;
mod moments;
mod network;
mod outputs;
mod proxies;
mod receivers;
mod soak;

use std::time::{Duration, Instant};

use traced::{ExporterStats, Guard, OtlpHttpExporter, OtlpHttpExporterBuilder, Span};

/// Longer than anything that succeeds takes.
const LONG: Duration = Duration::from_secs(20);
/// For what does not.
const SHORT: Duration = Duration::from_millis(700);

fn to(endpoint: &str) -> OtlpHttpExporterBuilder {
    OtlpHttpExporter::builder().endpoint(endpoint).timeout(Duration::from_millis(400))
}

fn init(exporter: OtlpHttpExporterBuilder) -> Guard {
    let exporter = exporter.build().unwrap();
    traced::builder().exporter(exporter).schedule_delay(Duration::from_millis(20)).init().unwrap()
}

/// Spans end, which does not wait whatever the exporter does.
fn spans(number: usize) {
    let start = Instant::now();
    (0..number).for_each(|_| Span::start("work").end());
    assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
}

fn stats() -> ExporterStats {
    traced::stats().exporters.remove(0)
}

/// Each span is in one count.
fn assert_adds_up() {
    let all = traced::stats();
    let of = &all.exporters[0];
    let here = of.exported + of.queued + of.refused + of.unsent + of.dropped_full + of.spooled + of.dropped_disk;
    let common = all.live + all.dropped_full + all.dropped_at_thread_exit + all.dropped_after_shutdown;
    assert_eq!(all.started, here + common, "{all:?}");
}

/// Spans end and are held: nothing is lost, and `flush` keeps its time.
fn are_held(number: usize) {
    let before = stats();
    spans(number);
    let start = Instant::now();
    assert!(traced::flush(SHORT).is_err_and(|error| error.is_timeout()), "{:?}", stats());
    assert!(start.elapsed() < SHORT + LONG / 2, "{:?}", start.elapsed());
    let now = stats();
    assert_eq!((now.queued, now.exported, now.failed), (before.queued + number as u64, before.exported, before.failed));
    assert_adds_up();
}

/// What is held arrives, and so does a span that ends now.
fn all_arrive() {
    spans(1);
    traced::flush(LONG).unwrap_or_else(|error| panic!("{error}: {:?}", stats()));
    let now = stats();
    assert_eq!((now.exported, now.queued), (traced::stats().started, 0), "{now:?}");
    assert_adds_up();
}

/// The end of the program takes no longer than it may.
fn ends_in_time(guard: Guard, time: Duration) {
    let start = Instant::now();
    let _ = guard.shutdown(time);
    assert!(start.elapsed() < time + LONG / 2, "{:?}", start.elapsed());
    assert_adds_up();
}
