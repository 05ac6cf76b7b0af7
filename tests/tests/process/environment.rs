//! Environment variables, in processes of their own: each test starts this program again with the variables set.
//! What each variable may hold is tested where it is read; here is what comes of it.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "also in the helpers of tests")]

use std::process::{Command, Output};
use std::time::Duration;

use traced::propagation::{extract, inject};
use traced::{MemoryExporter, Span};

/// Says which part a child process plays.
const PART: &str = "ENVIRONMENT_TEST_PART";

/// Not a test of its own: what the children do.
#[test]
fn child() {
    match std::env::var(PART).as_deref() {
        Ok("configuration") => configuration(),
        Ok("spans") => spans(),
        Ok("disabled") => disabled(),
        Ok("export") => export(),
        Ok("many") => many(),
        _ => {}
    }
}

fn configuration() {
    match traced::init() {
        Ok(guard) => println!("{}", guard.configuration()),
        Err(error) => println!("refused: {error}"),
    }
}

fn spans() {
    let exporter = MemoryExporter::default();
    let guard = traced::builder().exporter(exporter.clone()).init().unwrap();
    let span = Span::start("work");
    span.set_attribute("a", "äöüß");
    span.set_attribute("b", 2);
    span.end();
    guard.shutdown(Duration::from_secs(10)).unwrap();
    for span in exporter.spans() {
        let view = span.view();
        let attributes: Vec<_> = view.attributes().map(|attribute| attribute.key.to_owned()).collect();
        println!("span {attributes:?} dropped {} first {:?}", view.dropped_attributes(), view.attributes().get("a"));
    }
    println!("done");
}

fn export() {
    let _guard = traced::init().unwrap();
    Span::start("shown on a screen").end();
}

fn many() {
    let _guard = traced::builder().memory_limit(1 << 20).schedule_delay(Duration::from_millis(50)).init().unwrap();
    let parent = Span::start("parent");
    let _parent = parent.attach();
    let mut headers = std::collections::HashMap::new();
    inject(&mut headers);
    println!("sampled {}", headers["traceparent"].ends_with("-03"));
    for _ in 0..20 {
        for _ in 0..1000 {
            Span::start("child").end();
        }
        traced::flush(Duration::from_secs(20)).unwrap();
    }
    let stats = traced::stats();
    println!("ended {} dropped {}", stats.ended, stats.dropped_full);
}

fn disabled() {
    let threads = || std::fs::read_dir("/proc/self/task").map_or(0, Iterator::count);
    let before = threads();
    let _guard = traced::init().unwrap();
    println!("threads {}", threads() - before);
    let header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let incoming = std::collections::HashMap::from([("traceparent".to_owned(), header.to_owned())]);
    let _context = extract(&incoming).attach();
    let span = Span::start("work");
    println!("recording {}", span.is_recording());
    let mut outgoing = std::collections::HashMap::new();
    inject(&mut outgoing);
    println!("same {}", outgoing.get("traceparent").map(String::as_str) == Some(header));
}

/// What a child says to both outputs, with these variables and no other of ours.
fn run(part: &str, variables: &[(&str, &str)]) -> String {
    let mut command = command(part);
    command.envs(variables.iter().copied());
    text(&command.output().unwrap())
}

fn command(part: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", "environment::child", "--nocapture"]);
    for (name, _) in std::env::vars_os().filter(|(name, _)| {
        let name = name.to_string_lossy();
        name.starts_with("OTEL_") || name.starts_with("TRACED_")
    }) {
        command.env_remove(name);
    }
    command.env(PART, part);
    command
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat()
}

fn warnings(said: &str) -> Vec<&str> {
    said.lines().filter(|line| line.starts_with("traced: ")).collect()
}

#[track_caller]
fn assert_says(said: &str, line: &str) {
    assert!(said.lines().any(|found| found == line), "{line}\nis not in\n{said}");
}

