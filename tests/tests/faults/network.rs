//! Names that are not known, addresses that cannot be reached, connections that are not answered.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use traced_tests::child;
use traced_tests::receiver::Receiver;

use crate::{LONG, SHORT, all_arrive, are_held, ends_in_time, init, to};

/// Files to be seen at the place of those that name hosts. `"$1"` is a folder.
fn hosts(folder: &std::path::Path, hosts: &str) -> String {
    std::fs::write(folder.join("hosts"), hosts).unwrap();
    std::fs::write(folder.join("resolv.conf"), "nameserver 127.0.0.1\noptions timeout:30 attempts:1\n").unwrap();
    let folder = folder.display();
    format!(
        "ip link set lo up; mount --bind {folder}/hosts /etc/hosts; mount --bind {folder}/resolv.conf /etc/resolv.conf"
    )
}

#[test]
fn a_name_that_nobody_knows_is_waited_for() {
    let said = child::run("a_name_that_nobody_knows_is_waited_for", &[], || {
        let guard = init(to("http://nobody.invalid:4318"));
        are_held(3);
        ends_in_time(guard, LONG);
    });
    if let Some(said) = said {
        assert_eq!(said.matches("traced: otlp-http: ").count(), 2, "once, and in all: {said}");
        assert!(said.contains("nobody.invalid") && said.contains("3 left at the end"), "{said}");
    }
}

#[test]
fn a_look_up_that_hangs_ends_with_the_deadline() {
    const NAME: &str = "a_look_up_that_hangs_ends_with_the_deadline";
    if !child::is(NAME) {
        if child::has_namespaces(NAME) {
            let folder = tempfile::tempdir().unwrap();
            let script = hosts(folder.path(), "127.0.0.1 localhost\n");
            child::succeeds(NAME, child::prepared(NAME, &[], true, &script));
        }
        return;
    }
    // Takes the questions, and answers none.
    let nameserver = UdpSocket::bind((Ipv4Addr::LOCALHOST, 53)).unwrap();
    let receiver = Receiver::start();
    let guard = init(to(&format!("http://collector.example.com:{}", receiver.address().port())));
    are_held(3);
    let mut question = [0; 512];
    assert!(nameserver.recv(&mut question).unwrap() > 0, "it was asked");
    std::fs::write("/etc/hosts", "127.0.0.1 localhost collector.example.com\n").unwrap();
    all_arrive();
    assert_eq!(receiver.spans().len(), 4);
    ends_in_time(guard, LONG);
}

#[test]
fn addresses_without_a_way_there_are_waited_for() {
    const NAME: &str = "addresses_without_a_way_there_are_waited_for";
    const KINDS: [(&str, Ipv4Addr); 3] = [
        ("unreachable", Ipv4Addr::new(203, 0, 113, 1)),
        ("blackhole", Ipv4Addr::new(203, 0, 113, 2)),
        ("prohibit", Ipv4Addr::new(203, 0, 113, 3)),
    ];
    if !child::is(NAME) {
        if child::has_namespaces(NAME) {
            let routes = KINDS.map(|(kind, address)| format!("; ip route add {kind} {address}")).concat();
            child::succeeds(NAME, child::prepared(NAME, &[], true, &format!("ip link set lo up{routes}")));
        }
        return;
    }
    let mut started = 0;
    for (kind, address) in KINDS {
        let guard = init(to(&format!("http://{address}:4318")));
        crate::spans(3);
        assert!(traced::flush(SHORT).is_err_and(|error| error.is_timeout()), "{kind}");
        assert_eq!((crate::stats().queued, crate::stats().failed), (3, 0), "{kind}");
        let ip = |arguments: &str| {
            let status = std::process::Command::new("ip").args(arguments.split(' ')).status();
            assert!(status.unwrap().success(), "ip {arguments}");
        };
        ip(&format!("route del {kind} {address}"));
        ip(&format!("addr add {address}/32 dev lo"));
        let receiver = Receiver::start_at(SocketAddr::from((address, 4318)));
        crate::spans(1);
        traced::flush(LONG).unwrap();
        assert_eq!((receiver.spans().len(), crate::stats().exported), (4, 4), "{kind}");
        guard.shutdown(LONG).unwrap();
        started += 4;
        assert_eq!(traced::stats().started, started);
    }
}

