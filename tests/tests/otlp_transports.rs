//! One rule for all transports: proxies and certificates over HTTP and over gRPC. What is the environment's is tested in
//! child processes, against receivers in this one.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "also in the helpers of tests; children say what they saw"
)]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use traced::{OtlpGrpcExporter, OtlpHttpExporter, Span, SpanExporter};
use traced_tests::authority::Authority;
use traced_tests::child;
use traced_tests::grpc::Server;
use traced_tests::proxy::{Asked, Proxy};
use traced_tests::receiver::Receiver;

const LONG: Duration = Duration::from_secs(20);
const BOTH: [&str; 2] = ["http/protobuf", "grpc"];

/// In the child: exports a span, and says what became of it.
fn export_one() {
    traced::on_diagnostic(|message| eprintln!("said: {message}"));
    let guard = traced::init().unwrap();
    Span::start("a").end();
    let _ = traced::flush(if std::env::var("TEST_IS_HELD").is_ok() { Duration::from_secs(2) } else { LONG });
    let stats = traced::stats().exporters.remove(0);
    eprintln!("outcome: {} exported, {} held, {} refused", stats.exported, stats.queued, stats.refused);
    let _ = guard.shutdown(Duration::from_secs(1));
}

/// A receiver of either kind.
enum Target {
    Http(Receiver),
    Grpc(Server),
}

impl Target {
    fn start(protocol: &str) -> Self {
        if protocol == "grpc" { Self::Grpc(Server::start()) } else { Self::Http(Receiver::start()) }
    }

    fn start_with(protocol: &str, authority: &Authority, name: &str, clients: Option<&Authority>) -> Self {
        if protocol == "grpc" {
            Self::Grpc(authority.grpc_server(name, clients))
        } else {
            Self::Http(authority.receiver(name, clients))
        }
    }

    fn address(&self) -> SocketAddr {
        match self {
            Self::Http(receiver) => receiver.address(),
            Self::Grpc(server) => server.address(),
        }
    }

    fn names(&self) -> Vec<String> {
        match self {
            Self::Http(receiver) => receiver.spans().into_iter().map(|span| span.span.name).collect(),
            Self::Grpc(server) => server.seen().names.clone(),
        }
    }
}

/// Runs the child with a protocol and these variables; what it said.
fn child(name: &str, protocol: &str, variables: &[(&str, &str)]) -> Option<String> {
    let mut all = vec![("OTEL_EXPORTER_OTLP_PROTOCOL", protocol), ("OTEL_EXPORTER_OTLP_TIMEOUT", "1000")];
    all.extend_from_slice(variables);
    child::run(name, &all, export_one)
}

#[test]
fn the_proxy_of_the_scheme_is_asked_to_connect() {
    let authority = Authority::new();
    let folder = tempfile::tempdir().unwrap();
    let trusted = folder.path().join("authority.pem");
    std::fs::write(&trusted, authority.pem()).unwrap();
    for protocol in BOTH {
        for scheme in ["http", "https"] {
            let target = if scheme == "http" {
                Target::start(protocol)
            } else {
                Target::start_with(protocol, &authority, "collector.invalid", None)
            };
            let proxy = Proxy::start(Asked::Connects(target.address()));
            let url = format!("http://user:pa%20ss@{}", proxy.address());
            let said = child(
                "the_proxy_of_the_scheme_is_asked_to_connect",
                protocol,
                &[
                    (if scheme == "http" { "HTTP_PROXY" } else { "HTTPS_PROXY" }, &url),
                    ("OTEL_EXPORTER_OTLP_ENDPOINT", &format!("{scheme}://collector.invalid:4399")),
                    ("OTEL_EXPORTER_OTLP_CERTIFICATE", trusted.to_str().unwrap()),
                ],
            );
            let Some(said) = said else { return };
            assert!(said.contains("outcome: 1 exported, 0 held, 0 refused"), "{protocol} {scheme}: {said}");
            assert_eq!(target.names(), ["a"]);
            let head = proxy.heads().concat();
            assert!(head.starts_with("CONNECT collector.invalid:4399 HTTP/1.1\r\n"), "{head}");
            // `user:pa ss`
            assert!(head.to_lowercase().contains("proxy-authorization: basic dxnlcjpwysbzcw=="), "{head}");
        }
    }
}

