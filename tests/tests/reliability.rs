//! Fault by fault: what becomes of three spans, and what is said. The table in `docs/reliability.md` is what this test
//! saw; with `TRACED_WRITE_DOCS=1` it writes it.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::Duration;

use traced::{ExportCall, ExportError, FileExporter, OtlpHttpExporter, Span, SpanBatch, SpanExporter};
use traced_tests::receiver::{Receiver, Reply};

/// Longer than anything that succeeds takes.
const LONG: Duration = Duration::from_secs(20);
/// For what does not: long enough for three attempts.
const SHORT: Duration = Duration::from_millis(1_200);
/// The first bytes of a server of HTTP/2, as receivers of OTLP/gRPC send them.
const HTTP2: &[u8] = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00";

static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What becomes of three spans before the fault is over. Afterwards those that are held arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Outcome {
    Delivered,
    Held,
    Refused,
    /// Two of them; the third is delivered.
    TwoRefused,
}

use Outcome::{Delivered, Held, Refused, TwoRefused};

struct Row {
    fault: &'static str,
    outcome: Outcome,
    begin: Box<dyn Fn(&Receiver)>,
    /// A text in each span, to make it large.
    text: usize,
}

fn row(fault: &'static str, outcome: Outcome, begin: impl Fn(&Receiver) + 'static) -> Row {
    Row { fault, outcome, begin: Box::new(begin), text: 0 }
}

fn always(fault: &'static str, outcome: Outcome, reply: Reply) -> Row {
    row(fault, outcome, move |receiver| receiver.otherwise(reply.clone()))
}

fn once(fault: &'static str, outcome: Outcome, reply: Reply) -> Row {
    row(fault, outcome, move |receiver| receiver.script([reply.clone()]))
}

fn asks(status: u16, after: &str) -> Reply {
    Reply::status(status).header("Retry-After", after)
}

fn connections() -> Vec<Row> {
    vec![
        row("nobody listens", Held, Receiver::go_away),
        always("accepted, then silence", Held, Reply::hang()),
        always("closed before an answer", Held, Reply::disconnect()),
        row("an idle connection was closed", Delivered, |receiver| {
            Span::start("before").end();
            traced::flush(LONG).unwrap();
            receiver.go_away();
            receiver.come_back();
        }),
        always("another protocol answers", Held, Reply::noise("220 mail.example.com ESMTP\r\n")),
        always("OTLP/gRPC answers", Held, Reply::noise(HTTP2)),
    ]
}

fn answers() -> Vec<Row> {
    let page = Reply::accept().header("Content-Type", "text/html").body("<html>");
    let mut rows = vec![
        once("200 whose body breaks off", Delivered, Reply::accept().body("ab").breaks_off(9)),
        once("400 whose body breaks off", Refused, Reply::status(400).body("ab").breaks_off(9)),
        once("200 of more than 4 MiB", Refused, Reply::accept().body(vec![0; 5 << 20])),
        always("200 with a web page", Delivered, page),
        once("partial success, two rejected", TwoRefused, Reply::partial(2, "too old")),
        once("partial success, none rejected", Delivered, Reply::partial(0, "soon full")),
        once("413", Delivered, Reply::status(413)),
        Row {
            text: 1 << 20,
            ..row("413 before the body was read", Delivered, |receiver| receiver.take_at_most_and_hang_up(3 << 19))
        },
        once("503, `Retry-After: 1`", Delivered, asks(503, "1")),
        once("503, `Retry-After: soon`", Delivered, asks(503, "soon")),
        always("503, `Retry-After: 0`", Held, asks(503, "0")),
        always("429, `Retry-After: 120`", Held, asks(429, "120")),
    ];
    for (fault, status) in [("429", 429), ("502", 502), ("503", 503), ("504", 504)] {
        rows.push(always(fault, Held, Reply::status(status)));
    }
    let refused = [("301", 301), ("400", 400), ("401", 401), ("403", 403), ("404", 404), ("405", 405), ("408", 408)];
    for (fault, status) in refused.into_iter().chain([("415", 415), ("500", 500), ("501", 501), ("505", 505)]) {
        rows.push(once(fault, Refused, Reply::status(status)));
    }
    rows
}

/// Runs a row, and writes a line of the table.
fn over_http(row: &Row) -> String {
    let receiver = Receiver::start();
    let exporter = OtlpHttpExporter::builder().endpoint(receiver.endpoint()).timeout(Duration::from_millis(300));
    let end = || {
        receiver.otherwise(Reply::accept());
        receiver.go_away();
        receiver.come_back();
    };
    let said = run(row, exporter.build().unwrap(), &|| (row.begin)(&receiver), &end);
    line("OTLP/HTTP", row, &said.replace(&receiver.endpoint(), "http://collector:4318"))
}

