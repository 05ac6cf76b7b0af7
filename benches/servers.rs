//! What a server's span costs: axum in the process, `GET /users/{id}` with `traceparent`, the body read to its end.
//!
//! ```text
//! cargo bench --bench servers --no-default-features --features servers -- [--only traced] [--instructions] [--save counts.txt]
//! cargo bench --bench servers --features server-peers
//! ```
//!
//! Instructions of the calling thread by callgrind, exact and repeatable, and nanoseconds, both beyond the bare router.
//! Each contender runs in processes of its own; those that are timed take turns, and the fastest burst of each counts.

#[path = "servers/contenders.rs"]
mod contenders;
#[path = "servers/edges.rs"]
mod edges;
#[cfg(feature = "server-peers")]
#[path = "servers/peers.rs"]
mod peers;

use std::fmt::Write;
use std::fs;
use std::process::Command;
use std::time::Instant;

use traced_benches::arguments::Arguments;
use traced_benches::{callgrind, process};

use contenders::{Contender, all};

/// Requests between two flushes.
const BURST: u64 = 500;
/// Bursts in the smaller of two runs.
const BURSTS: u64 = 4;
/// Bursts before those that are counted: routes become known, pools fill.
const WARM_UP: u64 = 3;
/// Bursts that are timed in a process, and how often each contender has its turn.
const TIMED: u64 = 20;
const TURNS: u32 = 5;

fn main() {
    let arguments = Arguments::of_process();
    let named = |name| all().into_iter().find(|contender| contender.name == name).expect("a contender's name");
    match (arguments.value("--role"), arguments.value("--time")) {
        (Some(name), _) => run(&named(name), arguments.number("--bursts").expect("a number of bursts")),
        (None, Some(name)) => time(&named(name)),
        (None, None) => compare(&arguments),
    }
}

fn run(contender: &Contender, bursts: u64) {
    (contender.set_up)();
    for burst in 0..WARM_UP + bursts {
        if burst < WARM_UP {
            (0..BURST).for_each(|_| (contender.call)());
        } else {
            callgrind::measured(contender.call, BURST);
        }
        (contender.flush)();
    }
    println!("{}", traced_benches::sink::take().spans);
}

fn time(contender: &Contender) {
    (contender.set_up)();
    let fastest = (0..WARM_UP + TIMED).map(|_| {
        let start = Instant::now();
        (0..BURST).for_each(|_| (contender.call)());
        let nanos = start.elapsed().as_nanos() as u64 / BURST;
        (contender.flush)();
        nanos
    });
    println!("{}", fastest.min().unwrap_or_default());
}

fn compare(arguments: &Arguments) {
    let is_chosen = |contender: &Contender| {
        let words = arguments.words("--only");
        contender.is_base || words.is_none_or(|words| words.iter().any(|word| contender.name.starts_with(word)))
    };
    let chosen: Vec<_> = all().into_iter().filter(is_chosen).collect();
    let instructions: Vec<_> = chosen.iter().map(count).collect();
    let mut nanos = vec![u64::MAX; chosen.len()];
    if !arguments.has("--instructions") {
        for _ in 0..TURNS {
            chosen.iter().zip(&mut nanos).for_each(|(contender, nanos)| *nanos = (*nanos).min(timed(contender)));
        }
    }
    report(arguments, &chosen, (&instructions, &nanos));
}

fn report(arguments: &Arguments, chosen: &[Contender], (instructions, nanos): (&[u64], &[u64])) {
    let mut counts = String::new();
    let mut base = 0;
    println!("| per call | instructions | beyond the bare one | ns | beyond |\n|---|--:|--:|--:|--:|");
    for (index, contender) in chosen.iter().enumerate() {
        if contender.is_base {
            base = index;
        }
        let more = instructions[index].saturating_sub(instructions[base]);
        let time = match nanos[index] {
            u64::MAX => "- | -".to_owned(),
            time => format!("{time} | {}", time.saturating_sub(nanos[base])),
        };
        println!("| {} | {} | {more} | {time} |", contender.name, instructions[index]);
        let _ = writeln!(counts, "{} {more}", contender.name.replace([' ', ','], "_"));
    }
    if let Some(path) = arguments.value("--save") {
        fs::write(path, counts).expect("the counts can be written");
    }
}

/// Instructions of one call, from the difference of two runs.
fn count(contender: &Contender) -> u64 {
    if !callgrind::is_installed() {
        return 0;
    }
    let run = |bursts: u64| {
        let arguments = ["--role", contender.name, "--bursts", &bursts.to_string()];
        callgrind::caller(&arguments, (WARM_UP + bursts) * BURST * contender.spans)
    };
    (run(2 * BURSTS) - run(BURSTS)) / (BURSTS * BURST)
}

fn timed(contender: &Contender) -> u64 {
    let mut command = Command::new(std::env::current_exe().expect("a program knows its own path"));
    process::remove_settings(&mut command);
    let output = command.args(["--time", contender.name]).output().expect("it is this program");
    let said = String::from_utf8_lossy(&output.stdout);
    said.trim().parse().unwrap_or_else(|_| panic!("{said}{}", String::from_utf8_lossy(&output.stderr)))
}
