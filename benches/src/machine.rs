//! What the numbers were measured on.

use std::fs;
use std::process::Command;

/// Crates whose versions the report names.
const CRATES: [&str; 11] = [
    "traced",
    "tracing",
    "tracing-subscriber",
    "tracing-opentelemetry",
    "opentelemetry_sdk",
    "opentelemetry-otlp",
    "fastrace",
    "fastrace-opentelemetry",
    "emit",
    "emit_otlp",
    "tokio",
];

/// A few lines of markdown: machine, toolchain, crate versions.
#[must_use]
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load = load.split(' ').next().unwrap_or_default();
    format!(
        "- {date}, commit {commit}\n- {cpu}, {cores} core(s), Linux {kernel}, load {load} at the start\n- {rustc}, release profile\n- {versions}\n",
        date = output("date", &["-u", "+%F"]),
        commit = output("git", &["rev-parse", "--short", "HEAD"]),
        cpu = cpu(),
        kernel = kernel.trim(),
        rustc = output("rustc", &["--version"]),
        versions = versions(),
    )
}

/// The processor's name.
#[must_use]
pub fn cpu() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| line.strip_prefix("model name")?.split_once(':'));
    model.map_or_else(|| std::env::consts::ARCH.to_owned(), |(_, name)| name.trim().to_owned())
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    output.map_or_else(|_| "unknown".to_owned(), |output| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn versions() -> String {
    let lock = include_str!("../../Cargo.lock");
    let found = CRATES.iter().filter_map(|name| {
        let (_, rest) = lock.split_once(&format!("name = \"{name}\"\nversion = \""))?;
        Some(format!("{name} {}", rest.split('"').next()?))
    });
    found.collect::<Vec<_>>().join(", ")
}
