//! A million spans with three attributes, from the function to the bytes on a socket. See README.md for the method.
//!
//! ```text
//! cargo bench --bench end_to_end -- [--quick] [--spans 1000000] [--repeat 3] [--contenders traced,emit] [--rates 0,100000]
//! ```

use std::thread;
use std::time::{Duration, Instant};

use traced_benches::arguments::Arguments;
use traced_benches::contender::annotated::Traced;
use traced_benches::contender::bare::Bare;
use traced_benches::contender::by_hand::ByHand;
use traced_benches::contender::emitted::Emit;
use traced_benches::contender::fast::{Fastrace, OpenTelemetry};
use traced_benches::contender::tracing_macros::{AsItComes, Lean, Tracing};
use traced_benches::machine;
use traced_benches::process::{self, Role};
use traced_benches::receiver;
use traced_benches::scenario::Scenario;
use traced_benches::sending::{Queue, Sends};

/// A queue that holds 32 MiB, which is the default of `traced`.
const EQUAL: usize = 32 << 20;
/// A queue for a burst of a million.
const LARGE: usize = 256 << 20;

/// A contender, as a value.
struct Entry {
    name: &'static str,
    sizable: bool,
    run: fn(&Load, &str, Queue),
}

impl Entry {
    fn of<C: Sends>() -> Self {
        Self { name: C::NAME, sizable: C::SIZABLE, run: run_role::<C> }
    }
}

/// How much, how fast.
#[derive(Clone, Copy)]
struct Load {
    spans: u64,
    /// Spans a second; 0 is as fast as one thread can.
    rate: u64,
}

impl Load {
    fn traces(&self) -> u64 {
        self.spans.div_ceil(Scenario::Attributes.spans_per_trace())
    }

    fn title(&self) -> String {
        match self.rate {
            0 => "as fast as one thread can".to_owned(),
            rate => format!("{rate} a second"),
        }
    }
}

fn contenders() -> Vec<Entry> {
    vec![
        Entry::of::<Bare>(),
        Entry::of::<Traced>(),
        Entry::of::<Tracing<AsItComes>>(),
        Entry::of::<Tracing<Lean>>(),
        Entry::of::<ByHand>(),
        Entry::of::<Fastrace<OpenTelemetry>>(),
        Entry::of::<Emit>(),
    ]
}

fn main() {
    let arguments = Arguments::of_process();
    match arguments.value("--role") {
        Some("receiver") => receiver::run_role(),
        Some(name) => {
            let entry = contenders().into_iter().find(|entry| entry.name == name).expect("a contender's name");
            let queue = arguments.number("--queue").map_or(Queue::Default, |bytes| Queue::Bytes(bytes as usize));
            (entry.run)(&load(&arguments), arguments.value("--url").expect("where to send"), queue);
        }
        None => compare(&arguments),
    }
}

fn load(arguments: &Arguments) -> Load {
    let spans = arguments.number("--spans").unwrap_or(if arguments.has("--quick") { 50_000 } else { 1_000_000 });
    Load { spans, rate: arguments.number("--rate").unwrap_or(0) }
}

fn compare(arguments: &Arguments) {
    println!("# end_to_end\n\n{}", machine::describe());
    let mut receiver = Role::start(&["--role", "receiver"]);
    let url = format!("http://127.0.0.1:{}/v1/traces", receiver.answer());
    let spans = load(arguments).spans;
    let default_rates = if arguments.has("--quick") { "500000" } else { "0,500000,100000" };
    let repeat = arguments.number("--repeat").unwrap_or(if arguments.has("--quick") { 1 } else { 3 });
    for rate in arguments.value("--rates").unwrap_or(default_rates).split(',') {
        let load = Load { spans, rate: rate.parse().expect("--rates takes numbers") };
        println!("### {} spans, {}\n", load.traces() * Scenario::Attributes.spans_per_trace(), load.title());
        println!(
            "| | queue | arrived | said dropped | CPU ns per arrived span, median | least | recording | in all | bytes per span | peak memory |"
        );
        println!("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|");
        let chosen = |name| arguments.words("--contenders").is_none_or(|words| words.contains(&name));
        let contenders = contenders();
        let each_queue =
            |entry| queues(entry, load.rate, arguments.has("--quick")).into_iter().map(move |queue| (entry, queue));
        let rows: Vec<_> = contenders.iter().filter(|entry| chosen(entry.name)).flat_map(each_queue).collect();
        let mut runs: Vec<Vec<Run>> = rows.iter().map(|_| Vec::new()).collect();
        // In turns: what else the machine does meets all of them.
        for _ in 0..repeat {
            for ((entry, queue), runs) in rows.iter().zip(&mut runs) {
                runs.push(run(entry, load, &url, *queue, &mut receiver));
            }
        }
        for ((entry, queue), runs) in rows.iter().zip(&mut runs) {
            runs.sort_by(|one, other| one.cpu_per_span().total_cmp(&other.cpu_per_span()));
            println!("{}", runs[runs.len() / 2].row(entry, *queue, runs[0].cpu_per_span()));
        }
        println!();
    }
}

