//! The OTLP/gRPC exporter against a server of other people's code.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message as _;
use tonic::{Code, Status};
use traced::otlp::OtlpGrpcExporterBuilder;
use traced::{ExporterStats, Guard, OtlpGrpcExporter, Span};
use traced_tests::grpc::{Server, exhausted_for};
use traced_tests::receiver::Receiver;

const LONG: Duration = Duration::from_secs(20);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

struct Program {
    guard: Option<Guard>,
    _alone: MutexGuard<'static, ()>,
}

impl Program {
    fn start(exporter: OtlpGrpcExporterBuilder) -> Self {
        let alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        MESSAGES.lock().unwrap().clear();
        traced::on_diagnostic(|message| MESSAGES.lock().unwrap().push(message.to_owned()));
        let guard = traced::builder().memory_limit(1 << 30).exporter(exporter.build().unwrap()).init().unwrap();
        Self { guard: Some(guard), _alone: alone }
    }

    fn export(&self, names: &[&'static str], timeout: Duration) -> bool {
        names.iter().for_each(|name| Span::start(*name).end());
        traced::flush(timeout).is_ok()
    }

    fn stats(&self) -> ExporterStats {
        traced::stats().exporters.remove(0)
    }
}

fn messages() -> Vec<String> {
    MESSAGES.lock().unwrap().clone()
}

fn to(server: &Server) -> OtlpGrpcExporterBuilder {
    OtlpGrpcExporter::builder().endpoint(server.endpoint())
}

#[test]
fn spans_arrive_with_headers_and_compressed() {
    let server = Server::start();
    let program = Program::start(to(&server).header("X-Tenant", "shop").gzip(true));
    for _ in 0..3 {
        assert!(program.export(&["a", "b"], LONG));
    }
    assert_eq!(server.seen().names, ["a", "b", "a", "b", "a", "b"]);
    let metadata = server.seen().metadata.concat();
    assert!(metadata.contains("shop") && metadata.contains("gzip") && metadata.contains("traced-OTLP"), "{metadata}");
    assert_eq!((program.stats().exported, messages()), (6, vec![]));
}

#[test]
fn codes_that_pass_are_tried_again_and_others_are_final() {
    let server = Server::start();
    let program = Program::start(to(&server));
    let passing =
        [Code::Cancelled, Code::DeadlineExceeded, Code::Aborted, Code::OutOfRange, Code::Unavailable, Code::DataLoss];
    for code in passing {
        server.seen().script.push_back(Err(Status::new(code, "soon")));
        assert!(program.export(&["a"], LONG), "{code:?}");
    }
    assert_eq!(server.seen().requests.len(), 12);
    let is_final = [Code::Unknown, Code::InvalidArgument, Code::NotFound, Code::Unauthenticated, Code::Unimplemented];
    for (index, code) in is_final.into_iter().enumerate() {
        server.seen().script.push_back(Err(Status::new(code, "never")));
        assert!(!program.export(&["b"], LONG), "{code:?}");
        assert_eq!((server.seen().requests.len(), program.stats().refused), (13 + index, index as u64 + 1));
    }
    let said = messages();
    assert_eq!(said.len(), is_final.len(), "{said:?}");
    assert!(said[3].contains("OTEL_EXPORTER_OTLP_HEADERS") && said[3].contains("never"), "{said:?}");
    assert_eq!(program.stats().exported, 6);
}

#[test]
fn an_exhausted_resource_passes_if_it_says_when_and_asks_for_less_if_not() {
    let server = Server::start();
    let program = Program::start(to(&server));
    server.seen().script.push_back(Err(exhausted_for(1)));
    assert!(program.export(&["a"], LONG));
    {
        let requests = &server.seen().requests;
        assert!(requests[1] - requests[0] >= Duration::from_secs(1), "the delay is kept");
    }
    server.seen().script.push_back(Err(Status::resource_exhausted("too large")));
    assert!(program.export(&["b", "c", "d"], LONG));
    assert_eq!(server.seen().requests.len(), 5, "once whole, then in halves");
    assert_eq!((program.stats().exported, program.stats().failed), (4, 0));
}

#[test]
fn a_partial_success_is_counted_and_said() {
    let server = Server::start();
    let program = Program::start(to(&server));
    let partial = ExportTracePartialSuccess { rejected_spans: 2, error_message: "too old".to_owned() };
    server.seen().script.push_back(Ok(ExportTraceServiceResponse { partial_success: Some(partial) }));
    assert!(!program.export(&["a", "b", "c"], LONG));
    assert_eq!((program.stats().exported, program.stats().refused), (1, 2));
    assert!(messages()[0].contains("rejected 2 spans: too old"), "{:?}", messages());
}

#[test]
fn a_server_that_was_away_gets_everything_and_an_idle_connection_that_broke_is_no_trouble() {
    let mut server = Server::start();
    let program = Program::start(to(&server));
    assert!(program.export(&["a"], LONG));
    server.go_away();
    server.come_back();
    assert!(program.export(&["b"], LONG));
    assert_eq!(messages(), [""; 0]);
    server.go_away();
    assert!(!program.export(&["c"], Duration::from_secs(1)));
    assert_eq!((program.stats().queued, program.stats().failed), (1, 0));
    server.come_back();
    assert!(program.export(&["d"], LONG));
    assert_eq!(server.seen().names, ["a", "b", "c", "d"]);
    let said = messages();
    let [gone, back] = &said[..] else { panic!("{said:?}") };
    assert!(gone.contains(&server.endpoint()) && gone.contains("OTLP/gRPC"), "{gone}");
    assert!(back.contains("answers again"), "{back}");
}

#[test]
fn it_works_within_a_runtime_and_ends_in_time_without_a_server() {
    let server = Server::start();
    let receiver = Receiver::start();
    receiver.otherwise(traced_tests::receiver::Reply::hang());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut program = Program::start(to(&server));
        assert!(program.export(&["a"], LONG));
        program.guard.take().unwrap().shutdown(LONG).unwrap();
    });
    assert_eq!(server.seen().names, ["a"]);
    // Speaks HTTP/1.1, and does not answer at all.
    let mut program = Program::start(OtlpGrpcExporter::builder().endpoint(receiver.endpoint()));
    Span::start("b").end();
    let start = Instant::now();
    assert!(program.guard.take().unwrap().shutdown(Duration::from_secs(1)).is_err());
    assert!(start.elapsed() < LONG / 2, "{:?}", start.elapsed());
    assert_eq!((program.stats().unsent, program.stats().queued), (1, 0));
}

