//! What the console exporter prints, and when.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use traced::{
    ConsoleExporter, Guard, KeyValue, Resource, Span, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId,
    TraceState,
};

/// Longer than anything here takes; only a failure waits for it.
const LONG: Duration = Duration::from_secs(20);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What was printed.
#[derive(Clone, Default)]
struct Screen(Arc<Mutex<Vec<u8>>>);

impl Write for Screen {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

struct Program {
    screen: Screen,
    guard: Option<Guard>,
    _alone: MutexGuard<'static, ()>,
}

impl Program {
    fn start() -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        let screen = Screen::default();
        let resource = Resource::new([KeyValue::new("service.name", "shop")], "");
        let exporter = ConsoleExporter::writer(screen.clone()).width(80);
        let guard = traced::builder().exporter(exporter).resource(resource).init().unwrap();
        Self { screen, guard: Some(guard), _alone: alone }
    }

    fn text(&self) -> String {
        String::from_utf8(self.screen.0.lock().unwrap().clone()).unwrap()
    }

    /// Waits until so many lines were printed, without a flush.
    fn wait_for_lines(&self, lines: usize) -> String {
        let deadline = Instant::now() + LONG;
        while self.text().lines().count() < lines {
            assert!(Instant::now() < deadline, "{lines} lines expected: {}", self.text());
            std::thread::yield_now();
        }
        self.text()
    }

    fn end(&mut self) -> String {
        self.guard.take().unwrap().shutdown(LONG).unwrap();
        self.text()
    }
}

fn child(name: &'static str, parent: &Span) -> Span {
    Span::builder(name).parent(parent.context()).start()
}

/// The text without bars, durations and indentation: of each line, the first column.
fn names(text: &str) -> Vec<&str> {
    text.lines().map(|line| line.trim_start().split("  ").next().unwrap().trim_end()).collect()
}

#[test]
fn a_trace_is_printed_when_its_root_has_ended() {
    let mut program = Program::start();
    let root = Span::builder("checkout").kind(SpanKind::Server).start();
    let failed = child("charge", &root);
    failed.set_attribute("order.id", 42);
    failed.add_event("tried", &[KeyValue::new("attempt", 1)]);
    failed.set_status(Status::error("card declined"));
    failed.end();
    Span::builder("other").root().start().end();
    let other = program.wait_for_lines(2);
    assert_eq!(names(&other)[1..], ["other"], "the root of the first trace has not ended: {other}");
    root.end();
    let text = program.wait_for_lines(8);
    assert_eq!(names(&text)[3..6], ["checkout", "checkout", "└─ charge"], "{text}");
    let lines = text.lines().skip(3).collect::<Vec<_>>();
    assert!(lines[0].contains("2 spans  1 error  shop"), "{text}");
    assert!(lines[1].contains("server"), "{text}");
    assert!(lines[2].ends_with("✗ card declined"), "{text}");
    assert_eq!(lines[3].trim(), "order.id=42", "{text}");
    assert!(lines[4].contains("· tried") && lines[4].ends_with("attempt=1"), "{text}");
    assert_eq!(program.end(), text, "nothing is printed twice");
}

#[test]
fn late_spans_are_printed_as_a_continuation() {
    let mut program = Program::start();
    let root = Span::start("root");
    let task = child("task", &root);
    let step = child("step", &task);
    root.end();
    program.wait_for_lines(2);
    step.end();
    let unrelated = Span::builder("unrelated").root().start();
    unrelated.end();
    let text = program.wait_for_lines(5);
    assert!(!text.contains("step"), "its parent has not ended: {text}");
    task.end();
    let text = program.wait_for_lines(9);
    assert_eq!(names(&text)[6..], ["task (continued)", "task", "└─ step"], "{text}");
    assert!(!text.contains('◌'), "{text}");
    assert_eq!(program.end(), text);
}

#[test]
fn a_remote_parent_is_no_missing_parent() {
    let mut program = Program::start();
    let (trace_id, span_id) = (TraceId::from_u128(0xabc), SpanId::from_u64(7));
    let remote = SpanContext::remote(trace_id, span_id, TraceFlags::SAMPLED, TraceState::default());
    let parent = traced::Context::new().with_span_context(remote);
    Span::builder("handler").parent(parent).start().end();
    let text = program.end();
    assert!(text.contains("trace 00000000000000000000000000000abc") && !text.contains('◌'), "{text}");
}

