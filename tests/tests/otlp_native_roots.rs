//! The feature `tls-native-roots`: the authorities of the operating system, in child processes that are told others.
#![allow(
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "also in the helpers of tests; children say what they saw"
)]

use std::time::Duration;

use traced::Span;
use traced_tests::authority::Authority;
use traced_tests::child;

fn export_one() {
    traced::on_diagnostic(|message| eprintln!("said: {message}"));
    let guard = traced::init().unwrap();
    Span::start("a").end();
    let is_held = std::env::var("TEST_IS_HELD").is_ok();
    let flushed = traced::flush(Duration::from_secs(if is_held { 1 } else { 20 }));
    eprintln!("outcome: {flushed:?}");
    let _ = guard.shutdown(Duration::from_secs(1));
}

#[test]
fn whom_the_operating_system_trusts_is_trusted_and_nobody_else() {
    let (authority, folder) = (Authority::new(), tempfile::tempdir().unwrap());
    let [ours, other] = ["ours.pem", "other.pem"].map(|name| folder.path().join(name));
    std::fs::write(&ours, authority.pem()).unwrap();
    std::fs::write(&other, Authority::new().pem()).unwrap();
    let (http, grpc) = (authority.receiver("localhost", None), authority.grpc_server("localhost", None));
    for (protocol, port) in [("http/protobuf", http.address().port()), ("grpc", grpc.address().port())] {
        let endpoint = format!("https://localhost:{port}");
        let run = |file: &std::path::Path, more: &[(&str, &str)]| {
            let mut variables = vec![
                ("OTEL_EXPORTER_OTLP_PROTOCOL", protocol),
                ("OTEL_EXPORTER_OTLP_ENDPOINT", &endpoint),
                ("SSL_CERT_FILE", file.to_str().unwrap()),
            ];
            variables.extend_from_slice(more);
            child::run("whom_the_operating_system_trusts_is_trusted_and_nobody_else", &variables, export_one)
        };
        let Some(said) = run(&ours, &[]) else { return };
        assert!(said.contains("outcome: Ok"), "{protocol}: {said}");
        let said = run(&other, &[("TEST_IS_HELD", "1")]).unwrap();
        assert!(said.contains("outcome: Err") && said.contains("invalid peer certificate"), "{protocol}: {said}");
        // The file of the variable counts instead of the operating system's.
        let said = run(&other, &[("OTEL_EXPORTER_OTLP_CERTIFICATE", ours.to_str().unwrap())]).unwrap();
        assert!(said.contains("outcome: Ok"), "{protocol}: {said}");
    }
    assert_eq!((http.spans().len(), grpc.seen().names.len()), (2, 2));
}
