//! Instructions of this program in another role, counted by callgrind.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process;

/// Instructions of one run.
#[derive(Clone, Copy, Debug)]
pub struct Counted {
    /// The main thread's.
    pub caller: u64,
    /// All others'.
    pub others: u64,
}

/// Whether valgrind is there.
#[must_use]
pub fn is_installed() -> bool {
    Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_ok()
}

/// Callgrind counts the calling thread only in here: `init` calibrates a clock, which takes as long as it takes.
#[inline(never)]
pub fn measured(trace: fn(), traces: u64) {
    (0..traces).for_each(|_| trace());
}

/// What the role executes within [`measured`]. It is to print how many spans arrived.
#[must_use]
pub fn caller(arguments: &[&str], expected: u64) -> u64 {
    run(arguments, expected, &["--toggle-collect=*callgrind::measured*"]).caller
}

/// All that the role executes.
#[must_use]
pub fn all(arguments: &[&str], expected: u64) -> Counted {
    run(arguments, expected, &[])
}

fn run(arguments: &[&str], expected: u64, options: &[&str]) -> Counted {
    let folder = std::env::temp_dir().join(format!("traced-instructions-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the temporary folder is writable");
    let program = std::env::current_exe().expect("a program knows its own path");
    let mut command = Command::new("valgrind");
    process::remove_settings(&mut command);
    let output = command
        .args(["--tool=callgrind", "--separate-threads=yes", "--quiet"])
        .args(options)
        .arg(format!("--callgrind-out-file={}", folder.join("out").display()))
        .arg(program)
        .args(arguments)
        .output()
        .expect("valgrind was there a moment ago");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.trim(), expected.to_string(), "spans arrived");
    let counted = read(&folder);
    fs::remove_dir_all(&folder).expect("it was ours");
    counted
}

/// Adds up callgrind's files: one for each thread, the first being the main thread's.
fn read(folder: &Path) -> Counted {
    let mut counted = Counted { caller: 0, others: 0 };
    for file in fs::read_dir(folder).expect("callgrind wrote there").flatten() {
        let text = fs::read_to_string(file.path()).expect("callgrind writes text");
        let totals = text.lines().rev().find_map(|line| line.strip_prefix("totals: ")?.trim().parse::<u64>().ok());
        let total = totals.unwrap_or(0);
        if text.lines().take(20).any(|line| line == "thread: 1") {
            counted.caller += total;
        } else {
            counted.others += total;
        }
    }
    counted
}