#[test]
fn what_cannot_be_used_is_an_error() {
    let error = |url: &str| OtlpGrpcExporter::builder().endpoint(url).build().unwrap_err().to_string();
    for bad in ["http://h:4317O", "http://h:99999", "http://u:s3cret@h:0"] {
        assert!(error(bad).contains("port") && !error(bad).contains("s3cret"), "{bad}: {}", error(bad));
    }
    assert!(error("ftp://h").contains("http://localhost:4317"));
    assert!(OtlpGrpcExporter::builder().endpoint("h:4317").insecure(true).build().is_ok());
    let bad = OtlpGrpcExporter::builder().header("x-key", "s3cret\n");
    assert!(!format!("{bad:?}").contains("s3cret"));
    let error = bad.build().unwrap_err().to_string();
    assert!(error.contains("x-key") && !error.contains("s3cret"), "{error}");
}

fn export_much(spans: usize) -> bool {
    for _ in 0..spans {
        Span::builder("much").attribute("text", "x".repeat(10_000)).start().end();
    }
    traced::flush(LONG).is_ok()
}

#[test]
fn what_is_too_large_is_halved_until_it_fits_and_the_size_is_remembered() {
    // By the receiver's own word, and by that of tonic, whose limit is 1 MiB here.
    for most_bytes in [Some(300_000), None] {
        let server = Server::start();
        server.seen().most_bytes = most_bytes;
        let program = Program::start(to(&server));
        assert!(export_much(150), "{most_bytes:?}: {:?}", messages());
        let refused = |server: &Server| server.seen().requests.len();
        let first = refused(&server);
        assert!(export_much(150));
        assert_eq!(server.seen().names.len(), 300, "{most_bytes:?}");
        assert_eq!((program.stats().exported, program.stats().failed, messages()), (300, 0, vec![]));
        if most_bytes.is_some() {
            assert!(refused(&server) - first < first, "nothing that is too large is sent again");
        }
    }
}

#[test]
fn a_single_span_that_is_too_large_is_lost_and_said() {
    let server = Server::start();
    server.seen().most_bytes = Some(100_000);
    let program = Program::start(to(&server));
    Span::builder("huge").attribute("text", "x".repeat(200_000)).start().end();
    Span::start("small").end();
    assert!(traced::flush(LONG).is_err());
    assert_eq!((program.stats().exported, program.stats().refused), (1, 1));
    assert!(messages()[0].contains("make batches smaller"), "{:?}", messages());
}

#[test]
fn a_request_that_is_too_long_is_not_sent() {
    let server = Server::start();
    let program = Program::start(to(&server));
    Span::builder("huge").attribute("text", "x".repeat(65 << 20)).start().end();
    assert!(traced::flush(LONG).is_err());
    assert_eq!((server.seen().requests.len(), program.stats().refused), (0, 1), "{:?}", messages());
}

#[test]
fn credentials_are_asked_for_before_each_request() {
    let server = Server::start();
    let number = AtomicUsize::new(0);
    let url = server.endpoint() + "/opentelemetry.proto.collector.trace.v1.TraceService/Export";
    let exporter = to(&server).header("authorization", "old").credentials(move |request| {
        assert_eq!(request.url(), url);
        let body = request.body().flatten().copied().collect::<Vec<_>>();
        let body = ExportTraceServiceRequest::decode(body.as_slice()).unwrap();
        let name = body.resource_spans[0].scope_spans[0].spans[0].name.clone();
        match number.fetch_add(1, Ordering::Relaxed) {
            1 => Err("the vault is sealed".to_owned()),
            number => Ok(vec![("authorization".to_owned(), format!("token {number} for {name}"))]),
        }
    });
    let program = Program::start(exporter);
    assert!(program.export(&["a"], LONG) && program.export(&["b"], LONG));
    let metadata = server.seen().metadata.clone();
    assert!(metadata[0].contains("token 0 for a") && metadata[1].contains("token 2 for b"), "{metadata:?}");
    assert!(!metadata.concat().contains("old"), "{metadata:?}");
    assert_eq!((program.stats().exported, metadata.len()), (2, 2));
}

#[test]
fn who_is_silent_gets_a_new_connection() {
    let receiver = Receiver::start();
    receiver.otherwise(traced_tests::receiver::Reply::hang());
    let exporter = OtlpGrpcExporter::builder().endpoint(receiver.endpoint()).timeout(Duration::from_millis(200));
    let program = Program::start(exporter);
    assert!(!program.export(&["a"], Duration::from_secs(2)));
    assert!(receiver.connections() > 1, "{}", receiver.connections());
    assert_eq!((program.stats().queued, messages().len()), (1, 1), "{:?}", messages());
}
