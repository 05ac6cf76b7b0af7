//! `cargo bench --bench scale`: what grows with the number of threads, of spans, of attributes and of open futures, and
//! what a start of the process costs with `init`.
//!
//! Times are the CPU time of the whole process, so that threads which wait for a core are not charged for it. Each
//! measurement runs in a process of its own.

use std::future::{Future, pending};
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};
use traced::{ExportCall, ExportError, Guard, SpanBatch, SpanExporter, traced};

/// Reads every batch as it would be sent, and keeps nothing.
struct Stitch;

impl SpanExporter for Stitch {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        std::hint::black_box(batch.otlp_request().len());
        Ok(())
    }

    fn name(&self) -> &str {
        "stitch"
    }
}

const FLUSH: Duration = Duration::from_secs(60);

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == "--role").and_then(|place| arguments.get(place + 1)) {
        Some(role) => run(role),
        None => run_all(),
    }
}

fn run_all() {
    let heading = |text: &str| println!("\n{text}");
    heading("threads at once, 200,000 child spans in all: no shared lock or cache line would show as growth");
    ["threads=1", "threads=2", "threads=4", "threads=16", "threads=64"].into_iter().for_each(in_own_process);
    heading("one trace of 1,000,000 spans, by tenths of it");
    in_own_process("trace");
    heading("one span, attributes written to it");
    ["overwrite=100", "overwrite=10000", "distinct=100", "distinct=10000"].into_iter().for_each(in_own_process);
    heading("futures with open spans");
    ["open=1000", "open=100000"].into_iter().for_each(in_own_process);
    heading("start of a process, wall time of 40 starts");
    start_up();
}

fn in_own_process(role: &str) {
    let program = std::env::current_exe().expect("this program has a path");
    let status = std::process::Command::new(program).args(["--role", role]).status().expect("it can be started again");
    assert!(status.success(), "{role} failed");
}

fn run(role: &str) {
    let (name, count) = role.split_once('=').unwrap_or((role, "0"));
    let count = count.parse().unwrap_or(0);
    match name {
        "threads" => threads(count),
        "trace" => large_trace(),
        "overwrite" => attributes(count, |_| "key".to_owned()),
        "distinct" => attributes(count, |index| format!("key.{index}")),
        "open" => open_futures(count),
        "start" => drop(init()),
        "bare" => {}
        other => panic!("no role {other}"),
    }
}

fn init() -> Guard {
    traced::builder().exporter(Stitch).memory_limit(1 << 30).init().expect("it is the first init of this process")
}

/// CPU time of the process so far.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::new(time.tv_sec.cast_unsigned(), time.tv_nsec as u32)
}

/// Resident memory in KiB.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0)
}

fn nanos_each(time: Duration, count: usize) -> f64 {
    time.as_nanos() as f64 / count as f64
}

#[traced]
fn child() {
    std::hint::black_box(());
}

#[traced]
fn parent(children: usize) {
    (0..children).for_each(|_| child());
}

fn threads(threads: usize) {
    const SPANS: usize = 200_000;
    let guard = init();
    let round = || {
        std::thread::scope(|scope| {
            (0..threads).for_each(|_| {
                scope.spawn(|| parent(SPANS / threads));
            });
        });
    };
    round();
    let mut best = Duration::MAX;
    for _ in 0..7 {
        traced::flush(FLUSH).expect("nothing hinders the flush");
        let before = cpu();
        round();
        best = best.min(cpu() - before);
    }
    println!("  {threads:>3} threads   {:>6.1} ns of CPU a span", nanos_each(best, SPANS));
    drop(guard);
}

#[traced]
fn large_trace_root(report: &mut Vec<(f64, u64)>) {
    const TENTH: usize = 100_000;
    for _ in 0..10 {
        let start = Instant::now();
        (0..TENTH).for_each(|_| child());
        report.push((nanos_each(start.elapsed(), TENTH), resident()));
    }
}

fn large_trace() {
    let guard = init();
    let mut report = Vec::new();
    large_trace_root(&mut report);
    drop(guard);
    for (tenth, (nanos, kib)) in report.iter().enumerate() {
        println!("  tenth {:>2}   {nanos:>6.1} ns a span   {:>6.1} MiB resident", tenth + 1, *kib as f64 / 1024.0);
    }
}

fn attributes(count: usize, key: impl Fn(usize) -> String) {
    let guard = init();
    let keys: Vec<String> = (0..count).map(key).collect();
    let mut best = Duration::MAX;
    for _ in 0..9 {
        let span = traced::Span::start("attributes");
        let start = Instant::now();
        keys.iter().enumerate().for_each(|(index, key)| span.set_attribute(key, index as i64));
        best = best.min(start.elapsed());
        span.end();
    }
    let distinct = if keys.first() == keys.last() { "one key overwritten" } else { "distinct keys, 128 of them kept" };
    println!("  {count:>6} writes   {:>6.1} ns each   {distinct}", nanos_each(best, count));
    drop(guard);
}

#[traced]
async fn waits_for_ever() {
    pending::<()>().await;
}

fn open_futures(count: usize) {
    let guard = init();
    let before = resident();
    let start = Instant::now();
    let mut futures: Vec<Pin<Box<dyn Future<Output = ()>>>> = Vec::with_capacity(count);
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..count {
        let mut future: Pin<Box<dyn Future<Output = ()>>> = Box::pin(waits_for_ever());
        assert!(matches!(future.as_mut().poll(&mut context), Poll::Pending));
        futures.push(future);
    }
    let opened = start.elapsed();
    let bytes = (resident() - before) * 1024;
    let start = Instant::now();
    for future in &mut futures {
        assert!(matches!(future.as_mut().poll(&mut context), Poll::Pending));
    }
    let polled = start.elapsed();
    let start = Instant::now();
    drop(futures);
    let dropped = start.elapsed();
    println!(
        "  {count:>6} open   {:>6.1} ns to open   {:>5.1} ns to poll again   {:>6.1} ns to drop   {:>4} bytes each",
        nanos_each(opened, count),
        nanos_each(polled, count),
        nanos_each(dropped, count),
        bytes / count as u64,
    );
    drop(guard);
}

fn start_up() {
    let program = std::env::current_exe().expect("this program has a path");
    let mut best = [Duration::MAX; 2];
    for _ in 0..40 {
        for (place, role) in ["bare", "start"].into_iter().enumerate() {
            let start = Instant::now();
            let status = std::process::Command::new(&program).args(["--role", role]).status();
            assert!(status.is_ok_and(|status| status.success()), "{role} failed");
            best[place] = best[place].min(start.elapsed());
        }
    }
    let [bare, with_init] = best.map(|time| time.as_secs_f64() * 1000.0);
    println!("  without init {bare:.2} ms, with init {with_init:.2} ms, more by {:.2} ms (minima)", with_init - bare);
}