#[test]
fn the_configuration_can_be_read() {
    let said = run(
        "configuration",
        &[
            ("OTEL_SERVICE_NAME", "shop"),
            ("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=a%2Cb,service.name=other"),
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_TRACES_SAMPLER", "ALWAYS_OFF"),
            ("OTEL_PROPAGATORS", "b3"),
        ],
    );
    for line in [
        "resource  service.name=shop",
        "resource  deployment.environment.name=a,b",
        "resource  telemetry.sdk.name=traced",
        "exporter  none",
        "sampler   AlwaysOffSampler",
        "context   b3",
    ] {
        assert_says(&said, line);
    }
    assert_eq!(warnings(&said), [""; 0]);
}

#[test]
fn header_values_are_never_printed() {
    let said = run(
        "configuration",
        &[
            ("OTEL_LOG_LEVEL", "debug"),
            ("OTEL_EXPORTER_OTLP_HEADERS", "authorization=Bearer%20s3cret"),
            ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://user:s3cret@127.0.0.1:9/x?key=s3cret"),
        ],
    );
    assert!(said.contains("authorization=***") && said.contains("to http://127.0.0.1:9/x,"), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
    let broken = run("configuration", &[("OTEL_EXPORTER_OTLP_HEADERS", "authorization=s3cret%")]);
    assert_eq!(warnings(&broken).len(), 1, "{broken}");
    assert!(!broken.contains("s3cret"), "{broken}");
}

#[test]
fn bad_values_warn_once_each_and_count_as_unset() {
    let said = run(
        "configuration",
        &[
            ("OTEL_TRACES_EXPORTER", "none"),
            ("OTEL_TRACES_SAMPLER", "sometimes"),
            ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
            ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
            ("OTEL_SPAN_EVENT_COUNT_LIMIT", "99999999999"),
            ("OTEL_SDK_DISABLED", "yes"),
            ("OTEL_RESOURCE_ATTRIBUTES", "a=1,broken"),
            ("OTEL_SERVICE_NAME", ""),
        ],
    );
    assert_eq!(warnings(&said).len(), 6, "{said}");
    assert!(said.contains("sampler   ParentBased{root:AlwaysOnSampler,"), "{said}");
    assert!(said.contains("batches   every 5s, at most no limit, queue no limit, export timeout 30s"), "{said}");
    assert!(said.contains("resource  service.name=unknown_service:") && !said.contains("resource  a=1"), "{said}");
    let quiet = run("configuration", &[("OTEL_TRACES_SAMPLER", "sometimes"), ("OTEL_LOG_LEVEL", "error")]);
    assert_eq!(warnings(&quiet), [""; 0]);
}

#[cfg(unix)]
#[test]
fn a_value_that_is_not_text_is_ignored_and_said() {
    use std::os::unix::ffi::OsStrExt;
    let mut command = command("configuration");
    command.env("OTEL_SERVICE_NAME", std::ffi::OsStr::from_bytes(b"\xff")).env("OTEL_TRACES_EXPORTER", "none");
    let said = text(&command.output().unwrap());
    assert_eq!(warnings(&said).len(), 1, "{said}");
    assert!(said.contains("OTEL_SERVICE_NAME") && said.contains("unknown_service:"), "{said}");
}

#[test]
fn endpoints_that_cannot_work_are_errors_with_the_way_out() {
    for (name, url, way_out) in [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318/v1/traces", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "http://"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "nonsense", "http://"),
    ] {
        let said = run("configuration", &[(name, url)]);
        assert!(said.contains("refused: ") && said.contains(way_out), "{url}: {said}");
    }
}

#[test]
fn exporters_by_name() {
    let console = run("export", &[("OTEL_TRACES_EXPORTER", "Console")]);
    assert!(console.contains("shown on a screen") && !console.contains("resourceSpans"), "{console}");
    let json = run("export", &[("OTEL_TRACES_EXPORTER", "otlp/stdout,none")]);
    assert!(json.contains("\"shown on a screen\"") && json.contains("resourceSpans"), "{json}");
    assert!(warnings(&json)[0].contains("none"), "{json}");
    let nothing = run("export", &[("OTEL_TRACES_EXPORTER", "none")]);
    assert!(!nothing.contains("shown on a screen") && warnings(&nothing).is_empty(), "{nothing}");
}

#[test]
fn the_endpoint_is_where_spans_go() {
    let receiver = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = receiver.local_addr().unwrap();
    let got = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = receiver.accept().unwrap();
        let mut request = Vec::new();
        let mut part = [0; 4096];
        while !request.windows(17).any(|text| text == b"shown on a screen") {
            let read = stream.read(&mut part).unwrap();
            assert_ne!(read, 0, "the connection ended early");
            request.extend_from_slice(&part[..read]);
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").unwrap();
        String::from_utf8_lossy(&request).into_owned()
    });
    let said = run(
        "export",
        &[
            ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("http://{address}/base/")),
            ("OTEL_EXPORTER_OTLP_HEADERS", "x-all=1"),
            ("OTEL_EXPORTER_OTLP_TRACES_HEADERS", "x-tenant=a%20b"),
        ],
    );
    let request = got.join().unwrap();
    assert!(request.starts_with("POST /base/v1/traces HTTP/1.1"), "{request}");
    assert!(request.contains("x-tenant: a b") && !request.contains("x-all"), "{request}");
    assert_eq!(warnings(&said), [""; 0]);
}

