//! The OTLP/HTTP exporter against a receiver that fails on command.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use traced::otlp::OtlpHttpExporterBuilder;
use traced::{ExporterStats, Guard, OtlpHttpExporter, Span, SpanKind, Status};
use traced_tests::receiver::{ReceivedRequest, Receiver, Reply};

/// Longer than anything here takes; only a failure waits for it.
const LONG: Duration = Duration::from_secs(20);
/// For what does not succeed.
const SHORT: Duration = Duration::from_millis(500);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// A program with an exporter; one at a time, since there is one in a process.
struct Program {
    guard: Option<Guard>,
    _alone: MutexGuard<'static, ()>,
}

impl Program {
    fn start(to: &Receiver) -> Self {
        Self::start_with(OtlpHttpExporter::builder().endpoint(to.endpoint()))
    }

    fn start_with(exporter: OtlpHttpExporterBuilder) -> Self {
        Self::start_with_timeout(exporter, Duration::from_secs(30))
    }

    fn start_with_timeout(exporter: OtlpHttpExporterBuilder, timeout: Duration) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        MESSAGES.lock().unwrap().clear();
        traced::on_diagnostic(|message| MESSAGES.lock().unwrap().push(message.to_owned()));
        let program = traced::builder().exporter(exporter.build().unwrap()).memory_limit(256 << 20);
        let guard = program.export_timeout(timeout).init().unwrap();
        Self { guard: Some(guard), _alone: alone }
    }

    /// Exports one batch; whether that succeeded.
    fn export(&self, names: &[&'static str]) -> bool {
        self.export_within(names, LONG).is_ok()
    }

    fn export_within(&self, names: &[&'static str], timeout: Duration) -> Result<(), traced::FlushError> {
        names.iter().for_each(|name| Span::start(*name).end());
        traced::flush(timeout)
    }

    fn end(&mut self, timeout: Duration) -> bool {
        self.guard.take().unwrap().shutdown(timeout).is_ok()
    }

    fn stats(&self) -> ExporterStats {
        traced::stats().exporters.remove(0)
    }

    /// What was said about this receiver. An exporter of another test may still be trying another one.
    fn messages(&self, about: &Receiver) -> Vec<String> {
        let mut messages = MESSAGES.lock().unwrap().clone();
        messages.retain(|message| message.contains(&about.endpoint()));
        messages
    }
}

fn statuses(receiver: &Receiver) -> Vec<Option<u16>> {
    receiver.requests().iter().map(|request| request.status).collect()
}

fn gap(requests: &[ReceivedRequest]) -> Duration {
    requests[1].at.duration_since(requests[0].at)
}

#[test]
fn ten_batches_go_over_one_connection() {
    let receiver = Receiver::start();
    let program = Program::start_with(
        OtlpHttpExporter::builder()
            .endpoint(receiver.endpoint())
            .header("X-Tenant", "shop")
            .user_agent_prefix("my-distro/1.2"),
    );
    for _ in 0..10 {
        assert!(program.export(&["a", "b"]));
    }
    assert_eq!(receiver.connections(), 1);
    let requests = receiver.requests();
    assert_eq!(requests.len(), 10);
    for request in &requests {
        assert_eq!((request.method.as_str(), request.path.as_str()), ("POST", "/v1/traces"));
        assert_eq!(request.header("content-type"), Some("application/x-protobuf"));
        assert_eq!(request.header("content-length"), Some(request.body_len.to_string().as_str()));
        assert_eq!(request.header("content-encoding"), None);
        assert_eq!(request.header("transfer-encoding"), None);
        assert_eq!(request.header("x-tenant"), Some("shop"));
        let agent = request.header("user-agent").unwrap();
        assert_eq!(agent, format!("my-distro/1.2 traced-OTLP-Exporter-Rust/{}", env!("CARGO_PKG_VERSION")));
        assert_eq!(request.spans, Some(2));
    }
    assert_eq!((program.stats().exported, program.stats().failed), (20, 0));
    assert_eq!(program.messages(&receiver), [""; 0]);
}

#[test]
fn what_arrives_is_what_was_recorded() {
    let receiver = Receiver::start();
    let mut program = Program::start(&receiver);
    let root = Span::builder("root").kind(SpanKind::Server).start();
    let child = Span::builder("child").parent(root.context()).start();
    child.set_attribute("order.id", 42);
    child.add_event("checked", &[]);
    child.set_status(Status::error("declined"));
    child.end();
    root.end();
    assert!(program.end(LONG));
    let spans = receiver.spans();
    let [child, root] = &spans[..] else { panic!("{spans:?}") };
    assert_eq!((root.name.as_str(), child.name.as_str()), ("root", "child"));
    assert_eq!((root.kind, child.kind), (2, 1));
    assert_eq!(root.parent_id_hex(), "");
    assert_eq!(child.parent_id_hex(), root.span_id_hex());
    assert_eq!(child.trace_id_hex(), root.trace_id_hex());
    assert_eq!(child.attribute("order.id").map(|value| format!("{value:?}")).as_deref(), Some("IntValue(42)"));
    assert_eq!(child.events[0].name, "checked");
    assert_eq!((root.error_message(), child.error_message()), (None, Some("declined")));
    assert!(root.start_time_unix_nano <= child.start_time_unix_nano);
    assert!(child.end_time_unix_nano <= root.end_time_unix_nano);
}

#[test]
fn four_statuses_are_tried_again() {
    let receiver = Receiver::start();
    receiver.script([429, 502, 503, 504].map(Reply::status));
    let program = Program::start(&receiver);
    assert!(program.export(&["a"]));
    assert_eq!(statuses(&receiver), [Some(429), Some(502), Some(503), Some(504), Some(200)]);
    assert_eq!(receiver.spans().len(), 1);
    assert_eq!(receiver.connections(), 1, "an answered request leaves the connection open");
    assert_eq!((program.stats().exported, program.stats().failed), (1, 0));
}

#[test]
fn all_other_statuses_are_final_and_counted() {
    let receiver = Receiver::start();
    let program = Program::start(&receiver);
    let final_statuses = [301, 307, 400, 401, 403, 404, 405, 408, 415, 500, 501, 505];
    for (index, status) in final_statuses.into_iter().enumerate() {
        receiver.script([Reply::status(status)]);
        assert!(!program.export(&["a", "b"]), "{status}");
        assert_eq!(receiver.requests().len(), index + 1, "{status} is not tried again");
        assert_eq!(program.stats().failed, 2 * (index as u64 + 1));
    }
    let messages = program.messages(&receiver);
    assert_eq!(messages.len(), final_statuses.len());
    assert!(messages[3].contains("401") && messages[3].contains("OTEL_EXPORTER_OTLP_HEADERS"), "{}", messages[3]);
    assert!(program.export(&["c"]));
    assert_eq!(receiver.spans().len(), 1);
}

#[test]
fn the_receivers_explanation_is_told() {
    let receiver = Receiver::start();
    receiver.script([Reply::status(400).body(*b"\x12\x0abad spans!")]);
    let program = Program::start(&receiver);
    assert!(!program.export(&["a"]));
    assert!(program.messages(&receiver)[0].contains("bad spans!"), "{:?}", program.messages(&receiver));
}

#[test]
fn retry_after_in_seconds_is_kept() {
    let receiver = Receiver::start();
    receiver.script([Reply::status(503).header("Retry-After", "1")]);
    let program = Program::start(&receiver);
    assert!(program.export(&["a"]));
    let gap = gap(&receiver.requests());
    assert!((Duration::from_secs(1)..Duration::from_secs(4)).contains(&gap), "{gap:?}");
}

#[test]
fn retry_after_as_a_date_is_kept() {
    let receiver = Receiver::start();
    // Dates have no fractions: this is one to two seconds away, and the retry must not come before.
    let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_secs(2));
    let left = httpdate::parse_http_date(&date).unwrap().duration_since(SystemTime::now()).unwrap();
    let not_before = Instant::now() + left;
    receiver.script([Reply::status(429).header("Retry-After", &date)]);
    let program = Program::start(&receiver);
    assert!(program.export(&["a"]));
    let requests = receiver.requests();
    // A date read to whole milliseconds may be one early.
    assert!(requests[1].at + Duration::from_millis(50) >= not_before, "{:?} early", not_before - requests[1].at);
}

