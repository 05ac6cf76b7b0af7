//! Puts `#[traced]` on every function of crates that nobody here wrote, compiles them bare and annotated, runs their own
//! tests with recording on in every test process, and prints what differs as a table.
//!
//! ```text
//! cargo run -p traced-real-crates -- FOLDER [crate ..]
//! ```
//!
//! Copies and compiled code go into `FOLDER`. Takes some two minutes a crate; ends with an error when annotated code has
//! an error, a warning or a failed test that bare code does not have.

#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "it is a program for the terminal")]

mod annotate;
mod outcome;
mod package;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use outcome::{Outcome, outcome};

/// A crate as it is published.
struct Crate {
    name: &'static str,
    version: &'static str,
    /// Of cargo.
    arguments: &'static str,
}

/// Of different styles: bytes and parsers, collections, generics over everything, streams, services, a whole server.
const CRATES: [Crate; 13] = [
    Crate { name: "semver", version: "1.0.28", arguments: "" },
    Crate { name: "smallvec", version: "1.16.5", arguments: "" },
    Crate { name: "bytes", version: "1.12.1", arguments: "" },
    Crate { name: "regex-syntax", version: "0.8.11", arguments: "" },
    Crate { name: "httparse", version: "1.10.1", arguments: "" },
    Crate { name: "tokio-stream", version: "0.1.19", arguments: "--all-features" },
    Crate { name: "tokio-util", version: "0.7.20", arguments: "--all-features" },
    Crate { name: "tower", version: "0.5.3", arguments: "--all-features" },
    Crate { name: "mini-redis", version: "0.4.1", arguments: "" },
    Crate { name: "http", version: "1.5.0", arguments: "" },
    Crate { name: "url", version: "2.5.8", arguments: "" },
    Crate { name: "indexmap", version: "2.14.2", arguments: "" },
    Crate { name: "hyper", version: "1.12.0", arguments: "--features full" },
];

/// How a crate is annotated.
#[derive(Clone, Copy)]
enum Mode {
    Bare,
    Annotated,
    Args,
}

impl Mode {
    const ALL: [Self; 3] = [Self::Bare, Self::Annotated, Self::Args];

    fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::Annotated => "annotated",
            Self::Args => "args",
        }
    }

    fn attribute(self) -> Option<&'static str> {
        match self {
            Self::Bare => None,
            Self::Annotated => Some("#[::traced::traced]"),
            Self::Args => Some("#[::traced::traced(args)]"),
        }
    }
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let work = PathBuf::from(arguments.next().expect("the folder to work in"));
    let wanted: BTreeSet<String> = arguments.collect();
    let folders = package::fetch(&CRATES, &work);
    println!("| crate | functions | errors | warnings | tests that fail, of | tests, seconds |");
    println!("|---|--:|--:|--:|--:|--:|");
    let mut is_clean = true;
    for (it, folder) in CRATES.iter().zip(folders) {
        if wanted.is_empty() || wanted.contains(it.name) {
            is_clean &= compare(it, &folder, &work);
        }
    }
    if is_clean { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a crate's row; says whether annotated code is as good as bare code.
fn compare(it: &Crate, folder: &Path, work: &Path) -> bool {
    let target = work.join("target");
    let mut functions = 0;
    let outcomes = Mode::ALL.map(|mode| {
        let package = package::copy(it, folder, mode, work);
        functions = functions.max(package.functions);
        outcome(it, &package, &target)
    });
    let each = |show: &dyn Fn(&Outcome) -> String| outcomes.each_ref().map(show).join(" · ");
    println!(
        "| {} {} | {functions} | {} | {} | {} | {} |",
        it.name,
        it.version,
        each(&|it| it.errors.len().to_string()),
        each(&|it| it.warnings.len().to_string()),
        each(&|it| format!("{} of {}", it.failed.len(), it.passed + it.failed.len() as u64)),
        each(&|it| format!("{:.1}", it.took)),
    );
    let [bare, annotated @ ..] = &outcomes;
    let mut is_clean = true;
    for (mode, outcome) in Mode::ALL[1..].iter().zip(annotated) {
        let new =
            [(&outcome.errors, &bare.errors), (&outcome.warnings, &bare.warnings), (&outcome.failed, &bare.failed)];
        for line in new.iter().flat_map(|(now, before)| now.difference(before)) {
            eprintln!("{}, {}: {line}", it.name, mode.name());
            is_clean = false;
        }
    }
    is_clean
}
