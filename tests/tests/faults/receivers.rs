//! Receivers that are slow, come and go, or stand still.

use std::io::Read as _;
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use traced::Span;
use traced_tests::child;
use traced_tests::receiver::{Receiver, Reply};

use crate::{LONG, SHORT, all_arrive, assert_adds_up, ends_in_time, init, spans, stats, to};

#[test]
fn a_receiver_that_reads_a_few_bytes_at_a_time_takes_no_longer_than_an_attempt_may() {
    child::run("a_receiver_that_reads_a_few_bytes_at_a_time_takes_no_longer_than_an_attempt_may", &[], || {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let (end, is_over) = std::sync::mpsc::channel::<()>();
        let dripping = std::thread::spawn(move || {
            let mut connections = Vec::new();
            listener.set_nonblocking(true).unwrap();
            // Ends when the other end of the channel is dropped.
            while is_over.recv_timeout(Duration::from_millis(20)) == Err(std::sync::mpsc::RecvTimeoutError::Timeout) {
                connections.extend(listener.accept().map(|(stream, _)| stream));
                for mut stream in &connections {
                    let _ = stream.read(&mut [0; 100]);
                }
            }
            connections.len()
        });
        let guard = init(to(&format!("http://{address}")));
        // More than the system's buffers take.
        let text = "x".repeat(1 << 20);
        (0..20).for_each(|_| Span::builder("large").attribute("text", text.clone()).start().end());
        let start = Instant::now();
        assert!(traced::flush(2 * SHORT).is_err_and(|error| error.is_timeout()));
        assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
        assert_eq!((stats().queued, stats().failed), (20, 0));
        drop(end);
        assert!(dripping.join().unwrap() >= 2, "an attempt ends with its time, and there is another one");
        let receiver = Receiver::start_at(address);
        let _ = traced::flush(LONG);
        all_arrive();
        assert_eq!(receiver.spans().len(), 21);
        ends_in_time(guard, LONG);
    });
}

#[test]
fn a_receiver_that_comes_and_goes_gets_everything() {
    let said = child::run("a_receiver_that_comes_and_goes_gets_everything", &[], || {
        let receiver = Receiver::start();
        let guard = init(to(&receiver.endpoint()));
        for _ in 0..8 {
            for is_up in [true, false] {
                if !is_up {
                    receiver.go_away();
                }
                let until = Instant::now() + Duration::from_millis(if is_up { 100 } else { 300 });
                while Instant::now() < until {
                    spans(10);
                    std::thread::sleep(Duration::from_millis(5));
                }
                let _ = traced::flush(Duration::from_millis(1));
                assert_adds_up();
            }
            receiver.come_back();
        }
        let _ = traced::flush(LONG);
        all_arrive();
        // Those that were on their way when it went may come twice.
        let ids: std::collections::HashSet<_> = receiver.spans().iter().map(|span| span.span_id.clone()).collect();
        assert_eq!(ids.len() as u64, traced::stats().started);
        ends_in_time(guard, LONG);
    });
    if let Some(said) = said {
        let lines = said.lines().filter(|line| line.starts_with("traced: ")).count();
        assert!(lines <= 2 * 8, "no flood: {said}");
    }
}

#[test]
fn a_receiver_that_takes_long_for_each_answer_loses_nothing_without_count() {
    child::run("a_receiver_that_takes_long_for_each_answer_loses_nothing_without_count", &[], || {
        let receiver = Receiver::start();
        receiver.otherwise(Reply::accept().after(Duration::from_millis(200)));
        let exporter = to(&receiver.endpoint()).timeout(Duration::from_secs(10)).build().unwrap();
        let guard = traced::builder().exporter(exporter).memory_limit(1 << 20).init().unwrap();
        spans(200_000);
        let _ = traced::flush(Duration::from_millis(1));
        let now = traced::stats();
        assert!(now.held_bytes <= 1 << 20, "{now:?}");
        assert_adds_up();
        let _ = traced::flush(LONG);
        assert_adds_up();
        let (all, one) = (traced::stats(), stats());
        let lost = all.dropped_full + one.dropped_full;
        assert!(lost > 0, "more than the bound holds: {all:?}");
        assert_eq!((receiver.spans().len() as u64, one.queued, one.failed), (200_000 - lost, 0, 0));
        spans(1);
        traced::flush(LONG).unwrap();
        ends_in_time(guard, LONG);
    });
}

/// Answers until it is killed; says at first where it listens, and then what has arrived.
const RECEIVER: &str = "a_receiver_in_a_process_of_its_own";

#[test]
fn a_receiver_in_a_process_of_its_own() {
    if !child::is(RECEIVER) {
        return;
    }
    let receiver = Receiver::start();
    println!("\nat {}", receiver.endpoint());
    let mut most = 0;
    loop {
        receiver.wait_until(Duration::from_secs(60), |received| received.spans.len() > most).unwrap();
        most = receiver.spans().len();
        println!("\narrived {most} {}", receiver.requests().len());
    }
}

#[test]
fn a_receiver_that_stands_still_and_goes_on_gets_everything() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    const NAME: &str = "a_receiver_that_stands_still_and_goes_on_gets_everything";
    child::run(NAME, &[], || {
        let mut process = child::command(RECEIVER, &[]).stdout(Stdio::piped()).spawn().unwrap();
        let id = process.id().to_string();
        let signal = |name: &str| {
            assert!(std::process::Command::new("kill").args([name, &id]).status().unwrap().success());
        };
        let mut lines = BufReader::new(process.stdout.take().unwrap()).lines().map(Result::unwrap);
        let endpoint = lines.find_map(|line| line.strip_prefix("at ").map(str::to_owned)).unwrap();
        let guard = init(to(&endpoint));
        spans(1);
        traced::flush(LONG).unwrap();
        signal("-STOP");
        crate::are_held(3);
        signal("-CONT");
        all_arrive();
        let arrived = lines.filter_map(|line| {
            let (spans, requests) = line.strip_prefix("arrived ")?.split_once(' ')?;
            Some((spans.parse::<usize>().unwrap(), requests.parse::<usize>().unwrap()))
        });
        // What it had got before it stood still was without an answer, and came again.
        let (spans, requests) = arrived.take_while(|(spans, _)| *spans <= 50).find(|(spans, _)| *spans >= 5).unwrap();
        assert!(requests < 20, "no burst: {spans} spans in {requests} requests");
        ends_in_time(guard, LONG);
        process.kill().unwrap();
        process.wait().unwrap();
    });
}