#[test]
fn a_receiver_that_wants_to_be_left_alone_is_and_nothing_is_lost() {
    let receiver = Receiver::start();
    receiver.script([Reply::status(503).header("Retry-After", "3")]);
    let program = Program::start(&receiver);
    assert!(program.export_within(&["a"], SHORT).is_err_and(|error| error.is_timeout()));
    assert!(program.export_within(&["b"], SHORT).is_err_and(|error| error.is_timeout()), "not even the next is sent");
    assert_eq!(receiver.requests().len(), 1);
    assert_eq!((program.stats().failed, program.stats().queued), (0, 2));
    assert!(program.export(&["c"]));
    assert_eq!(receiver.spans().len(), 3);
    let requests = receiver.requests();
    assert!(gap(&requests) >= Duration::from_secs(3), "{:?}", gap(&requests));
}

#[test]
fn the_end_does_not_wait_for_a_pause_that_is_longer() {
    let receiver = Receiver::start();
    receiver.otherwise(Reply::status(429).header("Retry-After", "120"));
    let mut program = Program::start(&receiver);
    assert!(program.export_within(&["a"], SHORT).is_err());
    let start = Instant::now();
    assert!(!program.end(LONG));
    assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
    let stats = program.stats();
    assert_eq!(
        (stats.unsent, stats.refused, stats.queued, receiver.requests().len()),
        (1, 0, 0, 2),
        "one last attempt"
    );
    let messages = program.messages(&receiver);
    assert!(messages.iter().any(|message| message.contains("429")), "{messages:?}");
}

