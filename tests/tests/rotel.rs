//! Rotel, an agent of other people, between the program and the receiver: HTTP and gRPC in, HTTP and gRPC out; and spans
//! wait while it is away. `TRACED_TEST_ROTEL` says where its program is (`ci/rotel.sh` gets it).
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "also in the helpers of tests")]

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use traced::{OtlpGrpcExporter, OtlpHttpExporter, Span, SpanExporter, traced};
use traced_tests::grpc::Server;
use traced_tests::receiver::Receiver;

const LONG: Duration = Duration::from_secs(30);

/// An agent that runs until it is dropped.
struct Agent {
    program: String,
    http: SocketAddr,
    grpc: SocketAddr,
    to: String,
    protocol: &'static str,
    process: Option<Child>,
}

fn free() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

impl Agent {
    fn start(program: &str, to: String, protocol: &'static str) -> Self {
        let mut agent = Self { program: program.to_owned(), http: free(), grpc: free(), to, protocol, process: None };
        agent.come_back();
        agent
    }

    fn come_back(&mut self) {
        let (http, grpc) = (self.http.to_string(), self.grpc.to_string());
        let mut command = Command::new(&self.program);
        command.args(["start", "--otlp-http-endpoint", &http, "--otlp-grpc-endpoint", &grpc, "--exporter", "otlp"]);
        command.args(["--otlp-exporter-endpoint", &self.to, "--otlp-exporter-protocol", self.protocol]);
        self.process = Some(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let deadline = Instant::now() + LONG;
        while [self.http, self.grpc].iter().any(|address| TcpStream::connect(address).is_err()) {
            assert!(Instant::now() < deadline, "the agent does not listen");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn go_away(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    fn exporter(&self, protocol: &str) -> Box<dyn SpanExporter> {
        let timeout = Duration::from_secs(5);
        match protocol {
            "http" => {
                let exporter = OtlpHttpExporter::builder().endpoint(format!("http://{}", self.http)).timeout(timeout);
                Box::new(exporter.build().unwrap())
            }
            _ => {
                let exporter = OtlpGrpcExporter::builder().endpoint(format!("http://{}", self.grpc)).timeout(timeout);
                Box::new(exporter.build().unwrap())
            }
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.go_away();
    }
}

#[traced(kind = server, attrs(order.id = number))]
fn outer(number: i64) {
    inner();
    inner();
}

#[traced]
fn inner() {
    traced::event!("cache.miss", key = "orders:42");
}

/// Sends trees through the agent, also after it was away. Returns how many spans that were.
fn send(agent: &mut Agent, protocol: &str) -> usize {
    let guard = traced::builder().exporter(agent.exporter(protocol)).init().unwrap();
    (0..100).for_each(outer);
    traced::flush(LONG).unwrap();
    // What it has taken it has sent on.
    std::thread::sleep(Duration::from_secs(1));
    agent.go_away();
    (100..110).for_each(outer);
    assert!(traced::flush(Duration::from_millis(500)).unwrap_err().is_timeout());
    agent.come_back();
    Span::start("last").end();
    traced::flush(LONG).unwrap();
    let exported = traced::stats().exporters[0].exported;
    guard.shutdown(LONG).unwrap();
    assert_eq!(exported, 331);
    331
}

#[test]
fn spans_go_through_an_agent_of_other_people() {
    let Ok(program) = std::env::var("TRACED_TEST_ROTEL") else {
        eprintln!("skipped: TRACED_TEST_ROTEL does not say where rotel-agent is");
        return;
    };
    for protocol in ["http", "grpc"] {
        let receiver = Receiver::start();
        let mut agent = Agent::start(&program, receiver.endpoint(), "http");
        let sent = send(&mut agent, protocol);
        let spans = receiver.wait_for(LONG, |spans| spans.len() >= sent).unwrap();
        assert_eq!(spans.len(), sent, "{protocol} in, HTTP out");
        for child in spans.iter().filter(|span| span.name == "inner") {
            let parent = spans.iter().find(|span| span.span_id == child.parent_span_id).unwrap();
            assert_eq!((&*parent.name, &parent.trace_id, child.events.len()), ("outer", &child.trace_id, 1));
        }
        let numbers = spans.iter().filter(|span| span.attribute("order.id").is_some()).count();
        assert_eq!(numbers, 110);
        drop(agent);

        let server = Server::start();
        let mut agent = Agent::start(&program, server.endpoint(), "grpc");
        let sent = send(&mut agent, protocol);
        let deadline = Instant::now() + LONG;
        while server.seen().names.len() < sent {
            assert!(Instant::now() < deadline, "{protocol} in, gRPC out: {} of {sent}", server.seen().names.len());
            std::thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(server.seen().names.len(), sent, "{protocol} in, gRPC out");
    }
}
