//! What the official SDK has kept, as its in-memory exporter shows it.
#![allow(dead_code, unreachable_pub, reason = "each test uses a part of it")]

use std::collections::BTreeMap;

use opentelemetry_sdk::metrics::data::{AggregatedMetrics, Metric, MetricData};
use opentelemetry_sdk::metrics::{InMemoryMetricExporter, PeriodicReader, SdkMeterProvider};
use traced::testing::{Capture, CaptureBuilder};
use traced_metrics_opentelemetry::Meters;

/// A capture whose measurements are kept by an SDK of its own.
pub struct Measured {
    pub capture: Capture,
    meters: SdkMeterProvider,
    exporter: InMemoryMetricExporter,
}

/// Measurements with one set of labels.
#[derive(Clone, PartialEq, Debug)]
pub struct Series {
    pub count: u64,
    pub sum: f64,
    pub bounds: Vec<f64>,
    pub unit: String,
    pub scope: String,
}

impl Measured {
    pub fn new(builder: CaptureBuilder) -> Self {
        let exporter = InMemoryMetricExporter::default();
        let reader = PeriodicReader::builder(exporter.clone()).build();
        let meters = SdkMeterProvider::builder().with_reader(reader).build();
        Self { capture: builder.metrics(Meters::new(meters.clone())).start(), meters, exporter }
    }

    /// All measurements so far of the instrument of this name, by their labels as `key=value,..` in order.
    pub fn series(&self, name: &str) -> BTreeMap<String, Series> {
        self.exporter.reset();
        self.meters.force_flush().expect("in memory");
        let mut found = BTreeMap::new();
        for resource in self.exporter.get_finished_metrics().expect("in memory") {
            for scope in resource.scope_metrics() {
                for metric in scope.metrics().filter(|metric| metric.name() == name) {
                    read(metric, scope.scope().name(), &mut found);
                }
            }
        }
        found
    }

    /// The labels, and how many measurements each set of them has.
    pub fn counts(&self, name: &str) -> Vec<(String, u64)> {
        self.series(name).into_iter().map(|(labels, series)| (labels, series.count)).collect()
    }
}

fn read(metric: &Metric, scope: &str, found: &mut BTreeMap<String, Series>) {
    let mut add = |labels: String, count: u64, sum: f64, bounds: Vec<f64>| {
        let series = Series { count, sum, bounds, unit: metric.unit().to_owned(), scope: scope.to_owned() };
        assert!(found.insert(labels, series).is_none(), "one point for each set of labels");
    };
    match metric.data() {
        AggregatedMetrics::F64(MetricData::Histogram(histogram)) => {
            for point in histogram.data_points() {
                add(text(point.attributes()), point.count(), point.sum(), point.bounds().collect());
            }
        }
        AggregatedMetrics::I64(MetricData::Sum(sum)) => {
            assert!(!sum.is_monotonic(), "it goes down, too");
            for point in sum.data_points() {
                add(text(point.attributes()), 0, point.value() as f64, Vec::new());
            }
        }
        other => panic!("{other:?}"),
    }
}

fn text<'a>(labels: impl Iterator<Item = &'a opentelemetry::KeyValue>) -> String {
    let mut labels: Vec<_> = labels.map(|label| format!("{}={}", label.key, label.value)).collect();
    labels.sort();
    labels.join(",")
}