#[test]
fn a_receiver_that_asks_for_no_pause_gets_one() {
    let receiver = Receiver::start();
    receiver.otherwise(Reply::status(503).header("Retry-After", "0"));
    let program = Program::start(&receiver);
    assert!(program.export_within(&["a"], Duration::from_secs(3)).is_err());
    let requests = receiver.requests();
    assert!((3..=10).contains(&requests.len()), "{} requests in 3 s", requests.len());
    let gaps: Vec<_> = requests.windows(2).map(|pair| pair[1].at.duration_since(pair[0].at)).collect();
    for (index, gap) in gaps.iter().enumerate() {
        assert!(*gap >= Duration::from_millis(50 << index.min(5)), "the pauses grow: {gaps:?}");
    }
    assert_eq!((program.stats().failed, program.stats().queued), (0, 1));
}

#[test]
fn nothing_is_lost_by_a_receiver_that_is_away_for_longer_than_an_export_may_take() {
    let receiver = Receiver::start_away();
    let exporter = OtlpHttpExporter::builder().endpoint(receiver.endpoint()).timeout(Duration::from_millis(300));
    let mut program = Program::start_with_timeout(exporter, Duration::from_secs(1));
    for _ in 0..40 {
        let _ = program.export_within(&["a"], Duration::from_millis(60));
    }
    assert_eq!((program.stats().failed, program.stats().queued), (0, 40));
    receiver.come_back();
    assert!(program.export(&[]));
    assert_eq!(receiver.spans().len(), 40);
    assert_eq!(program.stats().exported, 40);
    assert!(receiver.requests().len() < 10, "what waits goes together: {} requests", receiver.requests().len());
    assert!(program.end(LONG));
}

