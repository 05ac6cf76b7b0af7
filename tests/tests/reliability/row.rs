//! One row: a fault, and what three spans see of it.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use traced::{ExporterStats, Guard, Span, SpanExporter};

/// Longer than anything that succeeds takes.
const LONG: Duration = Duration::from_secs(20);
/// For what does not: long enough for three attempts.
const SHORT: Duration = Duration::from_millis(800);
/// The time that the end of the program is given, and when all of it counts as used up.
const END: Duration = Duration::from_secs(4);
const ALL_OF_IT: Duration = Duration::from_millis(3_500);

static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// What becomes of three spans before the fault is over. Afterwards those that are held arrive.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Outcome {
    Delivered,
    Held,
    Refused,
    /// Two of them; the third is delivered.
    TwoRefused,
}

/// A fault of one exporter.
pub(crate) trait Fault {
    fn exporter(&self) -> &'static str;
    fn name(&self) -> &str;
    fn outcome(&self) -> Outcome;
    fn build(&self) -> Box<dyn SpanExporter>;
    /// The fault begins; a pipeline is running.
    fn begin(&self);
    /// Says whether the fault is over: spans are delivered again.
    fn end(&self) -> bool;
    /// How many spans each request had that arrived since the fault began; `None` when that was not seen.
    fn requests(&self) -> Vec<Option<usize>>;
    /// A text in each span, to make it large.
    fn text(&self) -> usize {
        0
    }
    /// What was said, without what differs from one run to the next.
    fn shown(&self, said: &str) -> String {
        said.to_owned()
    }
    /// Nobody waits in a test for as long as the receiver asks.
    fn is_very_long(&self) -> bool {
        false
    }
}

/// What was seen of a fault.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) exporter: &'static str,
    pub(crate) fault: String,
    pub(crate) verdict: &'static str,
    pub(crate) delivered: u64,
    pub(crate) held: u64,
    pub(crate) refused: u64,
    /// What `flush` waits for.
    pub(crate) flush: &'static str,
    /// How long the end of the program waits while the fault lasts.
    pub(crate) end: &'static str,
    /// What is left then.
    pub(crate) left: u64,
    pub(crate) said: Option<String>,
}

fn stats() -> ExporterStats {
    traced::stats().exporters.remove(0)
}

fn init(exporter: Box<dyn SpanExporter>) -> Guard {
    MESSAGES.lock().unwrap().clear();
    traced::on_diagnostic(|message| MESSAGES.lock().unwrap().push(message.to_owned()));
    traced::builder().exporter(exporter).init().unwrap()
}

/// Three spans end, which takes no time whatever the exporter does.
fn spans(fault: &dyn Fault) {
    let start = Instant::now();
    (0..3).for_each(|_| Span::builder("work").attribute("text", "x".repeat(fault.text())).start().end());
    assert!(start.elapsed() < LONG / 4, "{}: ending spans took {:?}", fault.name(), start.elapsed());
}

/// Each span is in one count.
fn assert_adds_up(name: &str, before: (u64, u64)) {
    let stats = traced::stats();
    let of = &stats.exporters[0];
    let sum = of.exported + of.queued + of.refused + of.unsent + of.dropped_full;
    let (started, after_shutdown) = before;
    let after_shutdown = stats.dropped_after_shutdown - after_shutdown;
    assert_eq!(stats.started - started, stats.live + sum + after_shutdown, "{name}: {stats:?}");
}

fn counts_before() -> (u64, u64) {
    let stats = traced::stats();
    (stats.started, stats.dropped_after_shutdown)
}

impl Seen {
    /// Runs a fault twice: it ends, and spans arrive; it lasts, and the program ends.
    pub(crate) fn of(fault: &dyn Fault) -> Self {
        let mut seen = Self::while_it_lasts(fault);
        (seen.end, seen.left) = at_the_end(fault);
        // What was delivered with the fault still there needs no time at the end either.
        assert!(seen.held == 0 || seen.left == 3, "{seen:?}");
        seen
    }

