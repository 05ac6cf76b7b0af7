//! Drives the example `relay` over HTTP as the test suite of W3C Trace Context does: its 41 cases, in our own words.
//!
//! Requests are written by hand, since HTTP libraries would tidy up what is to be tested.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::post;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

const TRACE: &str = "12345678901234567890123456789012";
const SPAN: &str = "1234567890123456";

/// The traces that the outgoing requests may belong to.
#[derive(Clone, Copy, Debug)]
enum Trace {
    Continued,
    New,
}
use Trace::{Continued, New};

/// One request to the service, and what it should make of it. `T` and `S` in a traceparent stand for the ids.
struct Exchange {
    headers: Vec<(String, String)>,
    trace: Trace,
    /// What the outgoing `tracestate` is; none when empty.
    state: String,
    calls: usize,
}

struct Case {
    name: &'static str,
    exchanges: Vec<Exchange>,
}

fn exchange(headers: &[(&str, &str)], trace: Trace, state: &str) -> Exchange {
    let value = |(name, value): &(&str, &str)| {
        let is_parent = name.to_ascii_lowercase().contains("parent");
        let value = if is_parent { value.replace('T', TRACE).replace('S', SPAN) } else { (*value).to_owned() };
        ((*name).to_owned(), value)
    };
    Exchange { headers: headers.iter().map(value).collect(), trace, state: state.to_owned(), calls: 1 }
}

/// A case about `traceparent` alone.
fn parent(name: &'static str, trace: Trace, values: &[&str]) -> Case {
    let exchanges = values.iter().map(|value| exchange(&[("traceparent", value)], trace, "")).collect();
    Case { name, exchanges }
}

