//! A receiver that is away: nothing is lost within the bound, and beyond it what is lost is told to the span.
//!
//! `TRACED_TEST_ABSENCE_SECONDS=20` runs it as it is meant, with the usual bound of 32 MiB; by default time and bound are
//! a tenth of that.

use std::time::{Duration, Instant};

use traced::traced;
use traced_tests::child;
use traced_tests::receiver::Receiver;

use crate::{LONG, assert_adds_up, ends_in_time, stats, to};

/// A span of about 250 bytes.
#[traced(attrs(number, http.request.method = "GET", url.path = "/orders/42/items", user.id = %number))]
fn work(number: u64) {
    traced::event!("cache.miss", key = "orders:42", size = 1200, shard = "eu-central-1/7");
}

fn load(seconds: f64, rate: u64) {
    let start = Instant::now();
    let mut made = 0;
    while made < (seconds * rate as f64) as u64 {
        let due = (start.elapsed().as_secs_f64().min(seconds) * rate as f64) as u64;
        (made..due).for_each(work);
        made = due;
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// Spans at a rate while the receiver is away. What was lost is printed.
fn absence(rate: u64) {
    let seconds = std::env::var("TRACED_TEST_ABSENCE_SECONDS").ok().and_then(|seconds| seconds.parse().ok());
    let seconds: f64 = seconds.unwrap_or(2.0);
    let bound = ((32 << 20) as f64 * (seconds / 20.0)) as usize;
    let receiver = Receiver::start();
    let exporter = to(&receiver.endpoint()).timeout(LONG).build().unwrap();
    let program = traced::builder().exporter(exporter).memory_limit(bound);
    let guard = program.schedule_delay(Duration::from_millis(100)).init().unwrap();
    work(0);
    traced::flush(LONG).unwrap();
    receiver.go_away();
    load(seconds, rate);
    let _ = traced::flush(Duration::from_millis(1));
    assert_adds_up();
    let away = traced::stats();
    assert!(away.held_bytes <= bound, "{away:?}");
    let lost_away = away.dropped_full + stats().dropped_full;
    if lost_away > 0 {
        // Seven eighths less what goes with the oldest block.
        let least = bound / 8 * 7 - (1 << 20);
        assert!(away.held_bytes >= least, "as much as fits is held, of {bound}: {away:?}");
    }
    receiver.come_back();
    let _ = traced::flush(2 * LONG);
    let now = traced::stats();
    let lost = now.dropped_full + stats().dropped_full;
    assert_adds_up();
    assert_eq!((stats().queued, stats().failed, lost), (0, 0, lost_away), "{now:?}");
    assert_eq!(receiver.spans().len() as u64, now.started - lost);
    eprintln!("started {} lost {lost}", now.started);
    work(0);
    traced::flush(LONG).unwrap();
    ends_in_time(guard, LONG);
}

/// How many were lost by the child's own count and by what it said.
fn run(name: &str, rate: u64) -> Option<u64> {
    let said = child::run(name, &[], || absence(rate))?;
    let line = said.lines().find(|line| line.starts_with("started ")).unwrap();
    eprintln!("at {rate} spans a second: {line}");
    let lost = line.rsplit(' ').next().unwrap().parse().unwrap();
    let sentence = format!("; {lost} spans were dropped meanwhile");
    assert_eq!(said.matches("answers again").count(), 1, "{said}");
    assert_eq!(said.matches(&sentence).count(), 1, "{sentence}\n{said}");
    Some(lost)
}

#[test]
fn an_absence_at_2_000_spans_a_second_loses_nothing_and_is_said() {
    if let Some(lost) = run("an_absence_at_2_000_spans_a_second_loses_nothing_and_is_said", 2_000) {
        assert_eq!(lost, 0);
    }
}

#[test]
fn an_absence_at_20_000_spans_a_second_loses_what_the_bound_says_to_the_span() {
    const NAME: &str = "an_absence_at_20_000_spans_a_second_loses_what_the_bound_says_to_the_span";
    if let Some(lost) = run(NAME, 20_000) {
        assert!(lost > 0, "more than the bound holds");
    }
}
