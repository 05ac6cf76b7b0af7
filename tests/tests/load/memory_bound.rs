//! What is held in memory stays within the bound while nobody takes it, every loss is counted, and spans flow again
//! afterwards.
//!
//! The receiver is away for 5 seconds by default; with `TRACED_TEST_AWAY_SECONDS=60` for a whole minute.

#![allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr, reason = "also in the helpers of tests")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver as Channel, channel};
use std::thread;
use std::time::{Duration, Instant};

use traced::{ExportCall, ExportError, OtlpHttpExporter, SpanBatch, SpanExporter, traced};
use traced_tests::child;
use traced_tests::hanging::hanging;
use traced_tests::receiver::Receiver;

const LONG: Duration = Duration::from_secs(60);
const SPANS_PER_SECOND: u64 = 50_000;
/// The bound, and what a process may need besides: requests on their way, chunks kept for reuse, the allocator's own.
const ALLOWED_GROWTH: u64 = (32 + 8) << 20;

fn away() -> Duration {
    let seconds = std::env::var("TRACED_TEST_AWAY_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(5))
}

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap() * 1024
}

/// A span of about 250 bytes.
#[traced(attrs(number, http.request.method = "GET", url.path = "/orders/42/items", user.id = %number))]
fn work(number: u64) {
    traced::event!("cache.miss", key = "orders:42", size = 1200, shard = "eu-central-1/7");
}

/// Ends as many spans as are due in a time, at no more than the rate. Returns the most memory that the process had
/// meanwhile.
fn load(time: Duration) -> u64 {
    let due_after = |time: Duration| (time.as_micros() as u64 * SPANS_PER_SECOND) / 1_000_000;
    let start = Instant::now();
    let (mut made, mut most) = (0, 0);
    while made < due_after(time) {
        let due = due_after(start.elapsed().min(time));
        (made..due).for_each(work);
        made = due;
        most = most.max(resident());
        thread::sleep(Duration::from_millis(5));
    }
    most
}

/// Says something to the parent process, and waits for it to answer.
fn say(what: &str) {
    // In a line of its own: the harness has begun one.
    println!("\nsay {what}");
    std::io::stdout().flush().unwrap();
    if what != "end" {
        std::io::stdin().lock().read_line(&mut String::new()).unwrap();
    }
}

/// The process under test.
fn program() {
    let endpoint = std::env::var("TEST_ENDPOINT").unwrap();
    // An attempt that hangs ends after a second.
    let exporter = OtlpHttpExporter::builder().endpoint(endpoint).timeout(Duration::from_secs(1)).build().unwrap();
    let guard = traced::builder().exporter(exporter).init().unwrap();
    load(Duration::from_millis(300));
    traced::flush(LONG).unwrap();
    let before = resident();
    say("warm");
    let most = load(away());
    let stats = traced::stats();
    let dropped = |stats: &traced::Stats| stats.dropped_full + stats.exporters[0].dropped_full;
    assert!(dropped(&stats) > 0, "the bound was not reached: {stats:?}");
    assert!(stats.held_bytes <= 33 << 20, "{stats:?}");
    let grown = most.saturating_sub(before);
    assert!(grown <= ALLOWED_GROWTH, "grew by {} KiB", grown >> 10);
    say(&format!("away, grew by {} KiB", grown >> 10));
    // Whatever waits now arrives, or was given up on in the meantime.
    let _ = traced::flush(LONG);
    let failed = traced::stats().exporters[0].failed;
    let full = dropped(&traced::stats());
    load(Duration::from_millis(500));
    traced::flush(LONG).unwrap();
    let stats = traced::stats();
    let exporter = &stats.exporters[0];
    assert_eq!((exporter.failed, dropped(&stats)), (failed, full), "spans flow again: {stats:?}");
    assert_eq!((exporter.queued, stats.live), (0, 0), "{stats:?}");
    assert_eq!(stats.started, exporter.exported + failed + full, "every loss is counted: {stats:?}");
    say(&format!("exported {}", exporter.exported));
    guard.shutdown(LONG).unwrap();
    say("end");
}

/// The lines that a child says.
fn listen(child: &mut Child) -> Channel<String> {
    let (line, lines) = channel();
    let out = BufReader::new(child.stdout.take().unwrap());
    thread::spawn(move || {
        for said in out.lines().map_while(Result::ok) {
            match said.strip_prefix("say ") {
                Some(said) => line.send(said.to_owned()).unwrap_or_default(),
                None => eprintln!("{said}"),
            }
        }
    });
    lines
}

