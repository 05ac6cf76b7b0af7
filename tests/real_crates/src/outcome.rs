//! What the compiler and a crate's own tests say of a copy.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Crate;
use crate::package::{Package, cargo};

/// A test process that takes longer hangs.
const PATIENCE: &str = "900";

/// What came of one copy.
#[derive(Default)]
pub(crate) struct Outcome {
    pub(crate) errors: BTreeSet<String>,
    pub(crate) warnings: BTreeSet<String>,
    pub(crate) passed: u64,
    pub(crate) failed: BTreeSet<String>,
    /// Of the tests alone, as they say themselves.
    pub(crate) took: f64,
}

/// Checks a copy, and runs its tests.
pub(crate) fn outcome(it: &Crate, package: &Package, target: &Path) -> Outcome {
    let mut outcome = Outcome::default();
    diagnose(
        &mut outcome,
        with(cargo(&package.folder), it, target, "check").args(["--tests", "--message-format=json"]),
    );
    if !outcome.errors.is_empty() {
        return outcome;
    }
    test(&mut outcome, it, package, target);
    outcome
}

fn with(mut command: Command, it: &Crate, target: &Path, verb: &str) -> Command {
    command.arg(verb).arg("--lib").args(it.arguments.split_whitespace());
    command.env("CARGO_TARGET_DIR", target).env("CARGO_INCREMENTAL", "0").env("CARGO_PROFILE_DEV_DEBUG", "0");
    command
}

/// Errors and warnings, each by its kind and its place.
fn diagnose(outcome: &mut Outcome, check: &mut Command) {
    let output = check.stderr(Stdio::inherit()).output().expect("cargo runs");
    let messages = String::from_utf8_lossy(&output.stdout).into_owned();
    for message in messages.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()) {
        let said = &message["message"];
        let place = &said["spans"][0];
        let code = said["code"]["code"].as_str().unwrap_or_default();
        let line = format!("{}:{} {code}", place["file_name"].as_str().unwrap_or_default(), place["line_start"]);
        match said["level"].as_str() {
            Some("warning") if !place.is_null() => outcome.warnings.insert(line),
            Some("error") if !place.is_null() => outcome.errors.insert(format!("{line}: {}", said["message"])),
            _ => false,
        };
    }
    if !output.status.success() && outcome.errors.is_empty() {
        outcome.errors.insert(String::from("cargo failed"));
    }
}

fn test(outcome: &mut Outcome, it: &Crate, package: &Package, target: &Path) {
    let cargo = with(cargo(&package.folder), it, target, "test");
    let mut command = Command::new("timeout");
    command.arg(PATIENCE).arg(cargo.get_program()).args(cargo.get_args()).current_dir(&package.folder);
    command.envs(cargo.get_envs().filter_map(|(name, value)| Some((name, value?))));
    command.args(["--tests", "--no-fail-fast"]);
    let output = command.output().expect("`timeout` runs");
    let (said, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for line in said.lines() {
        if let Some(name) = line.strip_prefix("test ").and_then(|rest| rest.split_once(" ... FAILED")) {
            outcome.failed.insert(name.0.to_owned());
        } else if let Some(result) = line.strip_prefix("test result: ") {
            let words: Vec<_> = result.split_whitespace().collect();
            let before = |word: &str| words.iter().position(|it| it.starts_with(word)).and_then(|at| at.checked_sub(1));
            outcome.passed += before("passed").and_then(|at| words[at].parse::<u64>().ok()).unwrap_or(0);
            outcome.took += words.last().and_then(|time| time.trim_end_matches('s').parse::<f64>().ok()).unwrap_or(0.0);
        }
    }
    // A process that ended without saying how.
    let died = |line: &&str| line.contains("process didn't exit successfully") && line.contains("signal");
    outcome.failed.extend(errors.lines().filter(died).map(|line| line.trim().to_owned()));
    if output.status.code() == Some(124) {
        outcome.failed.insert(String::from("hangs"));
    }
    if !output.status.success() && outcome.failed.is_empty() {
        outcome.failed.insert(errors.lines().last().unwrap_or("ended without a word").to_owned());
    }
}