#[traced::traced(kind = client)]
fn caller() -> HashMap<String, String> {
    let mut headers = HashMap::new();
    traced::propagation::inject(&mut headers);
    callee(&headers);
    headers
}

#[traced::traced(kind = server, parent = headers)]
fn callee(headers: &HashMap<String, String>) {
    step(headers.len());
}

#[traced::traced]
fn step(_headers: usize) {}

#[test]
fn a_process_that_calls_itself_is_one_tree() {
    let mut program = Program::start();
    caller();
    let text = program.end();
    assert_eq!(names(&text), ["caller", "caller", "└─ callee", "└─ step"], "{text}");
    assert!(text.contains("3 spans") && !text.contains('◌'), "{text}");
}

#[test]
fn what_a_process_calls_of_its_own_waits_for_the_caller_and_late_calls_continue() {
    let mut program = Program::start();
    let root = Span::start("root");
    let headers = {
        let _in = root.attach();
        caller()
    };
    Span::builder("unrelated").root().start().end();
    let text = program.wait_for_lines(2);
    assert_eq!(names(&text)[1..], ["unrelated"], "the root has not ended: {text}");
    root.end();
    program.wait_for_lines(7);
    callee(&headers);
    let text = program.end();
    let expected = ["root", "root", "└─ caller", "└─ callee", "└─ step"];
    assert_eq!(names(&text)[3..8], expected, "{text}");
    assert_eq!(names(&text)[9..], ["callee (continued)", "callee", "└─ step"], "{text}");
    assert!(!text.contains('◌'), "{text}");
}

#[test]
fn a_flush_prints_what_has_not_finished() {
    let mut program = Program::start();
    let root = Span::start("root");
    child("done", &root).end();
    traced::flush(LONG).unwrap();
    let text = program.text();
    assert_eq!(names(&text), ["done (unfinished)", "◌ done"], "{text}");
    root.end();
    let text = program.end();
    assert_eq!(names(&text)[3..], ["root (continued)", "root"], "{text}");
}

#[test]
fn what_waits_for_its_root_is_bounded() {
    let mut program = Program::start();
    let root = Span::start("root");
    let text = "x".repeat(100_000);
    for _ in 0..100 {
        let part = child("part", &root);
        part.set_attribute("text", text.as_str());
        part.end();
    }
    program.wait_for_lines(2);
    assert!(program.text().contains("part (unfinished)"));
    root.end();
    assert!(program.end().contains("root (continued)"));
}

/// The command of a child process that prints one trace, when its input ends, and ends.
fn printing_child() -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "child_process_prints", "--nocapture", "--quiet"]).env("CONSOLE_CHILD", "1");
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    for name in ["NO_COLOR", "CLICOLOR_FORCE", "TERM"] {
        command.env_remove(name);
    }
    command
}

/// Does something only as a child process of the tests below.
#[test]
fn child_process_prints() {
    if std::env::var_os("CONSOLE_CHILD").is_none() {
        return;
    }
    io::copy(&mut io::stdin(), &mut io::sink()).unwrap();
    let guard = traced::builder().exporter(ConsoleExporter::stdout()).init().unwrap();
    Span::start("from the child").end();
    let printed = guard.shutdown(LONG);
    let stats = traced::stats();
    assert_eq!(stats.exporters[0].failed, u64::from(printed.is_err()));
}

#[test]
fn colours_follow_the_environment() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    for (variables, colored) in
        [(&[][..], false), (&["CLICOLOR_FORCE"], true), (&["CLICOLOR_FORCE", "NO_COLOR"], false)]
    {
        let mut command = printing_child();
        variables.iter().for_each(|name| _ = command.env(name, "1"));
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && text.contains("from the child"), "{text}");
        assert_eq!(text.contains("\u{1b}["), colored, "{variables:?}: {text:?}");
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let mut child = printing_child().stdin(Stdio::piped()).spawn().unwrap();
    // The test harness in the child prints first, and fails itself if it cannot.
    let mut output = BufReader::new(child.stdout.take().unwrap());
    while !output.fill_buf().unwrap().starts_with(b"running 1 test\n") {
        output.consume(1);
    }
    drop(output);
    drop(child.stdin.take());
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!errors.contains("panicked at runtime") && errors.contains("traces cannot be printed"), "{errors}");
}