/// A case about `tracestate` headers beside a valid `traceparent`: what is sent, and what is sent on.
fn state(name: &'static str, pairs: &[(&[&str], &str)]) -> Case {
    let one = |(values, expected): &(&[&str], &str)| {
        let mut headers = vec![("traceparent", "00-T-S-00")];
        headers.extend(values.iter().map(|value| ("tracestate", *value)));
        exchange(&headers, Continued, expected)
    };
    Case { name, exchanges: pairs.iter().map(one).collect() }
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn traceparent_cases() -> Vec<Case> {
    let names = ["TraceParent", "TrAcEpArEnT", "TRACEPARENT"];
    let wrong_names = ["trace-parent", "trace.parent"];
    let named = |name: &&str, trace| exchange(&[(*name, "00-T-S-01")], trace, "");
    vec![
        Case { name: "both headers missing", exchanges: vec![exchange(&[], New, "")] },
        parent("traceparent without tracestate", Continued, &["00-T-S-01"]),
        Case {
            name: "traceparent duplicated",
            exchanges: vec![exchange(
                &[
                    ("traceparent", "00-12345678901234567890123456789011-S-01"),
                    ("traceparent", "00-12345678901234567890123456789012-S-01"),
                ],
                New,
                "",
            )],
        },
        Case { name: "wrong header names", exchanges: wrong_names.iter().map(|name| named(name, New)).collect() },
        Case { name: "header names in any case", exchanges: names.iter().map(|name| named(name, Continued)).collect() },
        parent("version 00 with more", New, &["00-T-S-01.", "00-T-S-01-what-the-future-will-be-like"]),
        {
            let mut case = parent("version cc", Continued, &["cc-T-S-01", "cc-T-S-01-what-the-future-will-be-like"]);
            case.exchanges.extend(parent("", New, &["cc-T-S-01.what-the-future-will-be-like"]).exchanges);
            case
        },
        parent("version ff", New, &["ff-T-S-01"]),
        parent("illegal characters in the version", New, &[".0-T-S-01", "0.-T-S-01"]),
        parent("version too long", New, &["000-T-S-01", "0000-T-S-01"]),
        parent("version too short", New, &["0-T-S-01"]),
        parent("trace id of zeros", New, &["00-00000000000000000000000000000000-S-01"]),
        parent(
            "illegal characters in the trace id",
            New,
            &["00-.2345678901234567890123456789012-S-01", "00-1234567890123456789012345678901.-S-01"],
        ),
        parent("trace id too long", New, &["00-123456789012345678901234567890123-S-01"]),
        parent("trace id too short", New, &["00-1234567890123456789012345678901-S-01"]),
        parent("parent id of zeros", New, &["00-T-0000000000000000-01"]),
        parent("illegal characters in the parent id", New, &["00-T-.234567890123456-01", "00-T-123456789012345.-01"]),
        parent("parent id too long", New, &["00-T-12345678901234567-01"]),
        parent("parent id too short", New, &["00-T-123456789012345-01"]),
        parent("illegal characters in the flags", New, &["00-T-S-.0", "00-T-S-0."]),
        parent("flags too long", New, &["00-T-S-001"]),
        parent("flags too short", New, &["00-T-S-1"]),
        parent(
            "white space around traceparent",
            Continued,
            &[" 00-T-S-01", "\t00-T-S-01", "00-T-S-01 ", "00-T-S-01\t", "\t 00-T-S-01 \t"],
        ),
    ]
}

#[allow(clippy::too_many_lines, reason = "a table")]
fn tracestate_cases() -> Vec<Case> {
    let with = |name: &str, expected| exchange(&[("traceparent", "00-T-S-00"), (name, "foo=1")], Continued, expected);
    let without = |value| exchange(&[("tracestate", value)], New, "");
    let one_to = |count: usize| (1..=count).map(|number| format!("bar{number:02}={number:02}")).collect::<Vec<_>>();
    let (full, over) = (one_to(32), one_to(33));
    let in_headers = |members: &[String]| members.chunks(10).map(|chunk| chunk.join(",")).collect::<Vec<_>>();
    let (full_headers, over_headers) = (in_headers(&full), in_headers(&over));
    let key = "abcdefghijklmnopqrstuvwxyz0123456789_-*/";
    let value: String = (' '..='~').filter(|character| !matches!(character, ',' | '=')).collect();
    let all = [format!("{key}={value}"), format!("{key}@a-z0-9_-*/={value}")];
    let (longest, too_long) = (format!("{}=1", "z".repeat(256)), format!("{}=1", "z".repeat(257)));
    let split = format!("{}@{}=1", "t".repeat(241), "v".repeat(14));
    fn texts(values: &[String]) -> Vec<&str> {
        values.iter().map(String::as_str).collect()
    }
    vec![
        Case { name: "tracestate without traceparent", exchanges: vec![without("foo=1"), without("foo=1,bar=2")] },
        state("both headers", &[(&["foo=1,bar=2"], "foo=1,bar=2")]),
        Case { name: "wrong tracestate names", exchanges: vec![with("trace-state", ""), with("trace.state", "")] },
        Case {
            name: "tracestate names in any case",
            exchanges: ["TraceState", "TrAcEsTaTe", "TRACESTATE"].map(|name| with(name, "foo=1")).into(),
        },
        state("empty tracestate", &[(&[""], ""), (&["foo=1", ""], "foo=1"), (&["", "foo=1"], "foo=1")]),
        state(
            "several tracestate headers",
            &[(&["foo=1,bar=2", "rojo=1,congo=2", "baz=3"], "foo=1,bar=2,rojo=1,congo=2,baz=3")],
        ),
        state(
            "duplicated keys",
            &[
                (&["foo=1,foo=1"], "foo=1"),
                (&["foo=1,foo=2"], "foo=1"),
                (&["foo=1", "foo=1"], "foo=1"),
                (&["foo=1", "foo=2"], "foo=1"),
            ],
        ),
        state("all allowed characters", &[(&[&all[0]], &all[0]), (&[&all[1]], &all[1])]),
        state(
            "white space around members",
            &[
                (&["foo=1 \t , \t bar=2, \t baz=3"], "foo=1,bar=2,baz=3"),
                (&["foo=1\t \t,\t \tbar=2,\t \tbaz=3"], "foo=1,bar=2,baz=3"),
                (&[" foo=1"], "foo=1"),
                (&["\tfoo=1"], "foo=1"),
                (&["foo=1 "], "foo=1"),
                (&["foo=1\t"], "foo=1"),
                (&["\t foo=1 \t"], "foo=1"),
            ],
        ),
        state("illegal characters in keys", &[(&["foo =1"], ""), (&["FOO=1"], ""), (&["foo.bar=1"], "")]),
        // Level 2 allows `@` anywhere but in front, where Level 1 split tenant and vendor at it.
        state("key starts with @", &[(&["@foo=1,bar=2"], ""), (&["foo@bar@baz=1,bar=2"], "foo@bar@baz=1,bar=2")]),
        state("number of members", &[(&texts(&full_headers), full.join(",").as_str()), (&texts(&over_headers), "")]),
        state(
            "length of keys",
            &[
                (&["foo=1", &longest], &format!("foo=1,{longest}")),
                (&["foo=1", &split], &format!("foo=1,{split}")),
                (&["foo=1", &too_long], ""),
            ],
        ),
        state("illegal characters in values", &[(&["foo=bar=baz"], ""), (&["foo=,bar=3"], "")]),
    ]
}

fn further_cases() -> Vec<Case> {
    let thrice = |name, trace, headers: &[(&str, &str)]| Case {
        name,
        exchanges: vec![Exchange { calls: 3, ..exchange(headers, trace, "") }],
    };
    vec![
        thrice("three calls with a traceparent", Continued, &[("traceparent", "00-T-S-01")]),
        thrice("three calls without", New, &[]),
        thrice("three calls with an illegal one", New, &[("traceparent", "00-00000000000000000000000000000000-S-01")]),
        parent("the flag Random", Continued, &["00-T-S-02"]),
    ]
}

/// The example, which `cargo test` builds along with the tests of its package.
fn relay(arguments: &[&str]) -> Command {
    let test = std::env::current_exe().unwrap();
    let folder = test.ancestors().nth(2).unwrap().join("examples");
    let program = folder.join("relay").with_extension(std::env::consts::EXE_EXTENSION);
    assert!(program.exists(), "{} is built by `cargo test -p traced-examples`", program.display());
    let mut command = Command::new(program);
    command.args(arguments).env("OTEL_TRACES_EXPORTER", "none").stdin(Stdio::null());
    command
}

/// The service under test. It stops by itself, even if this process is killed.
struct Service {
    process: Child,
    address: String,
}

impl Service {
    fn start() -> Self {
        let mut process = relay(&["--port", "0", "--idle", "30"]).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().strip_prefix("listening on http://").and_then(|rest| rest.strip_suffix("/test"));
        Self { address: address.unwrap_or_else(|| panic!("printed {line:?}")).to_owned(), process }
    }

    /// Sends exactly these headers, and returns the status line.
    async fn post(&self, headers: &[(String, String)], body: &str) -> String {
        let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
        let length = body.len();
        let request = format!(
            "POST /test HTTP/1.1\r\nhost: relay\r\nconnection: close\r\ncontent-type: application/json\r\n\
             content-length: {length}\r\n{lines}\r\n{body}"
        );
        let mut stream = TcpStream::connect(&self.address).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

type Calls = Arc<Mutex<Vec<(usize, HeaderMap)>>>;

/// What the service calls: keeps the headers of each call.
struct Callee {
    address: SocketAddr,
    calls: Calls,
}

impl Callee {
    async fn start() -> Self {
        async fn keep(State(calls): State<Calls>, Path(number): Path<usize>, headers: HeaderMap) {
            calls.lock().unwrap_or_else(PoisonError::into_inner).push((number, headers));
        }
        let calls = Calls::default();
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new().route("/{number}", post(keep)).with_state(Arc::clone(&calls));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, calls }
    }

    fn take(&self) -> Vec<(usize, HeaderMap)> {
        std::mem::take(&mut *self.calls.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Plays one exchange; says what is wrong.
async fn play(service: &Service, callee: &Callee, exchange: &Exchange) -> Result<(), String> {
    let address = callee.address;
    let calls = (0..exchange.calls).map(|number| format!(r#"{{"url":"http://{address}/{number}","arguments":[]}}"#));
    let body = format!("[{}]", calls.collect::<Vec<_>>().join(","));
    let status = service.post(&exchange.headers, &body).await;
    let calls = callee.take();
    let order: Vec<usize> = calls.iter().map(|(number, _)| *number).collect();
    if !status.contains(" 200 ") || order != (0..exchange.calls).collect::<Vec<_>>() {
        return Err(format!("status {status:?}, calls {order:?}"));
    }
    let mut spans = Vec::new();
    let mut traces = Vec::new();
    for (_, headers) in &calls {
        let sent = texts(headers, "traceparent");
        let [parent] = sent.as_slice() else { return Err(format!("sent {sent:?}")) };
        let (trace, span) = check_traceparent(parent, exchange)?;
        spans.push(span);
        traces.push(trace);
        if texts(headers, "tracestate").join(",") != exchange.state {
            return Err(format!("tracestate {:?} instead of {:?}", texts(headers, "tracestate"), exchange.state));
        }
    }
    spans.sort();
    spans.dedup();
    traces.dedup();
    if spans.len() == exchange.calls && traces.len() == 1 { Ok(()) } else { Err(format!("{spans:?} in {traces:?}")) }
}

fn texts(headers: &HeaderMap, name: &str) -> Vec<String> {
    headers.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned()).collect()
}

/// The trace and span of what was sent, if it is valid and belongs to the trace it should.
fn check_traceparent(sent: &str, exchange: &Exchange) -> Result<(String, String), String> {
    let parts: Vec<&str> = sent.split('-').collect();
    let hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let is_valid = lengths == [2, 32, 16, 2] && parts.iter().all(|part| hex(part)) && parts[0] == "00";
    if !is_valid || parts[1..3].iter().any(|id| id.bytes().all(|byte| byte == b'0')) {
        return Err(format!("sent {sent:?}"));
    }
    let received: Vec<&str> = exchange.headers.iter().map(|(_, value)| value.trim()).collect();
    let is_known = received.iter().any(|value| value.contains(parts[1]));
    let is_right = match exchange.trace {
        Continued => {
            parts[1] == TRACE && parts[2] != SPAN && received.iter().any(|value| value.get(53..55) == Some(parts[3]))
        }
        New => !is_known && parts[3] == "03",
    };
    if is_right { Ok((parts[1].to_owned(), parts[2].to_owned())) } else { Err(format!("sent {sent:?}")) }
}

#[tokio::test]
async fn passes_the_41_cases() {
    let (service, callee) = (Service::start(), Callee::start().await);
    let cases: Vec<Case> = [traceparent_cases(), tracestate_cases(), further_cases()].into_iter().flatten().collect();
    assert_eq!(cases.len(), 41);
    let mut failures = Vec::new();
    for Case { name, exchanges } in &cases {
        for exchange in exchanges {
            if let Err(reason) = play(&service, &callee, exchange).await {
                failures.push(format!("{name}: {reason} for {:?} ({:?})", exchange.headers, exchange.trace));
            }
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[tokio::test]
async fn stops_after_so_many_requests() {
    let (mut service, callee) = (Service::start(), Callee::start().await);
    play(&service, &callee, &exchange(&[], New, "")).await.unwrap();
    assert!(service.process.try_wait().unwrap().is_none(), "there is no limit");

    assert!(relay(&["--requests", "0"]).output().unwrap().status.success());
    assert!(relay(&["--idle", "0"]).output().unwrap().status.success());
}

#[cfg(unix)]
#[test]
fn stops_when_told_to() {
    let mut service = Service::start();
    let id = service.process.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(service.process.wait().unwrap().success());
}

#[test]
fn says_which_options_there_are() {
    let output = relay(&["--prot", "1"]).output().unwrap();
    assert!(!output.status.success());
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("unknown option --prot; there are --port, --requests and --idle"), "{message}");
}