/// Records three spans, looks what becomes of them, and returns what was said.
fn run(row: &Row, exporter: impl SpanExporter, begin: &dyn Fn(), end: &dyn Fn()) -> String {
    MESSAGES.lock().unwrap().clear();
    traced::on_diagnostic(|message| MESSAGES.lock().unwrap().push(message.to_owned()));
    let dropped_before = traced::stats().dropped_after_shutdown;
    let started_before = traced::stats().started;
    let guard = traced::builder().exporter(exporter).init().unwrap();
    begin();
    let before = traced::stats().exporters.remove(0);
    (0..3).for_each(|_| Span::builder("work").attribute("text", "x".repeat(row.text)).start().end());
    let flushed = traced::flush(if row.outcome == Held { SHORT } else { LONG });
    let stats = traced::stats();
    let exporter = &stats.exporters[0];
    let seen = (exporter.exported - before.exported, exporter.queued, exporter.refused);
    let expected = match row.outcome {
        Delivered => (3, 0, 0),
        Held => (0, 3, 0),
        Refused => (0, 0, 3),
        TwoRefused => (1, 0, 2),
    };
    let fault = row.fault;
    assert_eq!(seen, expected, "{fault}: {stats:?}");
    assert_eq!(flushed.is_ok(), row.outcome == Delivered, "{fault}");
    assert_eq!(flushed.is_err_and(|error| error.is_timeout()), row.outcome == Held, "{fault}");
    let said = MESSAGES.lock().unwrap().first().cloned().unwrap_or_default();
    assert!(MESSAGES.lock().unwrap().len() <= 1, "{fault}: said once: {:?}", MESSAGES.lock().unwrap());
    end();
    // Nobody waits for two minutes here.
    let is_long = row.fault.contains("120");
    if row.outcome == Held && !is_long {
        traced::flush(LONG).unwrap();
        assert_eq!(traced::stats().exporters[0].exported, 3, "{fault}: what is held arrives");
    }
    assert_eq!(guard.shutdown(SHORT).is_ok(), !is_long || traced::stats().exporters[0].exported == 3, "{fault}");
    let stats = traced::stats();
    let exporter = &stats.exporters[0];
    let sum = exporter.exported + exporter.queued + exporter.refused + exporter.unsent + exporter.dropped_full;
    let lost = stats.dropped_after_shutdown - dropped_before;
    assert_eq!(stats.started - started_before, sum + lost, "{fault}: {stats:?}");
    said
}

fn line(exporter: &str, row: &Row, said: &str) -> String {
    let outcome = match row.outcome {
        Delivered => "delivered",
        Held => "held",
        Refused => "refused",
        TwoRefused => "two refused, one delivered",
    };
    let said = if said.is_empty() { "nothing".to_owned() } else { said.replace('|', "\\|") };
    format!("| {exporter} | {} | {outcome} | {said} |\n", row.fault)
}

struct Panicking;

impl SpanExporter for Panicking {
    fn export(&mut self, _batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        panic!("on purpose")
    }

    fn name(&self) -> &str {
        "yours"
    }
}

fn others() -> String {
    let panics = row("panics", Refused, |_| ());
    let mut table = line("your own", &panics, &run(&panics, Panicking, &|| (), &|| ()));
    if Path::new("/dev/full").exists() {
        let full = row("the disk is full", Refused, |_| ());
        let said = run(&full, FileExporter::append("/dev/full").unwrap(), &|| (), &|| ());
        table += &line("file", &full, &said);
    }
    table
}

#[test]
fn what_becomes_of_spans_is_what_the_page_says() {
    let mut table = "| exporter | fault | three spans are | said, once |\n|---|---|---|---|\n".to_owned();
    for row in connections().iter().chain(&answers()) {
        write!(table, "{}", over_http(row)).unwrap();
    }
    table += &others();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reliability.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = ("<!-- table: begin -->\n", "<!-- table: end -->");
    let (before, rest) = page.split_once(begin).unwrap();
    let (written, after) = rest.split_once(end).unwrap();
    if std::env::var_os("TRACED_WRITE_DOCS").is_some() {
        std::fs::write(&path, format!("{before}{begin}{table}{end}{after}")).unwrap();
    } else {
        assert_eq!(written, table, "run this test with TRACED_WRITE_DOCS=1, and look at what changed");
    }
}
