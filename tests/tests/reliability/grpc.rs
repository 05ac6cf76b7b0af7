//! Faults of OTLP/gRPC.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use opentelemetry_proto::tonic::collector::trace::v1::{ExportTracePartialSuccess, ExportTraceServiceResponse};
use tonic::{Code, Status};
use traced::{OtlpGrpcExporter, Span, SpanExporter};
use traced_tests::grpc::{Server, exhausted_for};
use traced_tests::receiver::{Receiver, Reply};

use crate::row::Outcome::{self, Delivered, Held, Refused, TwoRefused};
use crate::row::{Fault, Seen};

/// What the server does from the beginning of the fault on.
enum Cause {
    Once(Result<ExportTraceServiceResponse, Status>),
    Always(Status),
    Away,
    Restarts,
    /// Something else listens on its port.
    Else(Reply),
}

struct OverGrpc {
    name: String,
    outcome: Outcome,
    cause: Cause,
    server: RefCell<Server>,
    other: RefCell<Option<Receiver>>,
    text: usize,
    before: Cell<usize>,
}

fn row(name: impl Into<String>, outcome: Outcome, cause: Cause) -> OverGrpc {
    // The port is the other one's, too.
    let other = Receiver::start_away();
    let mut server = Server::away_from(other.address());
    server.come_back();
    OverGrpc {
        name: name.into(),
        outcome,
        cause,
        server: server.into(),
        other: Some(other).into(),
        text: 0,
        before: Cell::default(),
    }
}

impl Fault for OverGrpc {
    fn exporter(&self) -> &'static str {
        "OTLP/gRPC"
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn outcome(&self) -> Outcome {
        self.outcome
    }

    fn build(&self) -> Box<dyn SpanExporter> {
        let exporter = OtlpGrpcExporter::builder().endpoint(self.server.borrow().endpoint());
        Box::new(exporter.timeout(Duration::from_millis(300)).build().unwrap())
    }

    fn begin(&self) {
        let mut server = self.server.borrow_mut();
        match &self.cause {
            Cause::Once(answer) => server.seen().script.push_back(answer.clone()),
            Cause::Always(status) => server.seen().otherwise = Some(status.clone()),
            Cause::Away => server.go_away(),
            Cause::Restarts => {
                Span::start("before").end();
                traced::flush(Duration::from_secs(20)).unwrap();
                server.go_away();
                server.come_back();
            }
            Cause::Else(reply) => {
                server.go_away();
                let other = self.other.borrow();
                let other = other.as_ref().unwrap();
                other.come_back();
                other.otherwise(reply.clone());
            }
        }
        let before = server.seen().sizes.len();
        self.before.set(before);
    }

    fn end(&self) -> bool {
        self.other.borrow().as_ref().unwrap().go_away();
        let mut server = self.server.borrow_mut();
        server.seen().otherwise = None;
        server.go_away();
        server.come_back();
        true
    }

    fn requests(&self) -> Vec<Option<usize>> {
        self.server.borrow().seen().sizes.iter().skip(self.before.get()).copied().map(Some).collect()
    }

    fn text(&self) -> usize {
        self.text
    }

    fn shown(&self, said: &str) -> String {
        let said = said.replace(&self.server.borrow().endpoint(), "http://collector:4317");
        // In which words a connection ends is a matter of time.
        let is_cut = self.name.starts_with("closed") || self.name.starts_with("another");
        match said.split_once("http://collector:4317: ").filter(|_| is_cut) {
            Some((before, after)) => {
                let rest = after.split_once(". ").unwrap().1;
                format!("{before}http://collector:4317: (in words of the system). {rest}")
            }
            None => said,
        }
    }

    fn is_very_long(&self) -> bool {
        self.name.contains("120")
    }
}

fn connections() -> Vec<OverGrpc> {
    vec![
        row("nobody listens", Held, Cause::Away),
        row("accepted, then silence", Held, Cause::Else(Reply::hang())),
        row("closed before an answer", Held, Cause::Else(Reply::disconnect())),
        row("an idle connection was closed", Delivered, Cause::Restarts),
        row("HTTP/1.1 answers", Held, Cause::Else(Reply::status(404))),
        row("another protocol answers", Held, Cause::Else(Reply::noise("220 mail.example.com ESMTP\r\n"))),
    ]
}

fn codes() -> Vec<OverGrpc> {
    let partial = |rejected_spans, message: &str| {
        let partial = ExportTracePartialSuccess { rejected_spans, error_message: message.to_owned() };
        Cause::Once(Ok(ExportTraceServiceResponse { partial_success: Some(partial) }))
    };
    let mut rows = vec![
        row("partial success, two rejected", TwoRefused, partial(2, "too old")),
        row("partial success, none rejected", Delivered, partial(0, "soon full")),
        row("RESOURCE_EXHAUSTED once", Delivered, Cause::Once(Err(Status::resource_exhausted("too large")))),
        row("RESOURCE_EXHAUSTED once, RetryInfo of 1 s", Delivered, Cause::Once(Err(exhausted_for(1)))),
        row("RESOURCE_EXHAUSTED, RetryInfo of 120 s", Held, Cause::Always(exhausted_for(120))),
        row("RESOURCE_EXHAUSTED whatever the size", Refused, Cause::Always(Status::resource_exhausted("too large"))),
        OverGrpc {
            text: 1 << 19,
            ..row("more than the server decodes", Delivered, Cause::Once(Ok(ExportTraceServiceResponse::default())))
        },
        row("UNAVAILABLE", Held, Cause::Always(Status::unavailable("soon"))),
    ];
    let passing = [Code::Cancelled, Code::DeadlineExceeded, Code::Aborted, Code::OutOfRange, Code::DataLoss];
    let is_final = [
        Code::Unknown,
        Code::InvalidArgument,
        Code::NotFound,
        Code::AlreadyExists,
        Code::PermissionDenied,
        Code::FailedPrecondition,
        Code::Unimplemented,
        Code::Internal,
        Code::Unauthenticated,
    ];
    let codes = passing.map(|code| (code, Delivered)).into_iter().chain(is_final.map(|code| (code, Refused)));
    rows.extend(codes.map(|(code, outcome)| {
        let once = if outcome == Delivered { " once" } else { "" };
        row(format!("{}{once}", name(code)), outcome, Cause::Once(Err(Status::new(code, "why"))))
    }));
    rows
}

/// As the specification writes it.
fn name(code: Code) -> String {
    let mut name = String::new();
    for letter in format!("{code:?}").chars() {
        if letter.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.push(letter.to_ascii_uppercase());
    }
    name
}

pub(crate) fn rows() -> Vec<Seen> {
    connections().into_iter().chain(codes()).map(|fault| Seen::of(&fault)).collect()
}
