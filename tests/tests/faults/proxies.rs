//! A proxy between the program and the receiver.

use traced_tests::child;
use traced_tests::receiver::{Receiver, Reply};

use crate::{LONG, all_arrive, are_held, ends_in_time, init, spans, stats, to};

const ENDPOINT: &str = "http://collector.invalid:4318";

/// A child whose proxy for HTTP is a receiver.
fn through(name: &str, proxy: &Receiver) -> String {
    let endpoint = proxy.endpoint();
    child::succeeds(name, child::command(name, &[("HTTP_PROXY", endpoint.as_str())]))
}

#[test]
fn a_proxy_that_cannot_reach_the_receiver_or_hangs_is_waited_for() {
    const NAME: &str = "a_proxy_that_cannot_reach_the_receiver_or_hangs_is_waited_for";
    if child::is(NAME) {
        let guard = init(to(ENDPOINT));
        are_held(3);
        all_arrive();
        return ends_in_time(guard, LONG);
    }
    for trouble in [Reply::status(503), Reply::hang()] {
        let proxy = Receiver::start();
        // More attempts than a short flush makes, with their pauses.
        proxy.script(std::iter::repeat_n(trouble, 5));
        let said = through(NAME, &proxy);
        assert_eq!(proxy.spans().len(), 4, "{said}");
        assert!(said.contains("HTTP_PROXY"), "the proxy is named: {said}");
    }
}

#[test]
fn a_proxy_that_wants_a_password_refuses() {
    const NAME: &str = "a_proxy_that_wants_a_password_refuses";
    if child::is(NAME) {
        let guard = init(to(ENDPOINT));
        spans(3);
        assert!(!traced::flush(LONG).unwrap_err().is_timeout());
        assert_eq!((stats().refused, stats().queued), (3, 0));
        spans(1);
        traced::flush(LONG).unwrap();
        return ends_in_time(guard, LONG);
    }
    let proxy = Receiver::start();
    proxy.script([Reply::status(407)]);
    let said = through(NAME, &proxy);
    assert_eq!(proxy.spans().len(), 1, "{said}");
    assert!(said.contains("user name and password"), "{said}");
}

#[test]
fn a_proxy_for_https_is_none_for_http() {
    const NAME: &str = "a_proxy_for_https_is_none_for_http";
    child::run(NAME, &[("HTTPS_PROXY", "http://127.0.0.1:1"), ("HTTP_PROXY", "")], || {
        let receiver = Receiver::start();
        let guard = init(to(&receiver.endpoint()));
        all_arrive();
        assert_eq!(receiver.spans().len(), 1);
        ends_in_time(guard, LONG);
    });
}
