//! Children of the bench that are the bench itself in another role, and what a process has used.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::arguments::Arguments;

/// This program running as something else, that answers each line with one line.
#[derive(Debug)]
pub struct Role {
    child: Child,
    requests: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Role {
    /// Starts this program once more with other arguments.
    ///
    /// # Panics
    ///
    /// When it can't be started.
    #[must_use]
    pub fn start(arguments: &[&str]) -> Self {
        let program = std::env::current_exe().expect("a program knows its own path");
        let mut command = Command::new(program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped());
        remove_settings(&mut command);
        let mut child = command.spawn().expect("this program runs, so it can be started once more");
        let requests = child.stdin.take();
        let answers = BufReader::new(child.stdout.take().expect("stdout is a pipe"));
        Self { child, requests, answers }
    }

    /// Sends a line and waits for the answer.
    ///
    /// # Panics
    ///
    /// When the other side has died; its stderr said why.
    pub fn ask(&mut self, request: &str) -> String {
        let pipe = self.requests.as_mut().expect("open until dropped");
        writeln!(pipe, "{request}").expect("the role has ended early");
        self.answer()
    }

    /// Waits for a line.
    ///
    /// # Panics
    ///
    /// When the other side has died.
    pub fn answer(&mut self) -> String {
        let mut line = String::new();
        let read = self.answers.read_line(&mut line).expect("the role writes text");
        assert!(read > 0, "the role has ended early: {:?}", self.child.wait());
        line.trim_end().to_owned()
    }
}

impl Drop for Role {
    fn drop(&mut self) {
        // End of input asks the role to end.
        drop(self.requests.take());
        let _ = self.child.wait();
    }
}

/// Takes out of a command's environment what would make libraries do other things than by default: capture a
/// backtrace for each error, unless `--backtrace` is among the arguments, or follow `OTEL_*` settings of this shell.
pub fn remove_settings(command: &mut Command) {
    let keeps_backtrace = Arguments::of_process().has("--backtrace");
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("OTEL_") || text.contains("BACKTRACE") && !keeps_backtrace {
            command.env_remove(&name);
        }
    }
}

/// Answers the lines on stdin until it ends.
///
/// # Panics
///
/// When stdin is not text or nobody reads the answers.
pub fn serve(mut answer: impl FnMut(&str) -> String) {
    for line in std::io::stdin().lines() {
        let line = line.expect("the bench writes text");
        let mut output = std::io::stdout().lock();
        writeln!(output, "{}", answer(&line)).and_then(|()| output.flush()).expect("the bench reads answers");
    }
}

/// CPU time of all threads of this process so far, ended ones included.
#[must_use]
pub fn cpu_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    Duration::try_from(time).unwrap_or_default()
}

/// CPU time of the children that have ended, to a hundredth of a second.
#[must_use]
pub fn cpu_time_of_children() -> Duration {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields are counted behind the program's name, which may hold anything.
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields).split_whitespace();
    let ticks: u64 = fields.skip(13).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * ticks)
}

/// The most memory this process has held so far, in KiB.
#[must_use]
pub fn peak_memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|value| value.trim().strip_suffix(" kB")?.trim().parse().ok()).unwrap_or(0)
}
