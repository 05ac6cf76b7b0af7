//! Hours of random faults, in less time: `TRACED_TEST_SOAK_SECONDS` says how long.

use std::collections::HashSet;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::time::{Duration, Instant};

use traced::traced;
use traced_tests::child;
use traced_tests::receiver::{Receiver, Reply};

use crate::{LONG, assert_adds_up, ends_in_time, stats, to};

const NAME: &str = "random_faults_leave_memory_within_its_bound_and_every_span_in_one_count";
const BOUND: usize = 4 << 20;
/// The bound, and what a process may need besides.
const ALLOWED_GROWTH: u64 = BOUND as u64 + (8 << 20);

fn time() -> Duration {
    let seconds = std::env::var("TRACED_TEST_SOAK_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(10))
}

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap() * 1024
}

#[traced(attrs(number, http.request.method = "GET", url.path = "/orders/42/items", user.id = %number))]
fn work(number: u64) {
    traced::event!("cache.miss", key = "orders:42", size = 1200, shard = "eu-central-1/7");
}

/// Records 10,000 spans a second, and looks ten times a second whether everything is as promised.
fn program() {
    let endpoint = std::env::var("TEST_ENDPOINT").unwrap();
    let exporter = to(&endpoint).build().unwrap();
    let program = traced::builder().exporter(exporter).memory_limit(BOUND);
    let guard = program.schedule_delay(Duration::from_millis(50)).init().unwrap();
    (0..20_000).for_each(work);
    let _ = traced::flush(LONG);
    let (before, start) = (resident(), Instant::now());
    let mut most = before;
    println!("\nwarm");
    std::io::stdout().flush().unwrap();
    let mut looks = 0;
    while start.elapsed() < time() {
        for _ in 0..20 {
            (0..50).for_each(work);
            std::thread::sleep(Duration::from_millis(5));
        }
        let look = Instant::now();
        let _ = traced::flush(Duration::from_millis(1));
        assert!(look.elapsed() < LONG, "{:?}", look.elapsed());
        assert_adds_up();
        let now = traced::stats();
        assert!(now.held_bytes <= BOUND, "{now:?}");
        most = most.max(resident());
        looks += 1;
    }
    println!("\nlast");
    std::io::stdout().flush().unwrap();
    std::io::stdin().lock().read_line(&mut String::new()).unwrap();
    let _ = traced::flush(LONG);
    work(0);
    traced::flush(LONG).unwrap();
    assert_adds_up();
    let (all, one) = (traced::stats(), stats());
    assert_eq!(one.queued, 0, "{one:?}");
    let grown = most.saturating_sub(before);
    assert!(grown <= ALLOWED_GROWTH, "grew by {} KiB", grown >> 10);
    ends_in_time(guard, LONG);
    let lost = (one.refused, one.dropped_full + all.dropped_full);
    println!(
        "\nexported {} of {}, refused and dropped {lost:?}, {looks} looks, grew by {} KiB",
        one.exported,
        all.started,
        grown >> 10
    );
}

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn fault(random: &mut Random, receiver: &Receiver) {
    let replies = [
        Reply::status(503),
        Reply::status(429).header("Retry-After", "1"),
        Reply::status(400),
        Reply::hang(),
        Reply::disconnect(),
        Reply::noise("what?\r\n"),
        Reply::partial(7, "too old"),
        Reply::accept().after(Duration::from_millis(100)),
        Reply::accept().body("ab").breaks_off(9),
    ];
    let lasts = Duration::from_millis(random.below(600));
    match random.below(replies.len() as u64 + 3) {
        0 | 1 => {
            receiver.go_away();
            std::thread::sleep(lasts);
            receiver.come_back();
        }
        2 => receiver.take_at_most(64 << 10),
        number => {
            receiver.otherwise(replies[number as usize - 3].clone());
            std::thread::sleep(lasts);
            receiver.otherwise(Reply::accept());
        }
    }
}

#[test]
fn random_faults_leave_memory_within_its_bound_and_every_span_in_one_count() {
    if child::is(NAME) {
        return program();
    }
    let receiver = Receiver::start();
    let mut command = child::command(NAME, &[("TEST_ENDPOINT", &receiver.endpoint())]);
    let mut process = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let out = BufReader::new(process.stdout.take().unwrap()).lines().map_while(Result::ok);
    let (said, lines) = std::sync::mpsc::channel();
    std::thread::spawn(move || out.for_each(|line| said.send(line).unwrap_or_default()));
    let wait_for = |what: &str| lines.iter().find(|line| line.starts_with(what)).unwrap_or_else(|| panic!("no {what}"));
    wait_for("warm");
    let seed = std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() as u64;
    eprintln!("seed {seed}");
    let mut random = Random(seed);
    let (mut ids, start) = (HashSet::new(), Instant::now());
    while start.elapsed() < time() {
        fault(&mut random, &receiver);
        std::thread::sleep(Duration::from_millis(random.below(300)));
        // They are many: no more is kept than what tells them apart.
        ids.extend(receiver.take_spans().into_iter().map(|span| span.span.span_id));
    }
    wait_for("last");
    receiver.otherwise(Reply::accept());
    process.stdin.take().unwrap().write_all(b"\n").unwrap();
    let end = wait_for("exported ");
    eprintln!("{end}");
    assert!(process.wait().unwrap().success());
    ids.extend(receiver.take_spans().into_iter().map(|span| span.span.span_id));
    let exported: usize = end.split(' ').nth(1).unwrap().parse().unwrap();
    assert!(ids.len() >= exported, "{} of {exported} arrived", ids.len());
}
