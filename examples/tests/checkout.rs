//! Runs the example `checkout` as its users do, and looks at what it prints and exports.
#![allow(clippy::print_stderr, clippy::unwrap_used, reason = "a test fails by panicking, and says when it is skipped")]

use std::collections::{BTreeSet, HashMap, HashSet};
use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use rustix::process::{Pid, Signal, kill_process};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use traced_tests::receiver::{ReceivedSpan, Receiver};

const SERVICES: [&str; 4] = ["gateway", "notifications", "orders", "payments"];

/// The example, which `cargo test` builds along with the tests of its package.
fn checkout() -> Command {
    let test = std::env::current_exe().unwrap();
    let target = test.ancestors().nth(2).unwrap();
    let program: PathBuf = target.join("examples").join("checkout").with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "{} is built by `cargo test -p traced-examples`", program.display());
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("OTEL_")) {
        command.env_remove(name);
    }
    command
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// The trace ids in what was printed, in order.
fn trace_ids(text: &str) -> Vec<String> {
    let words = text.split_whitespace().collect::<Vec<_>>();
    words.windows(2).filter(|pair| pair[0] == "trace").map(|pair| pair[1].to_owned()).collect()
}

#[test]
fn prints_three_waterfalls_across_four_services() {
    let output = checkout().output().unwrap();
    let (text, errors) = (stdout(&output), stderr(&output));
    assert!(output.status.success() && errors.is_empty(), "{}\n{text}\n{errors}", output.status);
    let waterfalls = text.split("\n\n").skip(2).collect::<Vec<_>>();
    let titles = waterfalls.iter().map(|tree| tree.split("  trace ").next().unwrap()).collect::<Vec<_>>();
    assert_eq!(titles, ["fine", "declined card", "slow bank"], "{text}");
    assert_eq!(trace_ids(&text).into_iter().collect::<HashSet<_>>().len(), 3, "{text}");
    for service in SERVICES {
        let shows = |tree: &&str| tree.lines().any(|line| line.starts_with(service));
        assert!(waterfalls.iter().all(shows), "no span of {service} in one of\n{text}");
    }
    assert!(!waterfalls[0].contains('✗') && waterfalls[1].contains("✗ card declined: insufficient funds"), "{text}");
    let ids = trace_ids(&text);
    for (tree, id) in waterfalls.iter().zip(&ids) {
        let lines = log_lines(tree);
        assert!(lines.iter().all(|line| line["trace_id"] == **id), "{tree}");
        let messages = lines.iter().filter_map(|line| line["message"].as_str()).collect::<Vec<_>>();
        assert!(["order received", "customer notified"].iter().all(|said| messages.contains(said)), "{tree}");
    }
}

/// The log lines below a waterfall.
fn log_lines(tree: &str) -> Vec<serde_json::Value> {
    let lines = tree.lines().filter_map(|line| line.split_once('{').map(|(_, rest)| format!("{{{rest}")));
    lines.map(|line| serde_json::from_str(&line).unwrap()).collect()
}

#[test]
fn real_parts_have_spans_as_well() {
    let parts = [
        ("--postgres", "POSTGRES_URL", "postgres://root@127.0.0.1:5432/test"),
        ("--redis", "REDIS_URL", "redis://127.0.0.1:6379/3"),
        ("--nats", "NATS_URL", "nats://127.0.0.1:4222"),
    ];
    let mut command = checkout();
    for (option, variable, default) in parts {
        let url = std::env::var(variable).unwrap_or(default.to_owned());
        if let Err(error) = TcpStream::connect(address(&url)) {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "nobody listens at {url}: {error}");
            eprintln!("skipped: nobody listens at {url}: {error}");
            return;
        }
        command.args([option, &url]);
    }
    let output = command.output().unwrap();
    let (text, errors) = (stdout(&output), stderr(&output));
    assert!(output.status.success() && errors.is_empty(), "{}\n{text}\n{errors}", output.status);
    for tree in text.split("\n\n").skip(2) {
        for name in ["DECRBY", "INSERT orders", "UPDATE orders", "publish order-events", "process order-events"] {
            assert!(tree.contains(name), "no {name} in\n{tree}");
        }
    }
}

/// Host and port of a URL that has both.
fn address(url: &str) -> &str {
    let authority = url.split("://").nth(1).unwrap().split('/').next().unwrap();
    authority.rsplit('@').next().unwrap()
}