#[test]
fn what_was_accepted_is_not_sent_again_when_the_answer_breaks_off() {
    let receiver = Receiver::start();
    receiver.script([Reply::accept().body("ab").breaks_off(10)]);
    let program = Program::start(&receiver);
    assert!(program.export(&["a"]));
    assert_eq!((receiver.spans().len(), program.stats().exported), (1, 1));
    receiver.script([Reply::status(400).body("ab").breaks_off(10)]);
    assert!(!program.export(&["b"]));
    assert_eq!((receiver.requests().len(), program.stats().refused), (2, 1), "a 400 with half a body is a 400");
}

/// Spans of which one request is far larger than what the receiver takes.
fn export_much(program: &Program, spans: usize) -> bool {
    let text = "x".repeat(1_000);
    for _ in 0..spans {
        let span = Span::start("large");
        span.set_attribute("text", text.as_str());
        span.end();
    }
    program.export(&[])
}

#[test]
fn what_is_too_large_is_halved_until_it_fits() {
    let receiver = Receiver::start();
    receiver.take_at_most(20_000);
    let program = Program::start(&receiver);
    assert!(export_much(&program, 100));
    assert_eq!((receiver.spans().len(), program.stats().exported), (100, 100));
    let before = receiver.requests().len();
    assert!(export_much(&program, 100));
    let statuses = statuses(&receiver).split_off(before);
    assert!(statuses.iter().all(|status| *status == Some(200)), "the size that passed is remembered: {statuses:?}");
    assert_eq!(receiver.spans().len(), 200);
}

#[test]
fn a_single_span_that_is_too_large_is_lost_and_said() {
    let receiver = Receiver::start();
    receiver.take_at_most(1_000);
    let program = Program::start(&receiver);
    assert!(!export_much(&program, 3));
    assert_eq!((program.stats().refused, program.stats().exported), (3, 0));
    let messages = program.messages(&receiver);
    assert!(messages.len() == 1 && messages[0].contains("413"), "one trouble, said once: {messages:?}");
    assert!(program.export(&["small"]));
}

#[test]
fn what_is_too_large_is_halved_when_the_receiver_hangs_up_before_it_has_read_it() {
    let receiver = Receiver::start();
    receiver.take_at_most_and_hang_up(2 << 20);
    let program = Program::start(&receiver);
    assert!(export_much(&program, 5_000));
    assert_eq!((receiver.spans().len(), program.stats().exported, program.stats().failed), (5_000, 5_000, 0));
}

#[test]
fn what_speaks_no_http_is_waited_for_and_said() {
    // The first bytes of a server of HTTP/2, as receivers of OTLP/gRPC send them.
    let settings = b"\x00\x00\x06\x04\x00\x00\x00\x00\x00\x00\x05\x00\x00\x40\x00";
    let receiver = Receiver::start();
    receiver.script([Reply::noise(*settings), Reply::noise(*settings), Reply::noise("220 mail.example.com ESMTP\r\n")]);
    let program = Program::start(&receiver);
    assert!(program.export(&["a"]));
    assert_eq!((receiver.spans().len(), program.stats().failed), (1, 0));
    let messages = program.messages(&receiver);
    assert!(messages[0].contains("OTLP/gRPC") && messages[0].contains("4318"), "{messages:?}");
}

#[test]
fn a_web_page_is_said_once() {
    let receiver = Receiver::start();
    receiver.otherwise(Reply::accept().header("Content-Type", "text/html; charset=utf-8").body("<html>Welcome"));
    let program = Program::start(&receiver);
    assert!(program.export(&["a"]) && program.export(&["b"]));
    let messages = program.messages(&receiver);
    assert!(messages.len() == 1 && messages[0].contains("does not look like a receiver of OTLP"), "{messages:?}");
    assert_eq!(program.stats().exported, 2);
}

#[test]
fn a_trouble_that_comes_and_goes_is_one() {
    let receiver = Receiver::start();
    let program = Program::start(&receiver);
    for number in 0..20 {
        let text = format!("span {:032x} is too old", u128::MAX / (number + 1));
        receiver.script([
            Reply::status(400).header("Content-Type", "text/plain").body(text),
            Reply::partial(0, "soon full"),
        ]);
        assert!(!program.export(&["a"]));
        assert!(program.export(&["b"]));
    }
    let messages = program.messages(&receiver);
    assert!(messages.len() == 2, "one refusal, one warning of the receiver: {messages:?}");
    assert_eq!((program.stats().refused, program.stats().exported), (20, 20));
}

