//! What cannot be delivered waits on disk, also for the next process.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "also in the helpers of tests")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use traced::{ExporterStats, Guard, OtlpHttpExporter, Span, SpanExporter};
use traced_tests::child;
use traced_tests::receiver::{Receiver, Reply};

const LONG: Duration = Duration::from_secs(20);

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("traced-{name}-{}", std::process::id()));
        let _ = std::fs::remove_dir_all(&path);
        Self(path)
    }

    /// The requests that wait, of all processes.
    fn files(&self) -> usize {
        let folders = std::fs::read_dir(&self.0).into_iter().flatten().filter_map(Result::ok);
        let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).unwrap()).filter_map(Result::ok);
        files.filter(|file| file.file_name().to_string_lossy().ends_with(".otlp")).count()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn init(endpoint: &str, spool: &Path) -> Guard {
    // Boxed, as programs have it that choose among exporters.
    let exporter: Box<dyn SpanExporter> = Box::new(OtlpHttpExporter::builder().endpoint(endpoint).build().unwrap());
    traced::builder().exporter(exporter).spool(spool).schedule_delay(Duration::from_millis(20)).init().unwrap()
}

fn spans(number: usize) {
    (0..number).for_each(|_| Span::start("work").end());
}

fn stats() -> ExporterStats {
    traced::stats().exporters.remove(0)
}

