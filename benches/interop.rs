//! What other libraries' spans cost in our trace: `tracing` through our layer beside tracing-opentelemetry, and our own
//! spans with the bridge to OpenTelemetry's API installed.
//!
//! ```text
//! cargo bench --bench interop -- [--quick] [--rounds 31] [--only children,event] [--no-time] [--no-instructions]
//! ```
//!
//! Instructions are exact and those of the calling thread; times are minima, of processes that take turns.

use traced_benches::allocations::Counted;
use traced_benches::arguments::Arguments;
use traced_benches::callgrind::{self, measured};
use traced_benches::contender::Contender;
use traced_benches::contender::annotated::{Bridged, Traced};
use traced_benches::contender::tracing_macros::{AsItComes, Lean, TracedLayer, Tracing};
use traced_benches::measure::{Entry, Measured};
use traced_benches::report::Row;
use traced_benches::scenario::Scenario;
use traced_benches::{machine, sink};

#[global_allocator]
static ALLOCATOR: Counted = Counted;

/// Bursts in the smaller of two runs under callgrind.
const BURSTS: u64 = 2;
/// Bursts before those that are counted.
const WARM_UP: u64 = 3;

const SCENARIOS: [Scenario; 6] =
    [Scenario::Root, Scenario::Children, Scenario::Attributes, Scenario::Event, Scenario::Failing, Scenario::Awaiting];

/// A contender, for both ways of measuring.
#[derive(Clone, Copy)]
struct Player {
    entry: Entry,
    run: fn(Scenario, u64),
}

impl Player {
    fn of<C: Contender>() -> Self {
        Self { entry: Entry::of::<C>(), run: run::<C> }
    }
}

/// The first two are compared with the third.
fn of_tracing() -> [Player; 3] {
    [Player::of::<Tracing<AsItComes>>(), Player::of::<Tracing<Lean>>(), Player::of::<Tracing<TracedLayer>>()]
}

/// The first is compared with the second.
fn of_ours() -> [Player; 2] {
    [Player::of::<Traced>(), Player::of::<Bridged>()]
}

fn main() {
    let arguments = Arguments::of_process();
    let Some(name) = arguments.value("--role") else { return compare(&arguments) };
    let mut players = of_tracing().into_iter().chain(of_ours());
    let player = players.find(|player| player.entry.name == name).expect("a contender's name");
    let scenario = arguments.value("--scenario").and_then(Scenario::named).expect("a scenario's name");
    match arguments.number("--bursts") {
        Some(bursts) => (player.run)(scenario, bursts),
        None => player.entry.run_role(scenario),
    }
}

/// The role that callgrind counts.
fn run<C: Contender>(scenario: Scenario, bursts: u64) {
    C::set_up(traced_benches::contender::SetUp::of(scenario));
    let trace: fn() = match scenario {
        Scenario::Root => C::root,
        Scenario::Attributes => C::attributes,
        Scenario::Event => C::event,
        Scenario::Failing => C::failing,
        Scenario::Awaiting => C::awaiting,
        _ => C::children,
    };
    for burst in 0..WARM_UP + bursts {
        if burst < WARM_UP {
            (0..scenario.traces_per_burst()).for_each(|_| trace());
        } else {
            measured(trace, scenario.traces_per_burst());
        }
        C::flush();
    }
    println!("{}", sink::take().spans);
}

fn compare(arguments: &Arguments) {
    println!("# interop\n\n{}", machine::describe());
    println!(
        "| per span | | as it comes | lean | our layer | of as it comes | of lean |\n|---|---|--:|--:|--:|--:|--:|"
    );
    let chosen = |scenario: &Scenario| arguments.words("--only").is_none_or(|only| only.contains(&scenario.name()));
    for scenario in SCENARIOS.into_iter().filter(chosen) {
        for (what, [as_it_comes, lean, ours]) in numbers(arguments, scenario, of_tracing()) {
            let (first, second) = (ours / as_it_comes, ours / lean);
            let name = scenario.name();
            println!("| {name} | {what} | {as_it_comes:.1} | {lean:.1} | {ours:.1} | {first:.2} | {second:.2} |");
        }
    }
    println!("\n| per span | | without the bridge | with it | more |\n|---|---|--:|--:|--:|");
    for scenario in SCENARIOS.into_iter().filter(chosen) {
        for (what, [without, with]) in numbers(arguments, scenario, of_ours()) {
            println!("| {} | {what} | {without:.1} | {with:.1} | {:.1} |", scenario.name(), with - without);
        }
    }
}

/// What was measured, one number for each.
fn numbers<const N: usize>(
    arguments: &Arguments,
    scenario: Scenario,
    players: [Player; N],
) -> Vec<(&'static str, [f64; N])> {
    let mut numbers = Vec::new();
    if !arguments.has("--no-instructions") && callgrind::is_installed() {
        numbers.push(("instructions", players.map(|player| instructions(player, scenario))));
    }
    if !arguments.has("--no-time") {
        let rows = times(arguments, scenario, players);
        numbers.push(("ns", rows.each_ref().map(|row| row.minimum)));
        numbers.push(("ns of CPU", rows.each_ref().map(|row| row.cpu)));
        numbers.push(("allocations", rows.each_ref().map(|row| row.allocations)));
    }
    numbers
}

fn instructions(player: Player, scenario: Scenario) -> f64 {
    let count = |bursts: u64| {
        let number = bursts.to_string();
        let arguments = ["--role", player.entry.name, "--scenario", scenario.name(), "--bursts", &number];
        callgrind::caller(&arguments, scenario.expected((WARM_UP + bursts) * scenario.traces_per_burst()).spans)
    };
    let spans = (BURSTS * scenario.traces_per_burst() * scenario.spans_per_trace()) as f64;
    count(2 * BURSTS).saturating_sub(count(BURSTS)) as f64 / spans
}

fn times<const N: usize>(arguments: &Arguments, scenario: Scenario, players: [Player; N]) -> [Row; N] {
    let rounds = arguments.number("--rounds").unwrap_or(if arguments.has("--quick") { 3 } else { 31 });
    let mut running = players.map(|player| Measured::start(player.entry, scenario));
    for _ in 0..rounds {
        running.iter_mut().for_each(|measured| measured.round(4));
    }
    running.iter_mut().for_each(Measured::check);
    running.each_ref().map(|measured| Row::of(measured, scenario))
}