    fn while_it_lasts(fault: &dyn Fault) -> Self {
        let (name, outcome) = (fault.name(), fault.outcome());
        let at_first = counts_before();
        let guard = init(fault.build());
        fault.begin();
        let before = stats();
        spans(fault);
        let is_held = outcome == Outcome::Held;
        let flushed = traced::flush(if is_held { SHORT } else { LONG });
        let now = stats();
        let [delivered, held, refused] = [now.exported - before.exported, now.queued, now.refused];
        let expected = match outcome {
            Outcome::Delivered => [3, 0, 0],
            Outcome::Held => [0, 3, 0],
            Outcome::Refused => [0, 0, 3],
            Outcome::TwoRefused => [1, 0, 2],
        };
        assert_eq!([delivered, held, refused], expected, "{name}: {now:?}");
        assert_eq!(flushed.is_ok(), outcome == Outcome::Delivered, "{name}");
        let is_timeout = flushed.is_err_and(|error| error.is_timeout());
        assert_eq!(is_timeout, is_held, "{name}");
        let verdict = verdict(outcome, &fault.requests());
        let said = said_once(name);
        if fault.end() {
            later_spans_arrive(fault);
        }
        let _ = guard.shutdown(SHORT);
        assert_adds_up(name, at_first);
        Self {
            exporter: fault.exporter(),
            fault: name.to_owned(),
            verdict,
            delivered,
            held,
            refused,
            flush: if is_timeout { "its time" } else { "the answer" },
            end: "",
            left: 0,
            said: said.map(|said| fault.shown(&said)),
        }
    }
}

/// What is held arrives, and so does what ends later.
fn later_spans_arrive(fault: &dyn Fault) {
    if fault.is_very_long() {
        return;
    }
    let before = stats();
    Span::start("later").end();
    // Whether this flush or the one before it tells of what was lost is a matter of time.
    let _ = traced::flush(LONG);
    let after = stats();
    let name = fault.name();
    assert_eq!((after.exported, after.queued), (before.exported + before.queued + 1, 0), "{name}: {after:?}");
}

fn said_once(name: &str) -> Option<String> {
    let messages = MESSAGES.lock().unwrap();
    assert!(messages.len() <= 1, "{name}: said once: {messages:?}");
    messages.first().cloned()
}

/// The program ends while the fault lasts: for how long that holds it up, and what is left.
fn at_the_end(fault: &dyn Fault) -> (&'static str, u64) {
    let at_first = counts_before();
    let guard = init(fault.build());
    fault.begin();
    spans(fault);
    let start = Instant::now();
    let ended = guard.shutdown(END);
    let took = start.elapsed();
    let after = stats();
    let left = after.unsent + after.queued;
    let name = fault.name();
    assert!(took < END + LONG, "{name}: {took:?}");
    assert!(ended.is_err() || after.exported >= 3, "{name}: {after:?}");
    assert_adds_up(name, at_first);
    assert_eq!(after.exported + after.refused + left, traced::stats().started - at_first.0, "{name}: {after:?}");
    fault.end();
    let waits = match left {
        0 => "the answer",
        _ if took >= ALL_OF_IT => "its time",
        _ => "a part of its time",
    };
    (waits, left)
}

/// What an attempt came to, as the receiver saw it.
fn verdict(outcome: Outcome, requests: &[Option<usize>]) -> &'static str {
    match (outcome, requests) {
        (Outcome::Held, _) => "later",
        (Outcome::Refused, _) => "refused",
        (Outcome::TwoRefused, _) => "accepted",
        (Outcome::Delivered, [] | [_]) => "accepted",
        (Outcome::Delivered, sizes) if sizes.iter().flatten().any(|size| *size < 3) => "smaller",
        (Outcome::Delivered, _) => "later",
    }
}
