//! No threads, no file descriptors, and calls that the system denies.

use std::collections::BTreeMap;
use std::fs::File;

use seccompiler::{BpfProgram, SeccompAction, SeccompFilter, apply_filter_all_threads};
use traced::InitErrorKind;
use traced_tests::child;
use traced_tests::receiver::Receiver;

use crate::{LONG, all_arrive, are_held, ends_in_time, init, spans, stats, to};

/// From here on the calls fail with EPERM, in each thread of this process.
fn deny(calls: &[i64]) {
    let rules: BTreeMap<_, _> = calls.iter().map(|call| (*call, Vec::new())).collect();
    let architecture = std::env::consts::ARCH.try_into().unwrap();
    let denied = SeccompAction::Errno(1);
    let filter = SeccompFilter::new(rules, SeccompAction::Allow, denied, architecture).unwrap();
    let program: BpfProgram = filter.try_into().unwrap();
    apply_filter_all_threads(&program).unwrap();
}

/// Numbers of `clone` and `clone3`, by which threads are started, and of `socket`.
#[cfg(target_arch = "x86_64")]
const CALLS: ([i64; 2], i64) = ([56, 435], 41);
#[cfg(not(target_arch = "x86_64"))]
const CALLS: ([i64; 2], i64) = ([220, 435], 198);

#[test]
fn without_threads_init_is_an_error() {
    child::run("without_threads_init_is_an_error", &[], || {
        deny(&CALLS.0);
        let error = traced::init().unwrap_err();
        assert_eq!(error.kind(), InitErrorKind::Thread);
        spans(3);
        assert_eq!(traced::stats().started, 0, "nothing records");
    });
}

#[test]
fn a_look_up_that_can_start_no_thread_is_tried_again() {
    let said = child::run("a_look_up_that_can_start_no_thread_is_tried_again", &[], || {
        let receiver = Receiver::start();
        let guard = init(to(&format!("http://localhost:{}", receiver.address().port())));
        deny(&CALLS.0);
        are_held(3);
        // What is denied stays so.
        ends_in_time(guard, LONG);
        assert_eq!((stats().unsent, stats().refused), (3, 0));
    });
    assert!(said.is_none_or(|said| said.contains("Operation not permitted")));
}

#[test]
fn sockets_that_are_denied_are_waited_for() {
    let said = child::run("sockets_that_are_denied_are_waited_for", &[], || {
        let receiver = Receiver::start();
        let guard = init(to(&receiver.endpoint()));
        deny(&[CALLS.1]);
        are_held(3);
        ends_in_time(guard, LONG);
        assert_eq!((stats().unsent, stats().refused, receiver.connections()), (3, 0, 0));
        // Its end takes a socket, too.
        std::mem::forget(receiver);
    });
    assert!(said.is_none_or(|said| said.contains("Operation not permitted")));
}

#[test]
fn without_file_descriptors_spans_wait_until_there_are_some() {
    const NAME: &str = "without_file_descriptors_spans_wait_until_there_are_some";
    if !child::is(NAME) {
        let said = child::succeeds(NAME, child::prepared(NAME, &[], false, "ulimit -n 128"));
        assert!(said.contains("Too many open files"), "{said}");
        return;
    }
    let receiver = Receiver::start();
    let guard = init(to(&receiver.endpoint()));
    let mut taken: Vec<_> =
        std::iter::repeat_with(|| File::open("/dev/null")).take(1_000).map_while(Result::ok).collect();
    assert!(taken.len() < 128, "{}", taken.len());
    are_held(3);
    taken.clear();
    all_arrive();
    assert_eq!(receiver.spans().len(), 4);
    ends_in_time(guard, LONG);
}
