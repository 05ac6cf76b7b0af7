//! The OTLP/HTTP exporter over TLS, with certificates made for the test.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use traced::otlp::OtlpHttpExporterBuilder;
use traced::{OtlpHttpExporter, Span};
use traced_tests::authority::Authority;
use traced_tests::receiver::Receiver;

const LONG: Duration = Duration::from_secs(20);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());
static MESSAGES: Mutex<Vec<String>> = Mutex::new(Vec::new());

fn exporter(to: &Receiver) -> OtlpHttpExporterBuilder {
    OtlpHttpExporter::builder().endpoint(format!("https://localhost:{}", to.address().port()))
}

/// Exports one span; whether that succeeded.
fn export(exporter: OtlpHttpExporterBuilder) -> bool {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    traced::on_diagnostic(|_| ());
    let guard = traced::builder().exporter(exporter.build().unwrap()).init().unwrap();
    Span::start("a").end();
    let flushed = traced::flush(LONG);
    guard.shutdown(LONG).unwrap();
    flushed.is_ok()
}

#[test]
fn a_trusted_receiver_gets_spans() {
    let authority = Authority::new();
    let receiver = authority.receiver("localhost", None);
    assert!(export(exporter(&receiver).certificate(authority.pem())));
    assert_eq!(receiver.spans().len(), 1);
    assert_eq!(receiver.connections(), 1);
}

#[test]
fn others_get_nothing_and_spans_wait_for_a_certificate_that_is_right() {
    let receiver = Authority::new().receiver("localhost", None);
    for exporter in [exporter(&receiver), exporter(&receiver).certificate(Authority::new().pem())] {
        let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
        traced::on_diagnostic(|message| MESSAGES.lock().unwrap().push(message.to_owned()));
        let guard = traced::builder().exporter(exporter.build().unwrap()).init().unwrap();
        Span::start("a").end();
        assert!(traced::flush(Duration::from_secs(1)).unwrap_err().is_timeout(), "nobody vouches for it");
        let stats = traced::stats().exporters.remove(0);
        assert_eq!((stats.queued, stats.failed), (1, 0));
        assert!(guard.shutdown(LONG).is_err());
        let stats = traced::stats().exporters.remove(0);
        assert_eq!((stats.queued, stats.unsent), (0, 1));
    }
    assert_eq!(receiver.requests().len(), 0);
    assert!(receiver.connections() <= 6, "long pauses: {} connections", receiver.connections());
    let said = MESSAGES.lock().unwrap().concat();
    assert!(said.contains("invalid peer certificate") && said.contains("OTEL_EXPORTER_OTLP_CERTIFICATE"), "{said}");
}

#[test]
fn a_client_can_show_its_certificate() {
    let (authority, clients) = (Authority::new(), Authority::new());
    let receiver = authority.receiver("localhost", Some(&clients));
    let trusting = exporter(&receiver).certificate(authority.pem());
    let (certificate, key) = clients.issue("client");
    assert!(export(trusting.client_certificate(certificate, key)));
    assert_eq!(receiver.spans().len(), 1);
}

#[test]
fn a_certificate_that_is_replaced_on_disk_is_read_again() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let path = std::env::temp_dir().join(format!("traced-authority-{}.pem", std::process::id()));
    std::fs::write(&path, Authority::new().pem()).unwrap();
    let authority = Authority::new();
    let receiver = authority.receiver("localhost", None);
    traced::on_diagnostic(|_| ());
    let exporter = exporter(&receiver).certificate_file(&path).build().unwrap();
    let guard = traced::builder().exporter(exporter).init().unwrap();
    Span::start("a").end();
    assert!(traced::flush(Duration::from_secs(1)).unwrap_err().is_timeout());
    let before = path.metadata().unwrap().modified().unwrap();
    // The clock of a file system may tick slowly.
    while path.metadata().unwrap().modified().unwrap() == before {
        std::fs::write(&path, authority.pem()).unwrap();
    }
    assert!(traced::flush(LONG).is_ok(), "at once, although the pause is long");
    assert_eq!(receiver.spans().len(), 1);
    std::fs::remove_file(path).unwrap();
    guard.shutdown(LONG).unwrap();
}

#[test]
fn what_is_no_certificate_is_an_error() {
    let builder = OtlpHttpExporter::builder().endpoint("https://localhost");
    let error = builder.clone().certificate("nonsense").build().unwrap_err();
    assert!(error.to_string().contains("the certificates to trust"), "{error}");
    let (certificate, _) = Authority::new().issue("client");
    let error = builder.client_certificate(certificate, "secret nonsense").build().unwrap_err();
    assert!(error.to_string().contains("private key") && !error.to_string().contains("nonsense"), "{error}");
}
