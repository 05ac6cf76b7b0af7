//! Signals, forks in a chain, a process that stands still, a clock that steps.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use traced::Span;
use traced_tests::child;
use traced_tests::receiver::Receiver;

use crate::{LONG, all_arrive, assert_adds_up, ends_in_time, init, spans, stats, to};

fn signal(name: &str, process: u32) {
    assert!(Command::new("kill").args([name, &process.to_string()]).status().unwrap().success());
}

#[test]
fn a_signal_to_end_exports_what_has_ended() {
    const NAME: &str = "a_signal_to_end_exports_what_has_ended";
    if child::is(NAME) {
        child::ends_by_itself();
        let _guard = init(to(&std::env::var("TEST_ENDPOINT").unwrap()).timeout(LONG));
        traced::flush_on_signal().unwrap();
        spans(100);
        println!("\nready");
        std::io::stdout().flush().unwrap();
        loop {
            std::thread::park();
        }
    }
    for name in ["-TERM", "-INT"] {
        let receiver = Receiver::start();
        let mut command = child::command(NAME, &[("TEST_ENDPOINT", &receiver.endpoint())]);
        let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "ready"));
        signal(name, process.id());
        assert!(!process.wait().unwrap().success(), "{name} ends the process");
        assert_eq!(receiver.spans().len(), 100, "{name}");
    }
}

/// Forks as often as is said, each child from the one before; each one records while its parent waits.
fn chain(endpoint: &str, processes: usize) {
    let guard = init(to(endpoint).timeout(LONG));
    spans(10);
    if processes == 1 {
        guard.shutdown(LONG).unwrap();
        return;
    }
    match fork::fork().unwrap() {
        fork::Fork::Child => {
            child::ends_by_itself();
            forked(endpoint, processes - 1);
            std::process::exit(0);
        }
        fork::Fork::Parent(child) => assert_eq!(fork::waitpid(child).unwrap(), 0, "process {processes}"),
    }
    guard.shutdown(LONG).unwrap();
}

fn forked(endpoint: &str, left: usize) {
    let exporter = to(endpoint).timeout(LONG).build().unwrap();
    let guard = traced::builder().exporter(exporter).init_after_fork().unwrap();
    spans(10);
    if left > 1 {
        match fork::fork().unwrap() {
            fork::Fork::Child => {
                child::ends_by_itself();
                forked(endpoint, left - 1);
                std::process::exit(0);
            }
            fork::Fork::Parent(child) => assert_eq!(fork::waitpid(child).unwrap(), 0, "{left} were left"),
        }
    }
    guard.shutdown(LONG).unwrap();
}

#[test]
fn nine_processes_in_a_chain_of_forks_export_their_own() {
    const NAME: &str = "nine_processes_in_a_chain_of_forks_export_their_own";
    if child::is(NAME) {
        return chain(&std::env::var("TEST_ENDPOINT").unwrap(), 9);
    }
    let receiver = Receiver::start();
    child::succeeds(NAME, child::command(NAME, &[("TEST_ENDPOINT", &receiver.endpoint())]));
    let ids: std::collections::HashSet<_> = receiver.spans().iter().map(|span| span.span_id.clone()).collect();
    assert_eq!((receiver.spans().len(), ids.len()), (90, 90));
}

#[test]
fn a_process_that_stands_still_loses_nothing_and_comes_back_without_a_burst() {
    const NAME: &str = "a_process_that_stands_still_loses_nothing_and_comes_back_without_a_burst";
    if child::is(NAME) {
        child::ends_by_itself();
        let guard = init(to(&std::env::var("TEST_ENDPOINT").unwrap()));
        spans(10);
        traced::flush(LONG).unwrap();
        let start = Instant::now();
        println!("\nready");
        std::io::stdout().flush().unwrap();
        while start.elapsed() < Duration::from_millis(1_500) {
            spans(10);
            std::thread::sleep(Duration::from_millis(10));
        }
        let _ = traced::flush(LONG);
        all_arrive();
        println!("\nstarted {}", traced::stats().started);
        ends_in_time(guard, LONG);
        return;
    }
    let receiver = Receiver::start();
    let mut command = child::command(NAME, &[("TEST_ENDPOINT", &receiver.endpoint())]);
    let mut process = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
    assert!(lines.any(|line| line == "ready"));
    receiver.wait_for(LONG, |spans| spans.len() > 50).unwrap();
    signal("-STOP", process.id());
    // For longer than a request may take. The receiver closes the connection meanwhile, as load balancers do.
    std::thread::sleep(Duration::from_millis(900));
    receiver.go_away();
    receiver.come_back();
    let before = receiver.requests().len();
    signal("-CONT", process.id());
    let started = lines.find_map(|line| line.strip_prefix("started ").map(|number| number.parse::<usize>().unwrap()));
    assert!(process.wait().unwrap().success());
    let ids: std::collections::HashSet<_> = receiver.spans().iter().map(|span| span.span_id.clone()).collect();
    assert_eq!(Some(ids.len()), started);
    let after = receiver.requests().len() - before;
    assert!(after < 100, "{after} requests after it went on");
}

/// Where Debian and others have the library that shows a program another time.
const FAKETIME: [&str; 3] = [
    "/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1",
    "/usr/lib/faketime/libfaketime.so.1",
];

#[test]
fn a_wall_clock_that_steps_makes_no_span_end_before_it_starts_and_moves_no_deadline() {
    const NAME: &str = "a_wall_clock_that_steps_makes_no_span_end_before_it_starts_and_moves_no_deadline";
    if child::is(NAME) {
        return stepping(&std::env::var("FAKETIME_TIMESTAMP_FILE").unwrap());
    }
    let Some(library) = FAKETIME.into_iter().find(|path| std::path::Path::new(path).exists()) else {
        eprintln!("{NAME}: skipped, since there is no libfaketime (`apt-get install libfaketime`)");
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("time");
    std::fs::write(&file, "+0").unwrap();
    let receiver = Receiver::start();
    let variables = [
        ("LD_PRELOAD", library),
        ("FAKETIME_TIMESTAMP_FILE", file.to_str().unwrap()),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("TEST_ENDPOINT", &receiver.endpoint()),
    ];
    child::succeeds(NAME, child::command(NAME, &variables));
    let spans = receiver.spans();
    assert_eq!(spans.len(), 5, "{spans:?}");
    for span in &spans {
        let lasted = span.end_time_unix_nano.checked_sub(span.start_time_unix_nano);
        assert!(lasted.is_some_and(|lasted| lasted < 10_000_000_000), "{}: {lasted:?}", span.name);
    }
    let start = |name: &str| spans.iter().find(|span| span.name == name).unwrap().start_time_unix_nano;
    let hour = 3_600_000_000_000;
    assert!(start("after +1h").abs_diff(start("before") + hour) < hour / 6, "the wall clock is followed");
    assert!(start("after -1h").abs_diff(start("before") - hour) < hour / 6, "also back");
}

/// Spans around two steps of the wall clock.
fn stepping(file: &str) {
    let guard = init(to(&std::env::var("TEST_ENDPOINT").unwrap()).timeout(LONG));
    Span::start("before").end();
    for step in ["+1h", "-1h"] {
        let open = Span::start(format!("during {step}"));
        std::fs::write(file, step).unwrap();
        // The offset is looked at once a second.
        std::thread::sleep(Duration::from_millis(2_200));
        open.end();
        Span::start(format!("after {step}")).end();
        let start = Instant::now();
        traced::flush(LONG).unwrap();
        assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
        assert_adds_up();
    }
    assert_eq!(stats().exported, 5);
    ends_in_time(guard, LONG);
}
