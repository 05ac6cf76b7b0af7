//! What the annotated functions look like with `traced`, and the pipeline that they are measured with.

use std::hint::black_box;
use std::sync::Mutex;

use traced::instrumentation::{Instrument, Measurement, Metrics, Record};
use traced::sampler::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use traced::{ExportCall, ExportError, Guard, KeyValue, OtlpHttpExporter, Scope, SpanBatch, SpanExporter, traced};

use crate::inputs::{CHILDREN, DEPTH, Refused, Session, YieldOnce, drive, number, text};
use crate::sink::{self, Arrived};

static GUARD: Mutex<Option<Guard>> = Mutex::new(None);

/// Stitches every batch into the request that would be sent, and counts its spans.
#[derive(Debug)]
struct CountingExporter;

impl SpanExporter for CountingExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        black_box(batch.otlp_request().len());
        let mut arrived = Arrived { spans: batch.len() as u64, ..Arrived::default() };
        if sink::is_reading() {
            for span in batch.spans() {
                arrived.attributes += span.attributes().count() as u64;
                arrived.events += span.events().count() as u64;
                arrived.errors += u64::from(matches!(span.status(), traced::view::StatusView::Error(_)));
            }
        }
        sink::add(arrived);
        Ok(())
    }

    fn name(&self) -> &str {
        "sink"
    }
}

/// Samples no trace.
struct Never;

impl Sampler for Never {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        SamplingResult::new(SamplingDecision::Drop, request)
    }

    fn description(&self) -> String {
        "Never".to_owned()
    }

    fn reads_attributes(&self) -> bool {
        false
    }

    fn follows_local_parent(&self) -> bool {
        true
    }
}

/// Switches recording on, with the sink as the only exporter.
pub fn install(sampled: bool) {
    let mut builder = traced::builder().exporter(CountingExporter);
    if !sampled {
        builder = builder.sampler(Never);
    }
    let guard = builder.init().expect("the first pipeline of this process");
    *GUARD.lock().expect("nothing panics with it") = Some(guard);
}

/// The same, with somebody who keeps measurements.
pub fn install_measured(metrics: impl Metrics) {
    let guard = traced::builder().exporter(CountingExporter).metrics(metrics).init();
    *GUARD.lock().expect("nothing panics with it") = Some(guard.expect("the first pipeline of this process"));
}

/// A meter that costs nothing.
#[derive(Debug)]
pub struct NoMeter;

impl Metrics for NoMeter {
    fn instrument(&self, _: Scope, _: &Instrument, _: &[KeyValue]) -> Box<dyn Record> {
        Box::new(Self)
    }
}

impl Record for NoMeter {
    fn record(&self, measurement: &Measurement) {
        black_box(measurement.value);
    }
}

/// Switches recording on, with an OTLP/HTTP exporter to that URL.
pub fn connect(url: &str, memory_limit: Option<usize>) {
    let exporter = OtlpHttpExporter::builder().traces_endpoint(url).build().expect("the bench's own server");
    let mut builder = traced::builder().exporter(exporter);
    if let Some(bytes) = memory_limit {
        builder = builder.memory_limit(bytes);
    }
    let guard = builder.init().expect("the first pipeline of this process");
    *GUARD.lock().expect("nothing panics with it") = Some(guard);
}

/// Sends all that waits, and ends.
pub fn finish() {
    // A failed flush shows as spans that did not arrive.
    drop(GUARD.lock().expect("nothing panics with it").take());
}

/// Waits until the sink has everything.
pub fn flush() {
    traced::flush(std::time::Duration::from_secs(10)).expect("the sink never fails");
}

/// The same where recording may be off.
pub fn flush_if_installed() {
    if GUARD.lock().expect("nothing panics with it").is_some() {
        flush();
    }
}

/// Takes the number of spans that the sink got.
#[must_use]
pub fn arrived() -> u64 {
    sink::take().spans
}

/// A root span.
#[traced]
pub fn root() {
    black_box(());
}

/// A root and 100 children.
pub fn children() {
    parent(|i| {
        child(i);
    });
}

/// Each child with three attributes.
pub fn attributes() {
    let text = text();
    parent(|i| {
        attribute(number(), &text, Session(i));
    });
}

/// Spans in one another.
pub fn nested() {
    nest(DEPTH);
}

/// Async children that yield once.
pub fn awaiting() {
    parent(|i| {
        drive(wait(i));
    });
}

/// Children that fail.
pub fn failing() {
    parent(|i| {
        let _ = black_box(fail(i));
    });
}

/// Children with an event.
pub fn event() {
    let text = text();
    parent(|i| {
        check(i.cast_signed(), &text);
    });
}

/// An async root with async children that yield to the runtime.
#[cfg(feature = "peers")]
#[traced]
pub async fn task() {
    for i in 0..CHILDREN {
        give_way(i).await;
    }
}

#[traced]
#[inline(never)]
fn parent(mut each: impl FnMut(u64)) {
    (0..CHILDREN).for_each(&mut each);
}

#[traced]
#[inline(never)]
fn child(i: u64) -> u64 {
    black_box(i)
}

#[traced(attrs(order.number = number, delivery = text, %session))]
#[inline(never)]
fn attribute(number: i64, text: &str, session: Session) -> u64 {
    black_box((number, text));
    black_box(session.0)
}

#[traced]
#[inline(never)]
fn nest(depth: u64) -> u64 {
    if depth > 1 { black_box(nest(depth - 1)) } else { black_box(depth) }
}

#[traced]
#[inline(never)]
async fn wait(i: u64) -> u64 {
    YieldOnce::default().await;
    black_box(i)
}

#[traced]
#[inline(never)]
fn fail(code: u64) -> Result<u64, Refused> {
    Err(black_box(Refused { code }))
}

#[traced]
#[inline(never)]
fn check(available: i64, item: &str) -> i64 {
    traced::event!("inventory checked", available = available, item = item);
    black_box(item);
    black_box(available)
}

#[cfg(feature = "peers")]
#[traced]
async fn give_way(i: u64) -> u64 {
    tokio::task::yield_now().await;
    black_box(i)
}