#[test]
fn growth_stays_within_the_bound_while_the_receiver_is_away() {
    const NAME: &str = "growth_stays_within_the_bound_while_the_receiver_is_away";
    if child::is(NAME) {
        return program();
    }
    let receiver = Receiver::start();
    let mut command = child::command(NAME, &[("TEST_ENDPOINT", &receiver.endpoint())]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut answer = child.stdin.take().unwrap();
    let lines = listen(&mut child);
    let expect = |what: &str| {
        let line = lines.recv_timeout(away() + LONG * 3).unwrap_or_else(|error| panic!("{what}: {error}"));
        assert!(line.starts_with(what), "{line}");
        eprintln!("{line}");
        line
    };
    expect("warm");
    receiver.go_away();
    answer.write_all(b"\n").unwrap();
    expect("away");
    receiver.come_back();
    answer.write_all(b"\n").unwrap();
    let exported: usize = expect("exported").strip_prefix("exported ").unwrap().parse().unwrap();
    receiver.with(|received| {
        // A connection that was cut may have delivered what was then counted as failed, or was sent once more.
        assert!(received.spans.len() >= exported, "{} of {exported} arrived", received.spans.len());
    });
    answer.write_all(b"\n").unwrap();
    expect("end");
    assert!(child.wait().unwrap().success());
}

#[test]
fn backlog_that_is_moved_at_once_takes_no_more_memory() {
    child::run("backlog_that_is_moved_at_once_takes_no_more_memory", &[], || {
        let (exporter, begun, go_on) = hanging();
        let guard = traced::builder().exporter(exporter).init().unwrap();
        work(0);
        assert!(traced::flush(Duration::from_millis(100)).unwrap_err().is_timeout());
        begun.recv().unwrap();
        let before = resident();
        // Nobody takes these from their thread as long as the export lasts.
        (0..250_000).for_each(work);
        go_on.send(()).unwrap();
        begun.recv().unwrap();
        let most = resident();
        assert!(most <= before + ALLOWED_GROWTH, "grew from {} to {} KiB", before >> 10, most >> 10);
        assert!(traced::stats().dropped_full > 0, "{:?}", traced::stats());
        drop(go_on);
        guard.shutdown(LONG).unwrap();
        let stats = traced::stats();
        assert_eq!(stats.started, stats.exporters[0].exported + stats.dropped_full, "{stats:?}");
    });
}

/// Lets everything go.
struct Discard;

impl SpanExporter for Discard {
    fn export(&mut self, _batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        Ok(())
    }

    fn name(&self) -> &str {
        "discard"
    }
}

#[test]
fn memory_stays_where_it_is_while_spans_flow() {
    child::run("memory_stays_where_it_is_while_spans_flow", &[], || {
        let guard = traced::builder().exporter(Discard).init().unwrap();
        let round = || {
            for number in 0..100_000 {
                work(number);
                if number % 1_000 == 999 {
                    traced::flush(LONG).unwrap();
                }
            }
            resident()
        };
        let first = round();
        let last = (0..4).map(|_| round()).fold(0, |_, last| last);
        assert_eq!(traced::stats().exporters[0].exported, 500_000);
        // 100 MB went through.
        assert!(last < first + (4 << 20), "grew from {} to {} KiB", first >> 10, last >> 10);
        drop(guard);
    });
}

/// Takes nothing for as long as it may.
struct Stuck;

impl SpanExporter for Stuck {
    fn export(&mut self, _batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        while call.wait(Duration::from_millis(50)) {}
        Err(ExportError::new("on purpose"))
    }

    fn name(&self) -> &str {
        "stuck"
    }
}

#[test]
fn bound_holds_for_huge_and_tiny_spans_and_many_threads() {
    child::run("bound_holds_for_huge_and_tiny_spans_and_many_threads", &[], || {
        const BOUND: usize = 4 << 20;
        let guard = traced::builder().exporter(Stuck).memory_limit(BOUND).init().unwrap();
        let large = "x".repeat(300_000);
        thread::scope(|scope| {
            for _ in 0..16 {
                scope.spawn(|| {
                    for round in 0..2_000 {
                        work(round);
                        if round % 100 == 0 {
                            let span = traced::Span::start("large");
                            span.set_attribute("text", large.as_str());
                            span.end();
                            assert!(traced::stats().held_bytes <= BOUND + (1 << 20), "{:?}", traced::stats());
                        }
                    }
                });
            }
        });
        let before = traced::stats();
        assert_eq!(before.ended, 16 * 2_020);
        assert!(before.dropped_full > 0, "{before:?}");
        // What does not fit at all is dropped, whatever else is there.
        let span = traced::Span::start("larger than the bound");
        span.set_attribute("text", "x".repeat(BOUND + 1));
        span.end();
        assert_eq!(traced::stats().dropped_full, before.dropped_full + 1);
        assert!(guard.shutdown(Duration::from_millis(200)).is_err());
        let stats = traced::stats();
        let exporter = &stats.exporters[0];
        let accounted = stats.dropped_full
            + stats.dropped_after_shutdown
            + exporter.exported
            + exporter.failed
            + exporter.queued
            + exporter.dropped_full;
        assert_eq!(stats.ended, accounted, "{stats:?}");
    });
}

#[test]
fn threads_that_are_idle_do_not_use_the_bound_up() {
    child::run("threads_that_are_idle_do_not_use_the_bound_up", &[], || {
        const THREADS: usize = 200;
        // 4 KiB a thread, which is less than a chunk.
        let memory = traced::MemoryExporter::default();
        let guard = traced::builder().exporter(memory.clone()).memory_limit(THREADS * 4096).init().unwrap();
        let (say, said) = channel();
        let (go_on, wait): (Vec<_>, Vec<_>) = (0..THREADS).map(|_| channel::<()>()).unzip();
        let idle: Vec<_> = wait
            .into_iter()
            .map(|wait| {
                let say = say.clone();
                thread::spawn(move || {
                    for number in 0..30 {
                        work(number);
                        traced::flush(LONG).unwrap();
                    }
                    say.send(()).unwrap();
                    assert!(wait.recv().is_err());
                })
            })
            .collect();
        (0..THREADS).for_each(|_| said.recv().unwrap());
        // All of them are drained and idle: there is room for another thread's spans.
        let dropped = traced::stats().dropped_full;
        let exported = memory.spans().len();
        thread::spawn(|| (0..30).for_each(work)).join().unwrap();
        traced::flush(LONG).unwrap();
        assert_eq!(traced::stats().dropped_full, dropped, "{:?}", traced::stats());
        assert_eq!(memory.spans().len(), exported + 30);
        drop(go_on);
        idle.into_iter().for_each(|thread| thread.join().unwrap());
        drop(guard);
    });
}
