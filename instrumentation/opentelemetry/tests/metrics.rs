//! What `traced` counts of itself, as the official SDK reads it, under the names of the official crate of conventions.
//! One test alone: the counts are the process's.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use opentelemetry::metrics::MeterProvider as _;
use opentelemetry_sdk::metrics::data::{AggregatedMetrics, MetricData, ScopeMetrics};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, SdkMeterProvider};
use opentelemetry_semantic_conventions::{attribute, metric};
use traced::sampler::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
use traced::{ExportCall, ExportError, Span, SpanBatch, SpanExporter};

const LONG: Duration = Duration::from_secs(20);

/// Refuses spans called `refused`, and hangs at those called `slow`.
struct Picky {
    has_begun: Sender<()>,
    may_end: Receiver<()>,
}

impl SpanExporter for Picky {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        if batch.spans().any(|span| span.name() == "slow") {
            self.has_begun.send(()).unwrap();
            self.may_end.recv().unwrap();
        }
        match batch.spans().filter(|span| span.name() == "refused").count() {
            0 => Ok(()),
            refused => Err(ExportError::rejected(refused as u64, "not these")),
        }
    }

    fn name(&self) -> &str {
        "picky"
    }
}

/// Lets spans called `dropped` go.
struct ByName;

impl Sampler for ByName {
    fn should_sample(&self, request: &SamplingRequest<'_>) -> SamplingResult {
        let is_dropped = request.name == "dropped";
        let decision = if is_dropped { SamplingDecision::Drop } else { SamplingDecision::RecordAndSample };
        SamplingResult::new(decision, request)
    }

    fn description(&self) -> String {
        "ByName".to_owned()
    }
}

/// Values by name and attributes, with the unit checked.
fn read(provider: &SdkMeterProvider, exporter: &InMemoryMetricExporter) -> BTreeMap<String, i64> {
    exporter.reset();
    provider.force_flush().unwrap();
    let mut values = BTreeMap::new();
    for resource in exporter.get_finished_metrics().unwrap() {
        for metric in resource.scope_metrics().flat_map(ScopeMetrics::metrics) {
            assert_eq!(metric.unit(), "{span}", "{}", metric.name());
            assert!(!metric.description().is_empty(), "{}", metric.name());
            let mut put = |attributes: Vec<String>, value| {
                values.insert(format!("{} {}", metric.name(), attributes.join(" ")), value);
            };
            match metric.data() {
                AggregatedMetrics::U64(MetricData::Sum(sum)) => {
                    assert!(sum.is_monotonic(), "{}", metric.name());
                    sum.data_points().for_each(|point| put(texts(point.attributes()), point.value().cast_signed()));
                }
                AggregatedMetrics::I64(MetricData::Sum(sum)) => {
                    assert!(!sum.is_monotonic(), "{}", metric.name());
                    sum.data_points().for_each(|point| put(texts(point.attributes()), point.value()));
                }
                other => panic!("{}: {other:?}", metric.name()),
            }
        }
    }
    values
}

fn texts<'a>(attributes: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> Vec<String> {
    let mut texts: Vec<_> = attributes.map(|each| format!("{}={}", each.key, each.value)).collect();
    texts.sort();
    texts
}

type Attribute = (&'static str, &'static str);

const PROCESSOR: [Attribute; 2] = [
    (attribute::OTEL_COMPONENT_TYPE, "batching_span_processor"),
    (attribute::OTEL_COMPONENT_NAME, "batching_span_processor/0"),
];
const EXPORTER: [Attribute; 2] =
    [(attribute::OTEL_COMPONENT_TYPE, "picky"), (attribute::OTEL_COMPONENT_NAME, "picky/0")];

const fn failed(component: [Attribute; 2], error: &'static str) -> [Attribute; 3] {
    [component[0], component[1], (attribute::ERROR_TYPE, error)]
}

fn expected(values: &[(&str, &[Attribute], i64)]) -> BTreeMap<String, i64> {
    let line = |(name, attributes, value): &(&str, &[Attribute], i64)| {
        let mut texts: Vec<_> = attributes.iter().map(|(key, value)| format!("{key}={value}")).collect();
        texts.sort();
        (format!("{name} {}", texts.join(" ")), *value)
    };
    values.iter().map(line).collect()
}

fn while_one_is_exported() -> BTreeMap<String, i64> {
    let dropped = [(attribute::OTEL_SPAN_SAMPLING_RESULT, "DROP")];
    expected(&[
        (metric::OTEL_SDK_SPAN_STARTED, &[], 7),
        (metric::OTEL_SDK_SPAN_STARTED, &dropped, 2),
        (metric::OTEL_SDK_SPAN_LIVE, &[], 1),
        (metric::OTEL_SDK_PROCESSOR_SPAN_PROCESSED, &PROCESSOR, 3),
        (metric::OTEL_SDK_PROCESSOR_SPAN_QUEUE_SIZE, &PROCESSOR, 2),
        (metric::OTEL_SDK_EXPORTER_SPAN_EXPORTED, &EXPORTER, 2),
        (metric::OTEL_SDK_EXPORTER_SPAN_EXPORTED, &failed(EXPORTER, "rejected"), 1),
        (metric::OTEL_SDK_EXPORTER_SPAN_INFLIGHT, &EXPORTER, 1),
    ])
}

fn at_the_end() -> BTreeMap<String, i64> {
    expected(&[
        (metric::OTEL_SDK_SPAN_LIVE, &[], 0),
        (metric::OTEL_SDK_PROCESSOR_SPAN_PROCESSED, &PROCESSOR, 7),
        (metric::OTEL_SDK_PROCESSOR_SPAN_QUEUE_SIZE, &PROCESSOR, 0),
        (metric::OTEL_SDK_PROCESSOR_SPAN_PROCESSED, &failed(PROCESSOR, "already_shutdown"), 1),
        (metric::OTEL_SDK_EXPORTER_SPAN_EXPORTED, &EXPORTER, 6),
        (metric::OTEL_SDK_EXPORTER_SPAN_INFLIGHT, &EXPORTER, 0),
    ])
}

#[test]
fn the_official_sdk_reads_what_stats_counts() {
    let (has_begun, begun) = channel();
    let (end, may_end) = channel();
    let picky = Picky { has_begun, may_end };
    let guard = traced::builder().exporter(picky).sampler(ByName).init().unwrap();
    let memory = InMemoryMetricExporter::default();
    let provider = SdkMeterProvider::builder().with_periodic_exporter(memory.clone()).build();
    traced_opentelemetry::metrics(&provider.meter("traced"));

    for name in ["a", "b", "refused", "dropped", "dropped"] {
        Span::start(name).end();
    }
    assert!(traced::flush(LONG).is_err(), "one is refused");
    // One in the exporter's hands, two in its queue, one live.
    Span::start("slow").end();
    let flush = std::thread::spawn(|| traced::flush(LONG));
    begun.recv().unwrap();
    Span::start("c").end();
    Span::start("d").end();
    let live = Span::start("live");

    assert_eq!(read(&provider, &memory), while_one_is_exported());

    end.send(()).unwrap();
    flush.join().unwrap().unwrap();
    live.end();
    let late = Span::start("late");
    guard.shutdown(LONG).unwrap();
    late.end();
    let values = read(&provider, &memory);
    for (series, value) in at_the_end() {
        assert_eq!(values.get(&series), Some(&value), "{series}: {values:?}");
    }
}
