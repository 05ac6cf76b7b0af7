//! What cannot be delivered waits on disk, also for the next process.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "also in the helpers of tests")]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use traced::{ExporterStats, Guard, OtlpHttpExporter, Span};
use traced_tests::child;
use traced_tests::receiver::Receiver;

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
    let exporter = OtlpHttpExporter::builder().endpoint(endpoint).build().unwrap();
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
    wait_until("all is sent", || folder.files() == 0);
    guard.shutdown(LONG).unwrap();
    // The folder is its parent's.
    std::mem::forget(folder);
}
