//! Faults of OTLP/HTTP.

use std::cell::Cell;
use std::time::Duration;

use traced::{OtlpHttpExporter, Span, SpanExporter};
use traced_tests::receiver::{Receiver, Reply};

use crate::row::Outcome::{self, Delivered, Held, Refused, TwoRefused};
use crate::row::{Fault, Seen};

/// The first bytes of a server of HTTP/2, as receivers of OTLP/gRPC send them.
const HTTP2: &[u8] = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00";

struct OverHttp {
    name: &'static str,
    outcome: Outcome,
    receiver: Receiver,
    begin: Box<dyn Fn(&Receiver)>,
    text: usize,
    /// Requests before the fault.
    before: Cell<usize>,
}

fn row(name: &'static str, outcome: Outcome, begin: impl Fn(&Receiver) + 'static) -> OverHttp {
    let receiver = Receiver::start();
    OverHttp { name, outcome, receiver, begin: Box::new(begin), text: 0, before: Cell::default() }
}

fn always(name: &'static str, outcome: Outcome, reply: Reply) -> OverHttp {
    row(name, outcome, move |receiver| receiver.otherwise(reply.clone()))
}

fn once(name: &'static str, outcome: Outcome, reply: Reply) -> OverHttp {
    row(name, outcome, move |receiver| receiver.script([reply.clone()]))
}

fn asks(status: u16, after: &str) -> Reply {
    Reply::status(status).header("Retry-After", after)
}

impl Fault for OverHttp {
    fn exporter(&self) -> &'static str {
        "OTLP/HTTP"
    }

    fn name(&self) -> &str {
        self.name
    }

    fn outcome(&self) -> Outcome {
        self.outcome
    }

    fn build(&self) -> Box<dyn SpanExporter> {
        let exporter = OtlpHttpExporter::builder().endpoint(self.receiver.endpoint());
        Box::new(exporter.timeout(Duration::from_millis(300)).build().unwrap())
    }

    fn begin(&self) {
        (self.begin)(&self.receiver);
        self.before.set(self.receiver.requests().len());
    }

    fn end(&self) -> bool {
        self.receiver.otherwise(Reply::accept());
        self.receiver.go_away();
        self.receiver.come_back();
        true
    }

    fn requests(&self) -> Vec<Option<usize>> {
        self.receiver.requests().iter().skip(self.before.get()).map(|request| request.spans).collect()
    }

    fn text(&self) -> usize {
        self.text
    }

    fn shown(&self, said: &str) -> String {
        said.replace(&self.receiver.endpoint(), "http://collector:4318")
    }

    fn is_very_long(&self) -> bool {
        self.name.contains("120")
    }
}

fn connections() -> Vec<OverHttp> {
    vec![
        row("nobody listens", Held, Receiver::go_away),
        always("accepted, then silence", Held, Reply::hang()),
        always("closed before an answer", Held, Reply::disconnect()),
        row("an idle connection was closed", Delivered, |receiver| {
            Span::start("before").end();
            traced::flush(Duration::from_secs(20)).unwrap();
            receiver.go_away();
            receiver.come_back();
        }),
        always("another protocol answers", Held, Reply::noise("220 mail.example.com ESMTP\r\n")),
        always("OTLP/gRPC answers", Held, Reply::noise(HTTP2)),
    ]
}

fn answers() -> Vec<OverHttp> {
    let page = Reply::accept().header("Content-Type", "text/html").body("<html>");
    vec![
        once("200 whose body breaks off", Delivered, Reply::accept().body("ab").breaks_off(9)),
        once("400 whose body breaks off", Refused, Reply::status(400).body("ab").breaks_off(9)),
        once("200 of more than 4 MiB", Refused, Reply::accept().body(vec![0; 5 << 20])),
        always("200 with a web page", Delivered, page),
        once("partial success, two rejected", TwoRefused, Reply::partial(2, "too old")),
        once("partial success, more rejected than sent", Refused, Reply::partial(9, "too old")),
        once("partial success, less than none rejected", Delivered, Reply::partial(-2, "odd")),
        once("partial success, none rejected", Delivered, Reply::partial(0, "soon full")),
        once("413", Delivered, Reply::status(413)),
        OverHttp {
            text: 1 << 20,
            ..row("413 before the body was read", Delivered, |receiver| receiver.take_at_most_and_hang_up(3 << 19))
        },
        always("413 whatever the size", Refused, Reply::status(413)),
    ]
}

fn statuses() -> Vec<OverHttp> {
    let mut rows = vec![
        once("503 once, `Retry-After: 1`", Delivered, asks(503, "1")),
        once("503 once, `Retry-After: soon`", Delivered, asks(503, "soon")),
        always("503, `Retry-After: 0`", Held, asks(503, "0")),
        always("429, `Retry-After: 120`", Held, asks(429, "120")),
        always("503", Held, Reply::status(503)),
    ];
    for (fault, status) in [("429 once", 429), ("502 once", 502), ("504 once", 504)] {
        rows.push(once(fault, Delivered, Reply::status(status)));
    }
    let refused = [("301", 301), ("400", 400), ("401", 401), ("403", 403), ("404", 404), ("405", 405), ("407", 407)];
    let more = [("408", 408), ("415", 415), ("500", 500), ("501", 501), ("505", 505)];
    rows.extend(refused.into_iter().chain(more).map(|(fault, status)| once(fault, Refused, Reply::status(status))));
    rows
}

pub(crate) fn rows() -> Vec<Seen> {
    let all = connections().into_iter().chain(answers()).chain(statuses());
    all.map(|fault| Seen::of(&fault)).collect()
}