#[test]
fn a_mistaken_option_is_named() {
    let cases = [
        ("--natz", "checkout: unknown option --natz; --help lists those that there are\n"),
        ("--nats", "checkout: --nats needs a URL\n"),
    ];
    for (option, expected) in cases {
        let output = checkout().arg(option).output().unwrap();
        assert_eq!((output.status.success(), stderr(&output).as_str()), (false, expected));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let mut child = checkout().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    // As `| head -1` does it.
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

/// What it prints to a terminal of this kind.
fn on_a_terminal(kind: &str) -> String {
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let path = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let screen = std::fs::OpenOptions::new().read(true).write(true).open(path).unwrap();
    let mut command = checkout();
    command.env("TERM", kind).env_remove("NO_COLOR").stdout(screen);
    let mut child = command.spawn().unwrap();
    // The other end is held by the child alone, so that reading ends with it.
    drop(command);
    let mut text = Vec::new();
    let _ended = std::fs::File::from(terminal).read_to_end(&mut text);
    assert!(child.wait().unwrap().success());
    String::from_utf8(text).unwrap()
}

#[test]
fn a_terminal_that_has_no_colours_gets_none() {
    const ESCAPE: char = '\u{1b}';
    assert!(on_a_terminal("xterm-256color").contains(ESCAPE));
    let plain = on_a_terminal("dumb");
    assert!(plain.contains("declined card") && !plain.contains(ESCAPE), "{plain:?}");
}

#[test]
fn other_exporters_of_the_environment_are_used() {
    let output = checkout().env("OTEL_TRACES_EXPORTER", "none").output().unwrap();
    let text = stdout(&output);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!((trace_ids(&text).len(), text.contains('█')), (3, false), "{text}");
}

#[test]
fn one_page_has_the_traces_of_all_services() {
    let path = std::env::temp_dir().join(format!("traced-checkout-{}.html", std::process::id()));
    let output = checkout().arg("--html").arg(&path).output().unwrap();
    let (text, errors) = (stdout(&output), stderr(&output));
    assert!(output.status.success() && errors.is_empty(), "{}\n{text}\n{errors}", output.status);
    assert!(text.ends_with(&format!("\nopen {} in a browser to search these traces\n", path.display())), "{text}");
    let page = std::fs::read_to_string(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let data = page.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    let data: serde_json::Value = serde_json::from_str(data).unwrap();
    let ids = data["traces"].as_array().unwrap().iter().map(|trace| trace["id"].as_str().unwrap().to_owned());
    assert_eq!(ids.collect::<HashSet<_>>(), trace_ids(&text).into_iter().collect());
    let texts = data["strings"].as_array().unwrap().iter().filter_map(serde_json::Value::as_str);
    let origins = texts.filter(|text| text.starts_with("{\"resource")).collect::<Vec<_>>();
    assert!(SERVICES.iter().all(|service| origins.iter().any(|origin| origin.contains(service))), "{origins:?}");
}

#[test]
fn exports_to_a_receiver_of_someone_else() {
    let receiver = Receiver::start();
    let output = checkout().env("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint()).output().unwrap();
    let (text, errors) = (stdout(&output), stderr(&output));
    assert!(output.status.success() && errors.is_empty(), "{}\n{text}\n{errors}", output.status);
    // The services have ended: what they had to send has arrived.
    let mut traces = HashMap::<String, Vec<ReceivedSpan>>::new();
    receiver.spans().into_iter().for_each(|span| traces.entry(span.trace_id_hex()).or_default().push(span));
    let ids = trace_ids(&text);
    assert_eq!((ids.len(), traces.len()), (3, 3), "{text}");
    for id in &ids {
        check_trace(&traces[id]);
    }
    let errors_of = |id: &String| traces[id].iter().filter_map(ReceivedSpan::error_message).collect::<Vec<_>>();
    assert!(errors_of(&ids[0]).is_empty());
    assert!(errors_of(&ids[1]).contains(&"card declined: insufficient funds"));
    let event_names = traces[&ids[1]].iter().flat_map(|span| &span.events).map(|event| event.name.as_str());
    assert!(event_names.filter(|name| *name == "exception").count() >= 3);
}

fn check_trace(spans: &[ReceivedSpan]) {
    let services = spans.iter().map(ReceivedSpan::service).collect::<BTreeSet<_>>();
    assert_eq!(services.into_iter().collect::<Vec<_>>(), SERVICES);
    let ids = spans.iter().map(|span| span.span_id.as_slice()).collect::<HashSet<_>>();
    assert_eq!(ids.len(), spans.len(), "span ids are unique");
    let roots = spans.iter().filter(|span| span.parent_span_id.is_empty()).collect::<Vec<_>>();
    assert_eq!(roots.iter().map(|root| root.name.as_str()).collect::<Vec<_>>(), ["POST /checkout"]);
    for span in spans {
        assert!(span.parent_span_id.is_empty() || ids.contains(span.parent_span_id.as_slice()), "{}", span.name);
        assert!(span.end_time_unix_nano >= span.start_time_unix_nano, "{}", span.name);
    }
    let facts = spans.iter().map(|span| (span.name.as_str(), span.kind(), span.scope.name.as_str()));
    let facts = facts.collect::<HashSet<_>>();
    for fact in [
        ("POST /checkout", SpanKind::Server, "traced-tower"),
        ("place_order", SpanKind::Internal, env!("CARGO_PKG_NAME")),
        ("POST /orders", SpanKind::Client, "traced-reqwest"),
        ("POST /orders", SpanKind::Server, "traced-tower"),
        ("orders.create", SpanKind::Internal, env!("CARGO_PKG_NAME")),
        // A database in the process is no client's.
        ("INSERT orders", SpanKind::Internal, "traced-conventions"),
        ("send order-events", SpanKind::Producer, "traced-conventions"),
        ("process order-events", SpanKind::Consumer, "traced-conventions"),
    ] {
        assert!(facts.contains(&fact), "{fact:?} is not in {facts:#?}");
    }
    let create = spans.iter().find(|span| span.name == "orders.create").unwrap();
    assert!(matches!(create.attribute("order.id"), Some(Value::IntValue(_))));
    assert!(create.events.iter().any(|event| event.name == "order.closed"));
    let bank = spans.iter().find(|span| span.name == "bank.authorize").unwrap();
    assert!(matches!(bank.text("card"), Some(text) if !text.contains("4")), "the card is redacted");
}

#[test]
fn an_interruption_loses_no_span() {
    for signal in [Signal::INT, Signal::TERM] {
        let mut child = checkout().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        // The first purchase is answered, the next is under way.
        let first = lines.find(|line| line.as_ref().unwrap().starts_with("fine")).unwrap().unwrap();
        kill_process(Pid::from_child(&child), signal).unwrap();
        let rest = lines.map(Result::unwrap).collect::<Vec<_>>();
        let output = child.wait_with_output().unwrap();
        assert_eq!(stderr(&output), "checkout: interrupted\n", "{first}\n{rest:#?}");
        assert!(!output.status.success());
        let waterfall =
            rest.iter().skip_while(|line| !line.starts_with("fine")).cloned().collect::<Vec<_>>().join("\n");
        assert!(SERVICES.iter().all(|service| waterfall.contains(service)), "{waterfall}");
    }
}

#[test]
fn a_service_that_dies_is_an_error_that_names_it() {
    let mut child = checkout().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.find(|line| line.as_ref().unwrap().starts_with("payments")).unwrap().unwrap();
    let pid = line.split_whitespace().last().unwrap().parse().unwrap();
    kill_process(Pid::from_raw(pid).unwrap(), Signal::KILL).unwrap();
    let rest = lines.map(Result::unwrap).collect::<Vec<_>>();
    let output = child.wait_with_output().unwrap();
    assert!(!output.status.success(), "{rest:#?}");
    let errors = stderr(&output);
    assert!(errors.contains("payments ended before its time (signal: 9 (SIGKILL))"), "{errors}");
}

#[test]
fn a_service_that_does_not_start_is_an_error_with_its_cause() {
    let output = checkout().env("OTEL_EXPORTER_OTLP_ENDPOINT", "not an address").output().unwrap();
    let errors = stderr(&output);
    assert!(!output.status.success());
    assert!(errors.starts_with("notifications: ") && errors.contains("http://localhost:4318"), "{errors}");
    assert!(errors.contains("checkout: notifications did not start"), "{errors}");
}