/// The queues to try: by default, and equal in bytes where that can be set; a large one for what is faster than any
/// exporter.
fn queues(entry: &Entry, rate: u64, quick: bool) -> Vec<Queue> {
    let mut queues = vec![Queue::Default];
    if entry.sizable && !quick {
        queues.push(Queue::Bytes(EQUAL));
        if rate == 0 {
            queues.push(Queue::Bytes(LARGE));
        }
    }
    queues
}

/// One run of one contender.
struct Run {
    recorded: u64,
    arrived: u64,
    bytes: u64,
    dropped: Option<u64>,
    recording: Duration,
    in_all: Duration,
    cpu: Duration,
    peak_kib: u64,
}

impl Run {
    /// Of those that arrived, or were not to arrive.
    fn cpu_per_span(&self) -> f64 {
        self.cpu.as_nanos() as f64 / (if self.arrived == 0 { self.recorded } else { self.arrived }) as f64
    }

    fn row(&self, entry: &Entry, queue: Queue, least: f64) -> String {
        format!(
            "| {} | {} | {:.2} % | {} | {:.0} | {least:.0} | {:.3} s | {:.3} s | {:.0} | {:.0} MiB |",
            entry.name,
            match queue {
                Queue::Default => "default".to_owned(),
                Queue::Bytes(bytes) => format!("{} MiB", bytes >> 20),
            },
            self.arrived as f64 / self.recorded as f64 * 100.0,
            self.dropped.map_or_else(|| "–".to_owned(), |dropped| dropped.to_string()),
            self.cpu_per_span(),
            self.recording.as_secs_f64(),
            self.in_all.as_secs_f64(),
            self.bytes as f64 / self.arrived.max(1) as f64,
            self.peak_kib as f64 / 1024.0,
        )
    }
}

fn run(entry: &Entry, load: Load, url: &str, queue: Queue, receiver: &mut Role) -> Run {
    let [spans, rate] = [load.spans, load.rate].map(|number| number.to_string());
    let mut arguments = vec!["--role", entry.name, "--url", url, "--spans", &spans, "--rate", &rate];
    let bytes = if let Queue::Bytes(bytes) = queue { bytes.to_string() } else { String::new() };
    if !bytes.is_empty() {
        arguments.extend(["--queue", bytes.as_str()]);
    }
    let _ = receiver.ask("take");
    let mut role = Role::start(&arguments);
    let numbers: Vec<u64> = role.answer().split(' ').map(|number| number.parse().expect("numbers")).collect();
    drop(role);
    let received: Vec<u64> = receiver.ask("take").split(' ').map(|number| number.parse().expect("numbers")).collect();
    let [recording, in_all, cpu, peak_kib, dropped, has_dropped] = numbers[..] else { panic!("an odd answer") };
    let [arrived, bytes, _requests] = received[..] else { panic!("an odd answer") };
    Run {
        recorded: load.traces() * Scenario::Attributes.spans_per_trace(),
        arrived,
        bytes,
        dropped: (has_dropped == 1).then_some(dropped),
        recording: Duration::from_nanos(recording),
        in_all: Duration::from_nanos(in_all),
        cpu: Duration::from_nanos(cpu),
        peak_kib,
    }
}

/// The process that records and sends.
fn run_role<C: Sends>(load: &Load, url: &str, queue: Queue) {
    C::connect(url, queue);
    let before = process::cpu_time();
    let start = Instant::now();
    let between = Duration::from_nanos(match load.rate {
        0 => 0,
        rate => Scenario::Attributes.spans_per_trace() * 1_000_000_000 / rate,
    });
    for trace in 0..load.traces() {
        C::attributes();
        // Sleeps once a millisecond or so: a sleep takes longer than a trace should.
        let due = between * trace as u32;
        let ahead = due.saturating_sub(start.elapsed());
        if ahead > Duration::from_millis(1) {
            thread::sleep(ahead);
        }
    }
    let recording = start.elapsed();
    C::finish();
    let in_all = start.elapsed();
    let cpu = process::cpu_time().saturating_sub(before);
    let dropped = C::dropped();
    let numbers = [
        recording.as_nanos() as u64,
        in_all.as_nanos() as u64,
        cpu.as_nanos() as u64,
        process::peak_memory(),
        dropped.unwrap_or(0),
        u64::from(dropped.is_some()),
    ];
    println!("{}", numbers.map(|number| number.to_string()).join(" "));
}
