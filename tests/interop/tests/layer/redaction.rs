//! What is redacted is in no byte that leaves, whoever recorded it.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::io::{self, BufRead as _, BufReader, Read as _, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use opentelemetry::trace::{Link, Span as _, SpanContext, TraceContextExt as _, TraceFlags, TraceState, Tracer as _};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::trace::InMemorySpanExporter;
use traced::{ConsoleExporter, OtlpHttpExporter, attrs, event, traced};
use tracing::{Span, info, info_span};
use tracing_subscriber::layer::SubscriberExt as _;

const SECRET: &str = "s3cret";
const KEPT: &str = "kept-text";

/// Everything that was written to it.
#[derive(Clone, Default)]
struct Tap(Arc<Mutex<Vec<u8>>>);

impl Tap {
    /// `places` is how many there are that have both: spans, events and links.
    fn assert_clean(&self, what: &str, places: usize) {
        let bytes = self.0.lock().unwrap();
        let count = |text: &str| bytes.windows(text.len()).filter(|window| *window == text.as_bytes()).count();
        assert_eq!(count(SECRET), 0, "{what}: {}", String::from_utf8_lossy(&bytes));
        assert_eq!((count(KEPT), count("[redacted]")), (places, places), "{what}: {}", String::from_utf8_lossy(&bytes));
    }
}

impl Write for Tap {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Takes requests, and keeps their bytes as they come.
fn tapped_receiver() -> (String, Tap) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let (endpoint, tap) = (format!("http://{}", listener.local_addr().unwrap()), Tap::default());
    let kept = tap.clone();
    thread::spawn(move || listener.incoming().for_each(|stream| drop(answer(stream.unwrap(), kept.clone()))));
    (endpoint, tap)
}

fn answer(mut stream: TcpStream, mut tap: Tap) -> io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            if reader.read_line(&mut line)? == 0 {
                return Ok(());
            }
            tap.write_all(line.as_bytes())?;
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line == "\r\n" {
                break;
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body)?;
        tap.write_all(&body)?;
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")?;
    }
}

#[traced(attrs(secret = SECRET, kept = KEPT))]
fn ours() {
    attrs!(secret = SECRET, kept = KEPT);
    event!("ours", secret = SECRET, kept = KEPT);
    theirs_by_tracing();
    theirs_by_opentelemetry();
}

fn theirs_by_tracing() {
    let span = info_span!("tracing", secret = SECRET, kept = KEPT, late = tracing::field::Empty);
    span.in_scope(|| {
        info!(secret = SECRET, kept = KEPT, "in tracing");
        Span::current().record("secret", SECRET);
    });
    info!(parent: &span, secret = SECRET, kept = KEPT, "from outside");
}

fn theirs_by_opentelemetry() {
    let values = || vec![KeyValue::new("secret", SECRET), KeyValue::new("kept", KEPT)];
    let other = SpanContext::new(1.into(), 2.into(), TraceFlags::SAMPLED, true, TraceState::NONE);
    let tracer = global::tracer("theirs");
    let builder = tracer.span_builder("opentelemetry").with_attributes(values());
    let mut span = builder.with_links(vec![Link::new(other, values(), 0)]).start(&tracer);
    span.set_attributes(values());
    span.add_event("theirs", values());
    let context = Context::current_with_span(span);
    let _attached = context.clone().attach();
    context.span().set_attribute(KeyValue::new("secret", SECRET));
    attrs!(secret = SECRET);
}

#[test]
fn no_byte_that_leaves_has_it() {
    traced_tests::child::run("no_byte_that_leaves_has_it", &[], || {
        let ((endpoint, wire), console) = (tapped_receiver(), Tap::default());
        let sdk = InMemorySpanExporter::default();
        let guard = traced::builder()
            .exporter(OtlpHttpExporter::builder().endpoint(endpoint).build().unwrap())
            .exporter(ConsoleExporter::writer(console.clone()).width(1_000))
            .exporter(traced_opentelemetry::exporter(sdk.clone()))
            .redact(["secret"])
            .init()
            .unwrap();
        traced_opentelemetry::install(traced_opentelemetry::Attach::All);
        let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer().mirror(true));
        tracing::subscriber::with_default(subscriber, ours);
        traced::flush(Duration::from_secs(30)).unwrap();
        let theirs = Tap::default();
        write!(theirs.clone(), "{:?}", sdk.get_finished_spans().unwrap()).unwrap();
        guard.shutdown(Duration::from_secs(30)).unwrap();
        wire.assert_clean("OTLP", 8);
        console.assert_clean("the console, which shows no attributes of links", 7);
        theirs.assert_clean("the SDK's exporter", 8);
    });
}
