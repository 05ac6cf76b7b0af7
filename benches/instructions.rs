//! Instructions per span, counted by callgrind: exact and repeatable, however busy the machine is.
//!
//! ```text
//! cargo bench --bench instructions --no-default-features -- [--caller-only] [--only children,error] [--save counts.txt]
//! cargo bench --bench instructions -- --contenders all
//! ```
//!
//! Each scenario runs in a process of its own, once with N and once with 2 N bursts; the difference is what N more
//! bursts cost, without any start-up. The calling thread's counts repeat to the instruction. Those of the other threads
//! depend a little on how much they find whenever they wake, so they are shown, not compared.

use std::fmt::Write;
use std::fs;

use traced_benches::arguments::Arguments;
use traced_benches::callgrind::{self, Counted, measured};
use traced_benches::ours;
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

/// What can be counted.
#[derive(Clone, Copy)]
struct Library {
    name: &'static str,
    set_up: fn(Scenario),
    flush: fn(Scenario),
    trace: fn(Scenario) -> fn(),
    takes_part: fn(Scenario) -> bool,
}

const OURS: Library = Library {
    name: "traced",
    set_up: |scenario| {
        if scenario != Scenario::Disabled {
            ours::install(scenario != Scenario::Unsampled);
        }
    },
    flush: |scenario| {
        if scenario != Scenario::Disabled {
            ours::flush();
        }
    },
    trace: |scenario| match scenario {
        Scenario::Root => ours::root,
        Scenario::Attributes => ours::attributes,
        Scenario::Nested => ours::nested,
        Scenario::Awaiting => ours::awaiting,
        Scenario::Failing => ours::failing,
        Scenario::Event => ours::event,
        _ => ours::children,
    },
    takes_part: |_| true,
};

#[cfg(not(feature = "peers"))]
fn libraries() -> Vec<Library> {
    vec![OURS]
}

#[cfg(feature = "peers")]
fn libraries() -> Vec<Library> {
    use traced_benches::contender::by_hand::ByHand;
    use traced_benches::contender::emitted::Emit;
    use traced_benches::contender::fast::{Fastrace, Null, OpenTelemetry};
    use traced_benches::contender::tracing_macros::{AsItComes, Lean, TracedLayer, Tracing};
    vec![
        OURS,
        peer::<Tracing<AsItComes>>(),
        peer::<Tracing<Lean>>(),
        peer::<Tracing<TracedLayer>>(),
        peer::<ByHand>(),
        peer::<Fastrace<Null>>(),
        peer::<Fastrace<OpenTelemetry>>(),
        peer::<Emit>(),
    ]
}

#[cfg(feature = "peers")]
fn peer<C: traced_benches::contender::Contender>() -> Library {
    use traced_benches::contender::SetUp;
    Library {
        name: C::NAME,
        set_up: |scenario| C::set_up(SetUp::of(scenario)),
        flush: |_| C::flush(),
        trace: |scenario| match scenario {
            Scenario::Root => C::root,
            Scenario::Attributes => C::attributes,
            Scenario::Nested => C::nested,
            Scenario::Awaiting => C::awaiting,
            Scenario::Failing => C::failing,
            Scenario::Event => C::event,
            _ => C::children,
        },
        takes_part: C::takes_part,
    }
}

fn main() {
    let arguments = Arguments::of_process();
    match arguments.value("--role") {
        Some(name) => {
            let library = libraries().into_iter().find(|library| library.name == name).expect("a contender's name");
            let scenario = arguments.value("--scenario").and_then(Scenario::named).expect("a scenario's name");
            run_role(&library, scenario, arguments.number("--bursts").expect("a number of bursts"));
        }
        None => count_all(&arguments),
    }
}

/// What is counted: bursts of some thousand spans, each flushed, so that what one needs the pools have from the ones
/// before, whenever the exporter's thread comes to run.
fn run_role(library: &Library, scenario: Scenario, bursts: u64) {
    (library.set_up)(scenario);
    let trace = (library.trace)(scenario);
    for burst in 0..WARM_UP + bursts {
        if burst < WARM_UP {
            (0..scenario.traces_per_burst()).for_each(|_| trace());
        } else {
            measured(trace, scenario.traces_per_burst());
        }
        (library.flush)(scenario);
    }
    println!("{}", ours::arrived());
}

fn count_all(arguments: &Arguments) {
    if !callgrind::is_installed() {
        println!("skipped: valgrind is not installed (apt-get install valgrind)");
        return;
    }
    let mut counts = String::new();
    println!("| instructions per span | | calling thread | other threads |\n|---|---|--:|--:|");
    for scenario in SCENARIOS {
        if arguments.words("--only").is_some_and(|words| !words.contains(&scenario.name())) {
            continue;
        }
        for library in chosen(arguments).filter(|library| (library.takes_part)(scenario)) {
            let both = scenario.records() && !arguments.has("--caller-only");
            let (once, twice) = (count(&library, scenario, BURSTS, both), count(&library, scenario, 2 * BURSTS, both));
            let spans = (BURSTS * scenario.traces_per_burst() * scenario.spans_per_trace()) as f64;
            let caller = twice.caller.saturating_sub(once.caller) as f64 / spans;
            let others = twice.others.saturating_sub(once.others) as f64 / spans;
            println!("| {} | {} | {caller:.1} | {others:.1} |", scenario.title(), library.name);
            let _ = writeln!(counts, "{} {caller:.1}", scenario.name());
        }
    }
    if let Some(path) = arguments.value("--save") {
        fs::write(path, counts).expect("the counts can be written");
    }
}

/// Those whose names start with a word that was asked for; without a word, only ours.
fn chosen(arguments: &Arguments) -> impl Iterator<Item = Library> {
    let names = arguments.words("--contenders").unwrap_or_else(|| vec![OURS.name]);
    libraries()
        .into_iter()
        .filter(move |library| names.iter().any(|name| *name == "all" || library.name.starts_with(name)))
}

/// Two runs of valgrind: what a toggle does to other threads is not said, so each thread gets its own.
fn count(library: &Library, scenario: Scenario, bursts: u64, both: bool) -> Counted {
    let arguments = ["--role", library.name, "--scenario", scenario.name(), "--bursts", &bursts.to_string()];
    let expected = scenario.expected((WARM_UP + bursts) * scenario.traces_per_burst()).spans;
    let caller = callgrind::caller(&arguments, expected);
    let others = if both { callgrind::all(&arguments, expected).others } else { 0 };
    Counted { caller, others }
}