fn wait_until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + LONG;
    while !condition() {
        assert!(Instant::now() < deadline, "{what}: {:?}", traced::stats());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn spans_wait_on_disk_until_the_receiver_is_back() {
    child::run("spans_wait_on_disk_until_the_receiver_is_back", &[], || {
        let (receiver, folder) = (Receiver::start(), Folder::new("spool-back"));
        let guard = init(&receiver.endpoint(), &folder.0);
        spans(10);
        traced::flush(LONG).unwrap();
        assert_eq!((stats().exported, folder.files()), (10, 0), "nothing is written while the receiver answers");
        receiver.go_away();
        for round in 1..=5 {
            spans(10);
            wait_until("on disk", || stats().spooled == round * 10);
        }
        assert!((1..=5).contains(&folder.files()), "{}", folder.files());
        assert_eq!((stats().queued, stats().failed, stats().exported), (0, 0, 10));
        receiver.come_back();
        wait_until("delivered", || stats().exported == 60);
        assert_eq!((receiver.spans().len(), folder.files(), stats().spooled), (60, 0, 0));
        guard.shutdown(LONG).unwrap();
        assert_eq!(std::fs::read_dir(&folder.0).unwrap().count(), 0, "an empty folder is not left behind");
    });
}

#[test]
fn what_is_left_at_the_end_is_sent_by_the_next() {
    child::run("what_is_left_at_the_end_is_sent_by_the_next", &[], || {
        let (receiver, folder) = (Receiver::start_away(), Folder::new("spool-next"));
        let guard = init(&receiver.endpoint(), &folder.0);
        spans(1_000);
        let start = Instant::now();
        guard.shutdown(LONG).unwrap();
        assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
        assert_eq!((stats().spooled, stats().failed, stats().exported), (1_000, 0, 0));
        assert!(folder.files() > 0);
        receiver.come_back();
        let guard = init(&receiver.endpoint(), &folder.0);
        wait_until("adopted and sent", || stats().recovered == 1_000);
        spans(1);
        guard.shutdown(LONG).unwrap();
        assert_eq!((receiver.spans().len(), folder.files(), stats().exported), (1_001, 0, 1));
    });
}

/// An earlier process that left so many files of so many spans, each in a request of its own.
fn left_by_another(folder: &Folder, files: usize, spans_each: usize) {
    let away = Receiver::start_away();
    let guard = init(&away.endpoint(), &folder.0);
    for file in 1..=files {
        spans(spans_each);
        wait_until("on disk", || stats().spooled == (file * spans_each) as u64);
    }
    guard.shutdown(LONG).unwrap();
    assert_eq!(folder.files(), files);
}

#[test]
fn many_small_files_are_sent_within_seconds() {
    child::run("many_small_files_are_sent_within_seconds", &[], || {
        let (receiver, folder) = (Receiver::start(), Folder::new("spool-many"));
        left_by_another(&folder, 200, 1);
        let guard = init(&receiver.endpoint(), &folder.0);
        let start = Instant::now();
        // Live ones are not kept waiting.
        spans(1);
        traced::flush(LONG).unwrap();
        wait_until("adopted and sent", || stats().recovered == 200);
        // Two hundred pauses of a tenth of a second would be twenty.
        assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
        guard.shutdown(LONG).unwrap();
        assert_eq!((receiver.spans().len(), receiver.requests().len(), folder.files()), (201, 201, 0));
    });
}

#[test]
fn a_slow_receiver_is_not_buried_in_what_was_on_disk() {
    child::run("a_slow_receiver_is_not_buried_in_what_was_on_disk", &[], || {
        let (receiver, folder) = (Receiver::start(), Folder::new("spool-slow"));
        left_by_another(&folder, 5, 1);
        receiver.otherwise(Reply::accept().after(Duration::from_millis(80)));
        let guard = init(&receiver.endpoint(), &folder.0);
        wait_until("adopted and sent", || stats().recovered == 5);
        let requests = receiver.requests();
        for pair in requests.windows(2) {
            // The answer took 80 ms, and as long again nothing is sent.
            let gap = pair[1].at - pair[0].at;
            assert!(gap >= Duration::from_millis(150), "{gap:?}");
        }
        guard.shutdown(LONG).unwrap();
    });
}

#[test]
fn what_was_on_disk_and_is_too_large_is_halved_until_it_fits() {
    child::run("what_was_on_disk_and_is_too_large_is_halved_until_it_fits", &[], || {
        let (receiver, folder) = (Receiver::start_away(), Folder::new("spool-halved"));
        let guard = init(&receiver.endpoint(), &folder.0);
        spans(1_000);
        wait_until("on disk", || stats().spooled == 1_000);
        receiver.take_at_most(10_000);
        receiver.come_back();
        wait_until("sent", || stats().exported == 1_000);
        let large = Span::builder("large").attribute("text", "x".repeat(20_000)).start();
        receiver.go_away();
        large.end();
        wait_until("on disk", || stats().spooled == 1);
        receiver.come_back();
        wait_until("refused", || stats().refused == 1);
        spans(1);
        let _ = traced::flush(LONG);
        guard.shutdown(LONG).unwrap();
        assert_eq!((stats().exported, stats().spooled, folder.files()), (1_001, 0, 0));
        let received = receiver.spans();
        let ids: std::collections::HashSet<_> = received.iter().map(|span| span.span_id.clone()).collect();
        assert_eq!((received.len(), ids.len()), (1_001, 1_001), "each once");
        assert!(received.iter().all(|span| span.name == "work" && !span.service().is_empty()), "with their resource");
    });
}

#[test]
fn the_environment_can_name_the_directory() {
    const NAME: &str = "the_environment_can_name_the_directory";
    if child::is(NAME) {
        let folder = Folder(PathBuf::from(std::env::var("TRACED_SPOOL").unwrap()));
        let guard = traced::init().unwrap();
        let configuration = guard.configuration().to_owned();
        assert!(configuration.contains(&format!("spool     in {}", folder.0.display())), "{configuration}");
        spans(7);
        guard.shutdown(LONG).unwrap();
        assert_eq!((stats().spooled, folder.files() > 0), (7, true));
        return;
    }
    let (away, folder) = (Receiver::start_away(), Folder::new("spool-variable"));
    let (endpoint, spool) = (away.endpoint(), folder.0.to_string_lossy().into_owned());
    let variables = [("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint.as_str()), ("TRACED_SPOOL", spool.as_str())];
    child::succeeds(NAME, child::command(NAME, &variables));
}

const VICTIM: &str = "killed_at_any_moment_no_request_is_torn_and_what_was_on_disk_arrives";

/// Records until it is killed; says how many spans were safe on disk.
fn victim() {
    use std::io::Write as _;

    let variable = |name| std::env::var(name).unwrap();
    let _guard = init(&variable("TEST_ENDPOINT"), Path::new(&variable("TEST_SPOOL")));
    loop {
        spans(20);
        std::thread::sleep(Duration::from_millis(5));
        println!("\nsafe {}", stats().spooled + stats().exported);
        std::io::stdout().flush().unwrap();
    }
}

#[test]
fn killed_at_any_moment_no_request_is_torn_and_what_was_on_disk_arrives() {
    if child::is(VICTIM) {
        return victim();
    }
    // More of them with `TRACED_TEST_KILLS=200`.
    let kills = std::env::var("TRACED_TEST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(6);
    let (receiver, folder) = (Receiver::start_away(), Folder::new("spool-killed"));
    let mut safe = 0;
    for round in 0..kills {
        if round % 3 == 2 {
            receiver.come_back();
        } else if round % 3 == 0 && round > 0 {
            receiver.go_away();
        }
        let (endpoint, spool) = (receiver.endpoint(), folder.0.to_string_lossy().into_owned());
        let mut command = child::command(VICTIM, &[("TEST_ENDPOINT", &endpoint), ("TEST_SPOOL", &spool)]);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // Killed after a number of lines that differs, whatever it is doing then.
        let counts = lines.filter_map(|line| line.strip_prefix("safe ")?.parse::<usize>().ok());
        let last = counts.take(10 + (round * 37) % 50).last().unwrap_or(0);
        child.kill().unwrap();
        child.wait().unwrap();
        safe += last;
    }
    receiver.go_away();
    receiver.come_back();
    child_of_the_end(&receiver, &folder);
    receiver.with(|received| {
        assert!(received.requests.iter().all(|request| request.spans.is_some()), "a request was not whole");
        // At least once: an answer that a killed process did not see comes again.
        assert!(received.spans.len() >= safe, "{} of {safe} arrived", received.spans.len());
    });
    assert_eq!(folder.files(), 0);
}

const LAST: &str = "the_last_process_sends_what_is_left";

/// Sends what the others left, in a process of its own.
fn child_of_the_end(receiver: &Receiver, folder: &Folder) {
    let (endpoint, spool) = (receiver.endpoint(), folder.0.to_string_lossy().into_owned());
    let output = child::command(LAST, &[("TEST_ENDPOINT", &endpoint), ("TEST_SPOOL", &spool)]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

#[test]
fn the_last_process_sends_what_is_left() {
    if !child::is(LAST) {
        return;
    }
    let spool = PathBuf::from(std::env::var("TEST_SPOOL").unwrap());
    let folder = Folder(spool);
    let guard = init(&std::env::var("TEST_ENDPOINT").unwrap(), &folder.0);
    wait_until("all of it is sent", || folder.files() == 0);
    guard.shutdown(LONG).unwrap();
    // The folder is its parent's.
    std::mem::forget(folder);
}
