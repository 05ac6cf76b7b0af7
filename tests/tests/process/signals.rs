//! Signals, and what is said at the end.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "also in the helpers of tests")]

use std::future::Future as _;
use std::io::{BufRead as _, BufReader};
use std::os::unix::process::ExitStatusExt as _;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use traced::{ExportCall, ExportError, MemoryExporter, Span, SpanBatch, SpanExporter, traced};
use traced_tests::child;
use traced_tests::otlp::Decoded;

struct Unpark(std::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Waits for the signal, then goes on for ever, as a program that hangs while it shuts down.
fn hangs_when_told_to_end() {
    child::ends_by_itself();
    let mut signal = pin!(traced::shutdown_signal());
    let waker = Waker::from(Arc::new(Unpark(std::thread::current())));
    println!("\nready");
    while signal.as_mut().poll(&mut Context::from_waker(&waker)).is_pending() {
        std::thread::park();
    }
    println!("\nready");
    loop {
        std::thread::park();
    }
}

#[test]
fn second_signal_ends_the_process_at_once() {
    const NAME: &str = "second_signal_ends_the_process_at_once";
    if child::is(NAME) {
        return hangs_when_told_to_end();
    }
    for (name, number) in [("INT", 2), ("TERM", 15)] {
        let mut process = child::command(NAME, &[]).stdout(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
        for _ in 0..2 {
            assert!(lines.by_ref().any(|line| line.unwrap() == "ready"));
            assert!(
                Command::new("kill").args([format!("-{name}"), process.id().to_string()]).status().unwrap().success()
            );
        }
        assert_eq!(process.wait().unwrap().signal(), Some(number));
    }
}

#[test]
fn shutdown_signal_keeps_no_waker_of_futures_that_are_gone() {
    struct Nothing;

    impl Wake for Nothing {
        fn wake(self: Arc<Self>) {}
    }

    let nothing = Arc::new(Nothing);
    for _ in 0..100 {
        let mut signal = pin!(traced::shutdown_signal());
        // A task that moves between executors comes with another waker each time.
        for _ in 0..3 {
            let waker = Waker::from(Arc::clone(&nothing));
            assert_eq!(signal.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
        }
    }
    assert_eq!(Arc::strong_count(&nothing), 1);
}

#[traced]
fn goes_on(until: &std::sync::mpsc::Receiver<()>) {
    let _ = until.recv();
}

#[traced]
fn work() {}

#[test]
fn spans_that_are_open_at_the_end_are_named() {
    let said = child::run("spans_that_are_open_at_the_end_are_named", &[], || {
        let guard = traced::builder().exporter(Decoded::default()).init().unwrap();
        let (say, heard) = std::sync::mpsc::channel();
        let (stop, until) = std::sync::mpsc::channel();
        let thread = std::thread::spawn(move || {
            say.send(()).unwrap();
            goes_on(&until);
        });
        heard.recv().unwrap();
        while traced::stats().live == 0 {
            std::thread::yield_now();
        }
        work();
        let _by_hand = Span::start("by hand");
        drop(guard);
        drop(stop);
        thread.join().unwrap();
    });
    if let Some(said) = said {
        let lines: Vec<_> = said.lines().filter(|line| line.contains("still open")).collect();
        let [line] = lines.as_slice() else { panic!("{said}") };
        assert!(line.contains("2 of 3 spans") && line.contains("`goes_on` (") && !line.contains("`work`"), "{line}");
    }
}

/// Asks for its own flush, which nobody else can do.
struct WaitsForItself;

impl SpanExporter for WaitsForItself {
    fn export(&mut self, _batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        assert!(traced::flush(std::time::Duration::from_secs(3600)).unwrap_err().is_timeout());
        Ok(())
    }

    fn name(&self) -> &str {
        "waits for itself"
    }
}

#[test]
fn exporter_does_not_wait_for_itself() {
    child::run("exporter_does_not_wait_for_itself", &[], || {
        child::ends_by_itself();
        let memory = MemoryExporter::default();
        let guard = traced::builder().exporter(WaitsForItself).exporter(memory.clone()).init().unwrap();
        work();
        guard.shutdown(std::time::Duration::from_secs(30)).unwrap();
        assert_eq!(memory.spans().len(), 1);
    });
}