/// Spans have ids and are sampled, and nothing of them stays in memory.
#[test]
fn without_an_exporter_spans_are_let_go() {
    let said = run("many", &[("OTEL_TRACES_EXPORTER", "none")]);
    for line in ["sampled true", "ended 20000 dropped 0"] {
        assert_says(&said, line);
    }
    assert_eq!(warnings(&said), [""; 0]);
}

#[test]
fn limits_reach_the_spans() {
    let plain = run("spans", &[]);
    assert!(plain.contains(r#""a", "b"] dropped 0"#), "{plain}");
    let limited = run("spans", &[("OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT", "1"), ("OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT", "2")]);
    assert!(limited.contains("dropped 1") && limited.contains("äö") && !limited.contains("äöü"), "{limited}");
}

#[test]
fn the_sampler_reaches_the_spans() {
    let dropped =
        run("spans", &[("OTEL_TRACES_SAMPLER", "parentbased_traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "0")]);
    assert!(dropped.contains("done") && !dropped.contains("span ["), "{dropped}");
    let all = run("spans", &[("OTEL_TRACES_SAMPLER", "traceidratio"), ("OTEL_TRACES_SAMPLER_ARG", "7")]);
    assert!(all.contains("span [") && warnings(&all).len() == 1, "{all}");
}

#[test]
fn a_filter_that_is_not_understood_is_said() {
    let good = run("configuration", &[("OTEL_TRACES_EXPORTER", "none"), ("TRACED_FILTER", "my_crate::db=off")]);
    assert_says(&good, "filter    my_crate::db=off");
    assert_eq!(warnings(&good), [""; 0]);
    let bad = run("configuration", &[("OTEL_TRACES_EXPORTER", "none"), ("TRACED_FILTER", "my_crate::db=sometimes")]);
    assert!(warnings(&bad).len() == 1 && bad.contains("TRACED_FILTER"), "{bad}");
}

#[test]
fn disabled_passes_the_context_on_and_does_nothing_else() {
    let said = run("disabled", &[("OTEL_SDK_DISABLED", "TRUE")]);
    for line in ["threads 0", "recording false", "same true"] {
        assert_says(&said, line);
    }
    let propagators = run("disabled", &[("OTEL_SDK_DISABLED", "true"), ("OTEL_PROPAGATORS", "none")]);
    assert_says(&propagators, "same false");
}
