//! Durations of servers, clients, drivers and functions with `#[traced(metric)]`, in the histograms of OpenTelemetry's SDK.
//!
//! ```
//! use opentelemetry_sdk::metrics::SdkMeterProvider;
//! use traced_metrics_opentelemetry::Meters;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let meters = SdkMeterProvider::builder().build(); // with the reader and exporter of your choice
//! let _traced = traced::builder().metrics(Meters::new(meters.clone())).init()?;
//! // ..
//! meters.shutdown()?;
//! # Ok(())
//! # }
//! ```
//!
//! Durations are measured whether or not their span is sampled. Each set of labels asks for its histogram once, at its first
//! measurement; with the feature `bound` it is bound to them from then on.
//!
//! The SDK 0.33 records no exemplars; `traced` hands over the span's ids with each measurement, for one that does.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

use std::fmt;

use opentelemetry::metrics::{Meter, MeterProvider};
use opentelemetry::{Array, InstrumentationScope, StringValue};
use traced::instrumentation::{Instrument, InstrumentKind, Measurement, Metrics, Record};
use traced::{KeyValue, Scope, Value};

/// Keeps measurements in the instruments of a provider of meters, such as the SDK's or
/// `opentelemetry::global::meter_provider()`.
#[derive(Clone, Copy, Default)]
pub struct Meters<P>(P);

impl<P: MeterProvider + Send + Sync + 'static> Meters<P> {
    /// Keeps them in this one, which you shut down yourself.
    pub const fn new(provider: P) -> Self {
        Self(provider)
    }
}

impl<P> fmt::Debug for Meters<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meters").finish_non_exhaustive()
    }
}

impl<P: MeterProvider + Send + Sync + 'static> Metrics for Meters<P> {
    fn instrument(&self, scope: Scope, instrument: &Instrument, labels: &[KeyValue]) -> Box<dyn Record> {
        let meter = self.0.meter_with_scope(theirs(scope));
        let labels: Vec<_> = labels.iter().map(label).collect();
        match instrument.kind {
            InstrumentKind::Histogram(bounds) => histogram(&meter, (instrument, bounds), &labels),
            InstrumentKind::UpDownCounter => up_down_counter(&meter, instrument, labels),
            // One that a later version of `traced` has.
            _ => Box::new(Nowhere),
        }
    }
}

fn theirs(scope: Scope) -> InstrumentationScope {
    let mut builder = InstrumentationScope::builder(scope.name);
    if !scope.version.is_empty() {
        builder = builder.with_version(scope.version);
    }
    if !scope.schema_url.is_empty() {
        builder = builder.with_schema_url(scope.schema_url);
    }
    builder.build()
}

fn label(KeyValue { key, value, .. }: &KeyValue) -> opentelemetry::KeyValue {
    let value = match value {
        Value::Bool(value) => (*value).into(),
        Value::Int(value) => (*value).into(),
        Value::Double(value) => (*value).into(),
        Value::Array(items) => {
            let texts = items.iter().map(|item| StringValue::from(item.to_string())).collect();
            opentelemetry::Value::Array(Array::String(texts))
        }
        other => other.to_string().into(),
    };
    opentelemetry::KeyValue::new(key.clone(), value)
}

fn histogram(
    meter: &Meter,
    (instrument, bounds): (&Instrument, &[f64]),
    labels: &[opentelemetry::KeyValue],
) -> Box<dyn Record> {
    let builder = meter.f64_histogram(instrument.name).with_unit(instrument.unit);
    let histogram = builder.with_description(instrument.description).with_boundaries(bounds.to_vec()).build();
    #[cfg(feature = "bound")]
    return Box::new(BoundHistogram(histogram.bind(labels)));
    #[cfg(not(feature = "bound"))]
    return Box::new(Histogram { histogram, labels: labels.to_vec() });
}

fn up_down_counter(meter: &Meter, instrument: &Instrument, labels: Vec<opentelemetry::KeyValue>) -> Box<dyn Record> {
    let builder = meter.i64_up_down_counter(instrument.name).with_unit(instrument.unit);
    let counter = builder.with_description(instrument.description).build();
    Box::new(UpDownCounter { counter, labels })
}

#[cfg(not(feature = "bound"))]
struct Histogram {
    histogram: opentelemetry::metrics::Histogram<f64>,
    labels: Vec<opentelemetry::KeyValue>,
}

#[cfg(not(feature = "bound"))]
impl Record for Histogram {
    fn record(&self, measurement: &Measurement) {
        self.histogram.record(measurement.value, &self.labels);
    }
}

#[cfg(feature = "bound")]
struct BoundHistogram(opentelemetry::metrics::BoundHistogram<f64>);

#[cfg(feature = "bound")]
impl Record for BoundHistogram {
    fn record(&self, measurement: &Measurement) {
        self.0.record(measurement.value);
    }
}

struct UpDownCounter {
    counter: opentelemetry::metrics::UpDownCounter<i64>,
    labels: Vec<opentelemetry::KeyValue>,
}

impl Record for UpDownCounter {
    fn record(&self, measurement: &Measurement) {
        // Whole numbers are added.
        self.counter.add(measurement.value as i64, &self.labels);
    }
}

struct Nowhere;

impl Record for Nowhere {
    fn record(&self, _: &Measurement) {}
}