#[test]
fn lost_connections_and_silence_are_tried_again() {
    let receiver = Receiver::start();
    receiver.script([Reply::disconnect(), Reply::hang(), Reply::accept()]);
    let exporter = OtlpHttpExporter::builder().endpoint(receiver.endpoint()).timeout(Duration::from_millis(200));
    let program = Program::start_with(exporter);
    assert!(program.export(&["a"]));
    assert_eq!(statuses(&receiver), [None, None, Some(200)]);
    assert_eq!(receiver.spans().len(), 1);
}

#[test]
fn a_closed_idle_connection_is_no_trouble() {
    let receiver = Receiver::start();
    let program = Program::start(&receiver);
    assert!(program.export(&["a"]));
    receiver.go_away();
    receiver.come_back();
    assert!(program.export(&["b"]));
    assert_eq!(receiver.spans().len(), 2);
    assert_eq!(program.messages(&receiver), [""; 0]);
}

#[test]
fn nothing_is_lost_while_the_receiver_is_away() {
    let receiver = Receiver::start_away();
    let program = Program::start(&receiver);
    std::thread::scope(|scope| {
        let flush = scope.spawn(|| program.export(&["a", "b", "c"]));
        let deadline = Instant::now() + LONG;
        while program.messages(&receiver).is_empty() {
            assert!(Instant::now() < deadline, "no warning");
            std::thread::yield_now();
        }
        receiver.come_back();
        assert!(flush.join().unwrap());
    });
    assert_eq!(receiver.spans().len(), 3);
    let messages = program.messages(&receiver);
    let [gone, back] = &messages[..] else { panic!("{messages:?}") };
    assert!(gone.contains(&receiver.endpoint()) && gone.contains("OTEL_EXPORTER_OTLP_ENDPOINT"), "{gone}");
    assert!(back.contains("answers again") && back.contains(" 0 spans"), "{back}");
    assert_eq!((program.stats().exported, program.stats().failed), (3, 0));
}

#[test]
fn nobody_listening_holds_the_end_up_only_shortly() {
    let receiver = Receiver::start_away();
    let mut program = Program::start(&receiver);
    Span::start("a").end();
    let start = Instant::now();
    assert!(!program.end(LONG));
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(program.stats().failed, 1);
    let messages = program.messages(&receiver);
    assert!(messages.len() == 1 && messages[0].contains(&receiver.endpoint()), "{messages:?}");
}

#[test]
fn a_hanging_receiver_ends_with_the_deadline() {
    let receiver = Receiver::start();
    receiver.otherwise(Reply::hang());
    let mut program = Program::start(&receiver);
    Span::start("a").end();
    let start = Instant::now();
    assert!(!program.end(Duration::from_millis(500)));
    let took = start.elapsed();
    assert!((Duration::from_millis(400)..Duration::from_secs(3)).contains(&took), "{took:?}");
}

#[test]
fn a_receiver_that_never_answers_is_named_at_the_end() {
    let receiver = Receiver::start();
    receiver.otherwise(Reply::hang());
    let mut program = Program::start(&receiver);
    ["a", "b", "c"].into_iter().for_each(|name| Span::start(name).end());
    assert!(!program.end(Duration::from_secs(3)));
    assert_eq!((program.stats().failed, program.stats().queued), (3, 0));
    let messages = program.messages(&receiver);
    let named = format!("no answer from {}/v1/traces in ", receiver.endpoint());
    let said = messages.iter().find(|message| message.contains(&named));
    assert!(said.is_some_and(|said| said.contains("3 spans")), "{messages:?}");
}