#[test]
fn a_proxy_that_fails_is_named_and_one_that_knows_nobody_is_final() {
    for protocol in BOTH {
        for (asked, outcome, words) in [
            (Asked::Refuses(503), "0 exported, 1 held, 0 refused", "responded 503"),
            (Asked::Hangs, "0 exported, 1 held, 0 refused", "no answer from http://collector.invalid:4399"),
            (Asked::Refuses(407), "0 exported, 0 held, 1 refused", "wants a user name and password"),
        ] {
            let proxy = Proxy::start(asked);
            let url = format!("http://user:s3cret@{}", proxy.address());
            let mut variables =
                vec![("HTTP_PROXY", url.as_str()), ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:4399")];
            if asked != Asked::Refuses(407) {
                variables.push(("TEST_IS_HELD", "1"));
            }
            let name = "a_proxy_that_fails_is_named_and_one_that_knows_nobody_is_final";
            let Some(said) = child(name, protocol, &variables) else { return };
            let context = format!("{protocol} {asked:?}: {said}");
            assert!(said.contains(outcome) && said.contains(words), "{context}");
            let through = format!("through the proxy {}, which HTTP_PROXY names", proxy.address());
            assert!(said.contains(&through) && !said.contains("s3cret"), "{context}");
            assert!((1..=6).contains(&proxy.heads().len()), "{context} {:?}", proxy.heads());
        }
    }
}

#[test]
fn a_proxy_for_https_or_for_other_hosts_is_not_used() {
    for protocol in BOTH {
        let proxy = Proxy::start(Asked::Refuses(503));
        let url = format!("http://{}", proxy.address());
        for (endpoint, variables) in [
            ("http://collector.invalid:4399", [("HTTPS_PROXY", url.as_str()), ("NO_PROXY", "")]),
            ("http://collector.invalid:4399", [("ALL_PROXY", &url), ("NO_PROXY", ".com, .invalid")]),
            ("http://127.0.0.1:9", [("HTTP_PROXY", &url), ("NO_PROXY", "")]),
        ] {
            let mut all = vec![("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint), ("TEST_IS_HELD", "1")];
            all.extend(variables);
            let Some(said) = child("a_proxy_for_https_or_for_other_hosts_is_not_used", protocol, &all) else { return };
            assert!(said.contains("0 exported, 1 held, 0 refused") && !said.contains("roxy"), "{protocol}: {said}");
        }
        assert_eq!(proxy.heads(), [""; 0]);
    }
}

#[test]
fn a_proxy_that_cannot_be_used_is_said_and_the_way_is_straight() {
    for protocol in BOTH {
        let variables = [
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector.invalid:4399"),
            ("HTTP_PROXY", "socks5://user:s3cret@127.0.0.1:9"),
            ("TEST_IS_HELD", "1"),
        ];
        let name = "a_proxy_that_cannot_be_used_is_said_and_the_way_is_straight";
        let Some(said) = child(name, protocol, &variables) else { return };
        assert!(said.contains("HTTP_PROXY is no URL of a proxy that can be used"), "{protocol}: {said}");
        assert!(said.contains("1 held") && !said.contains("s3cret"), "{protocol}: {said}");
    }
}

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// An exporter with certificates in files.
fn with_files(protocol: &str, to: &Target, authority: &Path, client: Option<(&Path, &Path)>) -> Box<dyn SpanExporter> {
    let endpoint = format!("https://localhost:{}", to.address().port());
    if protocol == "grpc" {
        let exporter = OtlpGrpcExporter::builder().endpoint(endpoint).certificate_file(authority);
        let exporter = match client {
            Some((chain, key)) => exporter.client_certificate_files(chain, key),
            None => exporter,
        };
        Box::new(exporter.build().unwrap())
    } else {
        let exporter = OtlpHttpExporter::builder().endpoint(endpoint).certificate_file(authority);
        let exporter = match client {
            Some((chain, key)) => exporter.client_certificate_files(chain, key),
            None => exporter,
        };
        Box::new(exporter.build().unwrap())
    }
}

/// Writes a file so that its time changes: the clock of a file system may tick slowly.
fn replace(path: &Path, text: &str) {
    let modified = || path.metadata().ok().map(|metadata| metadata.modified().unwrap());
    let before = modified();
    std::fs::write(path, text).unwrap();
    while modified() == before {
        std::thread::sleep(Duration::from_millis(1));
        std::fs::write(path, text).unwrap();
    }
}

#[test]
fn nobody_is_trusted_for_whom_nobody_vouches() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("authority.pem");
    for protocol in BOTH {
        let authority = Authority::new();
        for (name, vouches_for_it) in [("localhost", false), ("elsewhere", true)] {
            MESSAGES.lock().unwrap().clear();
            traced::on_diagnostic(|message| MESSAGES.lock().unwrap().push(message.to_owned()));
            let target = Target::start_with(protocol, &authority, name, None);
            replace(&path, &if vouches_for_it { authority.pem() } else { Authority::new().pem() });
            let guard = traced::builder().exporter(with_files(protocol, &target, &path, None)).init().unwrap();
            Span::start("a").end();
            assert!(traced::flush(Duration::from_secs(1)).unwrap_err().is_timeout(), "{protocol}");
            let stats = traced::stats().exporters.remove(0);
            assert_eq!((stats.queued, stats.failed), (1, 0), "{protocol}");
            assert!(guard.shutdown(LONG).is_err());
            let said = MESSAGES.lock().unwrap().concat();
            assert!(said.contains("invalid peer certificate"), "{protocol}: {said}");
            assert!(said.contains("OTEL_EXPORTER_OTLP_CERTIFICATE"), "{protocol}: {said}");
            assert_eq!(target.names(), [""; 0]);
        }
    }
}

#[test]
fn certificates_that_are_replaced_on_disk_are_read_when_a_handshake_fails() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = tempfile::tempdir().unwrap();
    let [trusted, chain, key] = ["authority.pem", "chain.pem", "key.pem"].map(|name| folder.path().join(name));
    for protocol in BOTH {
        traced::on_diagnostic(|_| ());
        let (authority, clients) = (Authority::new(), Authority::new());
        let target = Target::start_with(protocol, &authority, "localhost", Some(&clients));
        // First nobody can be trusted, then the client is not, then all is well.
        let (stranger, strange_key) = Authority::new().issue("client");
        replace(&trusted, &Authority::new().pem());
        replace(&chain, &stranger);
        replace(&key, &strange_key);
        let exporter = with_files(protocol, &target, &trusted, Some((&chain, &key)));
        let guard = traced::builder().exporter(exporter).init().unwrap();
        Span::start("a").end();
        assert!(traced::flush(Duration::from_secs(1)).unwrap_err().is_timeout(), "{protocol}");
        replace(&trusted, &authority.pem());
        assert!(traced::flush(Duration::from_secs(1)).unwrap_err().is_timeout(), "{protocol}");
        assert_eq!(target.names(), [""; 0]);
        let (known, known_key) = clients.issue("client");
        replace(&chain, &known);
        replace(&key, &known_key);
        traced::flush(LONG).unwrap();
        assert_eq!(target.names(), ["a"], "{protocol}");
        // A half-written file is no reason to let go of what works.
        replace(&trusted, "half");
        Span::start("b").end();
        traced::flush(LONG).unwrap();
        assert_eq!(target.names(), ["a", "b"], "{protocol}");
        guard.shutdown(LONG).unwrap();
    }
}
