//! `traced` and its peers side by side. See README.md for the method.
//!
//! ```text
//! cargo bench --bench versus -- [--quick] [--rounds 31] [--only children,root] [--contenders bare,traced] [--svg plot.svg]
//! RUST_BACKTRACE=1 cargo bench --bench versus -- --backtrace --only error
//! ```

use std::fs;

use traced_benches::allocations::Counted;
use traced_benches::arguments::Arguments;
use traced_benches::contender::annotated::Traced;
use traced_benches::contender::bare::Bare;
use traced_benches::contender::by_hand::ByHand;
use traced_benches::contender::emitted::Emit;
use traced_benches::contender::fast::{Fastrace, Null, OpenTelemetry};
use traced_benches::contender::tracing_macros::{AsItComes, Lean, Nobody, TracedLayer, Tracing};
use traced_benches::machine;
use traced_benches::measure::{Entry, Measured};
use traced_benches::report::{Row, Table};
use traced_benches::scenario::Scenario;
use traced_benches::svg;

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// Bursts in a round; the first of a round, which warms up, is not counted.
const BURSTS: u64 = 4;

fn main() {
    let arguments = Arguments::of_process();
    match arguments.value("--role") {
        Some(name) => run_role(name, &arguments),
        None => compare(&arguments),
    }
}

fn contenders() -> Vec<Entry> {
    vec![
        Entry::of::<Bare>(),
        Entry::of::<Traced>(),
        Entry::of::<Tracing<Nobody>>(),
        Entry::of::<Tracing<AsItComes>>(),
        Entry::of::<Tracing<Lean>>(),
        Entry::of::<Tracing<TracedLayer>>(),
        Entry::of::<ByHand>(),
        Entry::of::<Fastrace<Null>>(),
        Entry::of::<Fastrace<OpenTelemetry>>(),
        Entry::of::<Emit>(),
    ]
}

fn run_role(name: &str, arguments: &Arguments) {
    let entry = contenders().into_iter().find(|entry| entry.name == name).expect("a contender's name");
    let scenario = arguments.value("--scenario").and_then(Scenario::named).expect("a scenario's name");
    entry.run_role(scenario);
}

fn compare(arguments: &Arguments) {
    let quick = arguments.has("--quick");
    let rounds = arguments.number("--rounds").unwrap_or(if quick { 3 } else { 31 });
    println!("# versus: {rounds} rounds of {BURSTS} bursts\n\n{}", machine::describe());
    let scenarios = Scenario::ALL.into_iter().filter(|scenario| chosen(arguments, "--only", scenario.name()));
    let mut tables = Vec::new();
    for scenario in scenarios {
        let table = run(scenario, rounds, |entry| chosen(arguments, "--contenders", entry.name));
        println!("{}", table.markdown());
        tables.push(table);
    }
    if let Some(path) = arguments.value("--svg") {
        let caption =
            format!("Nanoseconds per span on the calling thread, minimum of {rounds} rounds; {}", machine::cpu());
        fs::write(path, svg::plot(&tables, &caption)).expect("the plot can be written");
    }
    println!("every span arrived");
}

fn chosen(arguments: &Arguments, flag: &str, name: &str) -> bool {
    arguments.words(flag).is_none_or(|words| words.iter().any(|word| name.starts_with(word)))
}

/// All contenders in one scenario, in turns, each in its own process.
fn run(scenario: Scenario, rounds: u64, chosen: impl Fn(&Entry) -> bool) -> Table {
    let entries = contenders().into_iter().filter(|entry| entry.takes_part(scenario) && chosen(entry));
    let mut running: Vec<_> = entries.map(|entry| Measured::start(entry, scenario)).collect();
    for _ in 0..rounds {
        for measured in &mut running {
            measured.round(BURSTS);
        }
    }
    for measured in &mut running {
        measured.check();
    }
    Table { scenario, rows: running.iter().map(|measured| Row::of(measured, scenario)).collect() }
}