#[test]
fn the_variable_that_was_used_is_named() {
    let receiver = Receiver::start_away();
    let mut program = Program::start_with(OtlpHttpExporter::builder().traces_endpoint(receiver.endpoint()));
    Span::start("a").end();
    assert!(!program.end(LONG));
    let messages = program.messages(&receiver).concat();
    assert!(messages.contains("set OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), "{messages}");
    assert!(messages.contains("its path is empty") && messages.contains("/v1/traces"), "{messages}");
}

#[test]
fn partial_success_is_not_tried_again() {
    let receiver = Receiver::start();
    receiver.script([Reply::partial(2, "too old"), Reply::partial(0, "soon\nfull"), Reply::partial(99, "")]);
    let program = Program::start(&receiver);
    assert!(!program.export(&["a", "b", "c"]));
    assert_eq!((program.stats().exported, program.stats().failed), (1, 2));
    assert!(program.export(&["d"]));
    assert_eq!((program.stats().exported, program.stats().failed), (2, 2));
    assert!(!program.export(&["e"]), "more than there were");
    assert_eq!((program.stats().exported, program.stats().failed), (2, 3));
    assert_eq!(receiver.requests().len(), 3);
    let messages = program.messages(&receiver);
    assert!(messages[0].contains("rejected 2 spans: too old"), "{messages:?}");
    assert!(messages[1].contains("accepted all spans and says: soon\\nfull"), "{messages:?}");
}

#[test]
fn without_spans_there_is_no_request() {
    let receiver = Receiver::start();
    let mut program = Program::start(&receiver);
    assert!(program.export(&[]));
    assert!(program.end(LONG));
    assert_eq!((receiver.connections(), receiver.requests().len()), (0, 0));
}

#[test]
fn a_response_that_is_too_long_is_final() {
    let receiver = Receiver::start();
    receiver.script([Reply::accept().body(vec![0; 5 << 20])]);
    let program = Program::start(&receiver);
    assert!(!program.export(&["a"]));
    assert_eq!(receiver.requests().len(), 1);
    assert_eq!(program.stats().failed, 1);
    assert!(program.messages(&receiver)[0].contains("longer than 4194304 bytes"), "{:?}", program.messages(&receiver));
}

#[test]
fn a_request_that_is_too_long_is_not_sent() {
    let receiver = Receiver::start();
    let program = Program::start(&receiver);
    let span = Span::start("huge");
    span.set_attribute("text", "x".repeat(65 << 20).as_str());
    span.end();
    assert!(traced::flush(LONG).is_err());
    assert_eq!((receiver.requests().len(), program.stats().failed), (0, 1));
    assert!(program.export(&["small"]));
}

#[test]
fn compressed_requests_arrive() {
    let receiver = Receiver::start();
    let mut program = Program::start_with(OtlpHttpExporter::builder().endpoint(receiver.endpoint()).gzip(true));
    let span = Span::start("long");
    let text = "x".repeat(100_000);
    span.set_attribute("text", text.as_str());
    span.end();
    assert!(program.end(LONG));
    let request = &receiver.requests()[0];
    assert_eq!(request.header("content-encoding"), Some("gzip"));
    assert!(request.body_len < 10_000, "{}", request.body_len);
    assert_eq!(receiver.spans()[0].text("text"), Some(text.as_str()));
}

#[test]
fn the_path_of_the_endpoint_counts() {
    let receiver = Receiver::start();
    let base = OtlpHttpExporter::builder().endpoint(receiver.endpoint() + "/tenant/");
    assert!(Program::start_with(base).export(&["a"]));
    let exact = OtlpHttpExporter::builder().traces_endpoint(receiver.endpoint() + "/ingest?key=1");
    assert!(Program::start_with(exact).export(&["b"]));
    let root = OtlpHttpExporter::builder().traces_endpoint(receiver.endpoint());
    assert!(Program::start_with(root).export(&["c"]));
    let paths = receiver.requests().into_iter().map(|request| request.path).collect::<Vec<_>>();
    assert_eq!(paths, ["/tenant/v1/traces", "/ingest?key=1", "/"]);
}

#[test]
fn secrets_are_not_shown() {
    let receiver = Receiver::start();
    receiver.otherwise(Reply::status(401));
    let builder = OtlpHttpExporter::builder().endpoint(receiver.endpoint()).header("authorization", "Bearer hush");
    let shown = format!("{builder:?} {:?}", builder.clone().build().unwrap());
    assert!(shown.contains("authorization") && !shown.contains("hush"), "{shown}");
    let bad = builder.clone().header("x-key", "hush\n").build().unwrap_err().to_string();
    assert!(bad.contains("x-key") && !bad.contains("hush"), "{bad}");
    let program = Program::start_with(builder);
    assert!(!program.export(&["a"]));
    assert_eq!(receiver.requests()[0].header("authorization"), Some("Bearer hush"));
    assert!(!program.messages(&receiver).concat().contains("hush"), "{:?}", program.messages(&receiver));
}

#[test]
fn spans_in_json_arrive_like_those_in_protobuf() {
    let receiver = Receiver::start();
    let partial = Reply::accept().header("Content-Type", "application/json");
    receiver.script([
        partial.clone().body("{}"),
        partial.body(r#"{"partialSuccess":{"rejectedSpans":"1","errorMessage":"too old"}}"#),
    ]);
    let program = Program::start_with(OtlpHttpExporter::builder().endpoint(receiver.endpoint()).json(true).gzip(true));
    let span = Span::builder("root").kind(SpanKind::Server).start();
    span.set_attribute("order.id", 42);
    span.end();
    assert!(program.export(&[]));
    let spans = receiver.spans();
    assert_eq!((spans[0].name.as_str(), spans[0].kind), ("root", 2));
    assert_eq!(spans[0].attribute("order.id").map(|value| format!("{value:?}")).as_deref(), Some("IntValue(42)"));
    let request = &receiver.requests()[0];
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert!(!program.export(&["a", "b"]));
    assert_eq!((program.stats().exported, program.stats().refused), (2, 1));
    assert!(program.messages(&receiver)[0].contains("rejected 1 spans: too old"), "{:?}", program.messages(&receiver));
}

#[test]
fn credentials_are_asked_for_before_each_request() {
    let receiver = Receiver::start();
    let number = std::sync::atomic::AtomicUsize::new(0);
    let url = receiver.endpoint() + "/v1/traces";
    let exporter = OtlpHttpExporter::builder().endpoint(receiver.endpoint()).header("authorization", "old");
    let exporter = exporter.credentials(move |request| {
        assert_eq!(request.url(), url);
        let bytes: usize = request.body().map(<[u8]>::len).sum();
        match number.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            1 => Err("the vault is sealed".to_owned()),
            number => {
                Ok(vec![("authorization".to_owned(), format!("{number}")), ("x-length".to_owned(), bytes.to_string())])
            }
        }
    });
    let program = Program::start_with(exporter);
    assert!(program.export(&["a"]) && program.export(&["b"]));
    let requests = receiver.requests();
    let authorizations: Vec<_> = requests.iter().map(|request| request.header("authorization").unwrap()).collect();
    assert_eq!(authorizations, ["0", "2"], "what has no credentials waits");
    assert!(requests.iter().all(|request| request.header("x-length") == Some(&request.body_len.to_string())));
    assert_eq!(program.stats().exported, 2);
}

#[test]
fn a_timeout_of_a_few_milliseconds_says_its_unit() {
    let receiver = Receiver::start();
    receiver.otherwise(Reply::hang());
    let exporter = OtlpHttpExporter::builder().endpoint(receiver.endpoint()).timeout(Duration::from_millis(10));
    let program = Program::start_with(exporter);
    assert!(program.export_within(&["a"], Duration::from_secs(2)).is_err());
    let messages = program.messages(&receiver).concat();
    assert!(messages.contains("in 10 ms (OTEL_EXPORTER_OTLP_TIMEOUT is in milliseconds)"), "{messages}");
}