/// A port where connections are not answered: nobody accepts, and no more fit.
struct Unanswered {
    listener: TcpListener,
    waiting: Vec<TcpStream>,
}

impl Unanswered {
    fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok();
        let waiting: Vec<_> = std::iter::repeat_with(connect).take(10_000).map_while(|stream| stream).collect();
        assert!(waiting.len() < 10_000, "connections are answered without end");
        Self { listener, waiting }
    }

    /// Closes the port, for a receiver to take it.
    fn end(self) -> SocketAddr {
        let address = self.listener.local_addr().unwrap();
        drop(self.waiting);
        address
    }
}

#[test]
fn a_connection_that_is_not_answered_is_tried_again() {
    child::run("a_connection_that_is_not_answered_is_tried_again", &[], || {
        let unanswered = Unanswered::start();
        let guard = init(to(&format!("http://{}", unanswered.listener.local_addr().unwrap())));
        are_held(3);
        let receiver = Receiver::start_at(unanswered.end());
        all_arrive();
        assert_eq!(receiver.spans().len(), 4);
        ends_in_time(guard, LONG);
    });
}

#[test]
fn the_end_does_not_wait_for_a_connection_that_is_not_answered() {
    child::run("the_end_does_not_wait_for_a_connection_that_is_not_answered", &[], || {
        let unanswered = Unanswered::start();
        let guard = init(to(&format!("http://{}", unanswered.listener.local_addr().unwrap())));
        crate::spans(3);
        ends_in_time(guard, Duration::from_secs(60));
        assert_eq!((crate::stats().unsent, crate::stats().queued), (3, 0));
    });
}

#[test]
fn the_next_address_of_a_name_is_tried() {
    const NAME: &str = "the_next_address_of_a_name_is_tried";
    if !child::is(NAME) {
        if child::has_namespaces(NAME) {
            let folder = tempfile::tempdir().unwrap();
            let script = hosts(folder.path(), "::1 localhost both\n127.0.0.1 localhost both\n");
            child::succeeds(NAME, child::prepared(NAME, &[], true, &script));
        }
        return;
    }
    // Listens at the second one only.
    let receiver = Receiver::start();
    for name in ["localhost", "both"] {
        let guard = init(to(&format!("http://{name}:{}", receiver.address().port())));
        crate::spans(3);
        traced::flush(LONG).unwrap();
        assert_eq!((crate::stats().exported, crate::stats().queued), (3, 0), "{name}");
        guard.shutdown(LONG).unwrap();
    }
    assert_eq!(receiver.spans().len(), 6);
}

#[test]
fn an_address_that_does_not_answer_keeps_nobody_from_the_next() {
    const NAME: &str = "an_address_that_does_not_answer_keeps_nobody_from_the_next";
    if !child::is(NAME) {
        if child::has_namespaces(NAME) {
            let folder = tempfile::tempdir().unwrap();
            let script = hosts(folder.path(), "127.0.0.2 two\n127.0.0.1 two\n");
            child::succeeds(NAME, child::prepared(NAME, &[], true, &script));
        }
        return;
    }
    let receiver = Receiver::start();
    let silent = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), receiver.address().port())).unwrap();
    let address = silent.local_addr().unwrap();
    let connect = || TcpStream::connect_timeout(&address, Duration::from_millis(300)).ok();
    let _waiting: Vec<_> = std::iter::repeat_with(connect).take(10_000).map_while(|stream| stream).collect();
    // Long enough for both: the time of an attempt is shared among addresses.
    let guard = init(to(&format!("http://two:{}", address.port())).timeout(Duration::from_secs(4)));
    crate::spans(3);
    traced::flush(LONG).unwrap();
    assert_eq!((crate::stats().exported, receiver.spans().len()), (3, 3));
    ends_in_time(guard, LONG);
}
