//! Instructions per span, counted by callgrind: exact and repeatable, however busy the machine is.
//!
//! ```text
//! cargo bench --bench instructions --no-default-features -- [--caller-only] [--only children,error] [--save counts.txt]
//! ```
//!
//! Each scenario runs in a process of its own, once with N and once with 2 N bursts; the difference is what N more
//! bursts cost, without any start-up. The calling thread's counts repeat to the instruction. Those of the exporter's
//! thread depend a little on how much it finds whenever it wakes, so they are shown, not compared.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use traced_benches::arguments::Arguments;
use traced_benches::ours;
use traced_benches::process;
use traced_benches::scenario::Scenario;

/// Bursts in the smaller of two runs.
const BURSTS: u64 = 4;
/// Bursts before those that are counted.
const WARM_UP: u64 = 3;

const SCENARIOS: [Scenario; 9] = [
    Scenario::Root,
    Scenario::Children,
    Scenario::Attributes,
    Scenario::Nested,
    Scenario::Awaiting,
    Scenario::Failing,
    Scenario::Event,
    Scenario::Unsampled,
    Scenario::Disabled,
];

fn main() {
    let arguments = Arguments::of_process();
    match arguments.value("--role") {
        Some(name) => {
            let scenario = Scenario::named(name).expect("a scenario's name");
            run_role(scenario, arguments.number("--bursts").expect("a number of bursts"));
        }
        None => count_all(&arguments),
    }
}

/// What is counted: bursts of some thousand spans, each flushed, so that what one needs the pools have from the ones
/// before, whenever the exporter's thread comes to run.
fn run_role(scenario: Scenario, bursts: u64) {
    let is_on = scenario != Scenario::Disabled;
    if is_on {
        ours::install(scenario != Scenario::Unsampled);
    }
    let trace = match scenario {
        Scenario::Root => ours::root,
        Scenario::Attributes => ours::attributes,
        Scenario::Nested => ours::nested,
        Scenario::Awaiting => ours::awaiting,
        Scenario::Failing => ours::failing,
        Scenario::Event => ours::event,
        _ => ours::children,
    };
    let flush = if is_on { ours::flush } else { || () };
    for burst in 0..WARM_UP + bursts {
        if burst < WARM_UP {
            (0..scenario.traces_per_burst()).for_each(|_| trace());
        } else {
            measured(trace, scenario.traces_per_burst());
        }
        flush();
    }
    println!("{}", ours::arrived());
}

/// Callgrind counts the calling thread only in here: `init` calibrates a clock, which takes as long as it takes.
#[inline(never)]
fn measured(trace: fn(), traces: u64) {
    (0..traces).for_each(|_| trace());
}

fn count_all(arguments: &Arguments) {
    if Command::new("valgrind").arg("--version").stdout(Stdio::null()).status().is_err() {
        println!("skipped: valgrind is not installed (apt-get install valgrind)");
        return;
    }
    let mut counts = String::new();
    println!("| instructions per span | calling thread | exporter thread |\n|---|--:|--:|");
    for scenario in SCENARIOS {
        if arguments.words("--only").is_some_and(|words| !words.contains(&scenario.name())) {
            continue;
        }
        let both = scenario.records() && !arguments.has("--caller-only");
        let (once, twice) = (count(scenario, BURSTS, both), count(scenario, 2 * BURSTS, both));
        let spans = (BURSTS * scenario.traces_per_burst() * scenario.spans_per_trace()) as f64;
        let caller = twice.caller.saturating_sub(once.caller) as f64 / spans;
        let exporter = twice.exporter.saturating_sub(once.exporter) as f64 / spans;
        println!("| {} | {caller:.1} | {exporter:.1} |", scenario.title());
        let _ = writeln!(counts, "{} {caller:.1}", scenario.name());
    }
    if let Some(path) = arguments.value("--save") {
        fs::write(path, counts).expect("the counts can be written");
    }
}

/// Instructions of one run.
struct Counted {
    caller: u64,
    exporter: u64,
}

/// Two runs of valgrind: what a toggle does to other threads is not said, so each thread gets its own.
fn count(scenario: Scenario, bursts: u64, both: bool) -> Counted {
    let caller = run(scenario, bursts, &["--toggle-collect=*instructions::measured*"]).caller;
    let exporter = if both { run(scenario, bursts, &[]).exporter } else { 0 };
    Counted { caller, exporter }
}

fn run(scenario: Scenario, bursts: u64, options: &[&str]) -> Counted {
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
        .args(["--role", scenario.name(), "--bursts", &bursts.to_string()])
        .output()
        .expect("valgrind was there a moment ago");
    let expected = scenario.expected((WARM_UP + bursts) * scenario.traces_per_burst()).spans;
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(said.trim(), expected.to_string(), "spans arrived");
    let counted = read(&folder);
    fs::remove_dir_all(&folder).expect("it was ours");
    counted
}

/// Adds up callgrind's files: one for each thread, the first being the main thread's.
fn read(folder: &Path) -> Counted {
    let mut counted = Counted { caller: 0, exporter: 0 };
    for file in fs::read_dir(folder).expect("callgrind wrote there").flatten() {
        let text = fs::read_to_string(file.path()).expect("callgrind writes text");
        let totals = text.lines().rev().find_map(|line| line.strip_prefix("totals: ")?.trim().parse::<u64>().ok());
        let total = totals.unwrap_or(0);
        if text.lines().take(20).any(|line| line == "thread: 1") {
            counted.caller += total;
        } else {
            counted.exporter += total;
        }
    }
    counted
}
