//! What `traced` counts of itself, as metrics of OpenTelemetry.

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};
use traced::{ExporterStats, Stats};

/// The unit of all of them.
const UNIT: &str = "{span}";

/// Shows what [`traced::stats`] counts through a meter, under the names that OpenTelemetry's conventions have for what an
/// SDK says of itself. Asked each time that the meter is read, which costs a few microseconds; nothing is counted twice.
///
/// | metric | what | attributes |
/// |---|---|---|
/// | `otel.sdk.span.started` | [`started`](Stats::started), and [`unsampled`](Stats::unsampled) ones | `otel.span.sampling_result` = `DROP` of the latter |
/// | `otel.sdk.span.live` | [`live`](Stats::live) | |
/// | `otel.sdk.processor.span.processed` | what an exporter was given, and what was dropped before | component; `error.type` |
/// | `otel.sdk.processor.span.queue.size` | what waits for an exporter | component |
/// | `otel.sdk.exporter.span.exported` | what an exporter has finished with | component; `error.type` |
/// | `otel.sdk.exporter.span.inflight` | what it has been given and not finished with, on disk too | component |
///
/// Components are `otel.component.type` and `otel.component.name`: a `batching_span_processor` for each exporter, and
/// the exporter. An `error.type` is one of
///
/// - `queue_full`: dropped for want of memory, or over `OTEL_BSP_MAX_QUEUE_SIZE`;
/// - `already_shutdown`: ended after the shutdown, or not sent before the end;
/// - `thread_exit`: ended on a thread past its end;
/// - `rejected`: refused by the receiver or the exporter;
/// - `dropped_from_disk`: over the bound of the spool, too old, or not whole.
///
/// Spans that were dropped before any queue count for each processor. The capacity of queues is in bytes, which the
/// conventions have no metric for, and no durations are recorded.
///
/// ```
/// let meter = opentelemetry::global::meter("traced");
/// traced_opentelemetry::metrics(&meter);
/// ```
pub fn metrics(meter: &Meter) {
    counter(meter, "otel.sdk.span.started", "The number of created spans.", started);
    gauge(meter, "otel.sdk.span.live", "The number of recording spans that have not ended yet.", live);
    counter(
        meter,
        "otel.sdk.processor.span.processed",
        "The number of spans for which the processing has finished, either successful or failed.",
        processed,
    );
    gauge(
        meter,
        "otel.sdk.processor.span.queue.size",
        "The number of spans in the queue of a span processor.",
        |stats, tell| {
            each(stats, "processor", |exporter, component| tell(exporter.queued - exporter.exporting, component));
        },
    );
    counter(
        meter,
        "otel.sdk.exporter.span.exported",
        "The number of spans for which the export has finished, either successful or failed.",
        exported,
    );
    gauge(
        meter,
        "otel.sdk.exporter.span.inflight",
        "The number of spans which were passed to the exporter, but that have not been exported yet.",
        |stats, tell| {
            each(stats, "exporter", |exporter, component| tell(exporter.exporting + exporter.spooled, component));
        },
    );
}

/// Tells a number, and what it is of.
type Tell<'a> = dyn FnMut(u64, &[KeyValue]) + 'a;

fn counter(meter: &Meter, name: &'static str, description: &'static str, count: fn(&Stats, &mut Tell<'_>)) {
    let observe = move |instrument: &dyn AsyncInstrument<u64>| {
        count(&traced::stats(), &mut |number, attributes| instrument.observe(number, attributes));
    };
    meter.u64_observable_counter(name).with_description(description).with_unit(UNIT).with_callback(observe).build();
}

fn gauge(meter: &Meter, name: &'static str, description: &'static str, count: fn(&Stats, &mut Tell<'_>)) {
    let observe = move |instrument: &dyn AsyncInstrument<i64>| {
        count(&traced::stats(), &mut |number, attributes| {
            instrument.observe(i64::try_from(number).unwrap_or(i64::MAX), attributes);
        });
    };
    let gauge = meter.i64_observable_up_down_counter(name).with_description(description).with_unit(UNIT);
    gauge.with_callback(observe).build();
}

fn started(stats: &Stats, tell: &mut Tell<'_>) {
    tell(stats.started, &[]);
    tell(stats.unsampled, &[KeyValue::new("otel.span.sampling_result", "DROP")]);
}

fn live(stats: &Stats, tell: &mut Tell<'_>) {
    tell(stats.live, &[]);
}

fn processed(stats: &Stats, tell: &mut Tell<'_>) {
    each(stats, "processor", |exporter, component| {
        let given = exporter.exported + exporter.filtered + exporter.refused + exporter.spooled + exporter.dropped_disk;
        tell(given, component);
        for (number, error) in [
            (exporter.dropped_full + stats.dropped_full, "queue_full"),
            (exporter.unsent + stats.dropped_after_shutdown, "already_shutdown"),
            (stats.dropped_at_thread_exit, "thread_exit"),
        ] {
            tell_failed(tell, number, component, error);
        }
    });
}

fn exported(stats: &Stats, tell: &mut Tell<'_>) {
    each(stats, "exporter", |exporter, component| {
        tell(exporter.exported, component);
        tell_failed(tell, exporter.refused, component, "rejected");
        tell_failed(tell, exporter.dropped_disk, component, "dropped_from_disk");
    });
}

/// A loss, once there is one.
fn tell_failed(tell: &mut Tell<'_>, number: u64, component: &[KeyValue], error: &'static str) {
    if number > 0 {
        tell(number, &[component, &[KeyValue::new("error.type", error)]].concat());
    }
}

/// Calls `tell` for each exporter, with what names it or the processor before it.
fn each(stats: &Stats, role: &str, mut tell: impl FnMut(&ExporterStats, &[KeyValue])) {
    for (index, exporter) in stats.exporters.iter().enumerate() {
        let kind = match (role, exporter.name.as_str()) {
            ("processor", _) => "batching_span_processor",
            (_, "otlp-http") => "otlp_http_span_exporter",
            (_, "otlp-grpc") => "otlp_grpc_span_exporter",
            (_, name) => name,
        };
        let component = [
            KeyValue::new("otel.component.type", kind.to_owned()),
            KeyValue::new("otel.component.name", format!("{kind}/{index}")),
        ];
        tell(exporter, &component);
    }
}
