//! OpenTelemetry distributed tracing by one attribute.
#![forbid(unsafe_code)]

#[cfg(not(feature = "off"))]
#[doc = include_str!("../../docs/attribute.md")]
pub use traced_macros::traced;
#[cfg(feature = "off")]
#[doc = include_str!("../../docs/attribute.md")]
pub use traced_macros::traced_off as traced;

#[macro_use]
mod macros;

#[doc(hidden)]
pub mod __rt;
mod baggage;
mod carry;
mod clock;
mod config;
mod context;
mod diagnostics;
mod env;
mod export;
mod filter;
mod fork;
mod future;
mod id;
mod ids;
mod init;
mod integrate;
mod kind;
mod limits;
mod local;
mod outbox;
mod outcome;
mod pipeline;
mod processor;
mod propagate;
mod provider;
mod relation;
mod resource;
pub mod sampler;
#[cfg(feature = "signal")]
mod signal;
mod site;
mod span;
mod stats;
mod stream;
#[cfg(feature = "testing")]
pub mod testing;
mod trace_state;
mod value;
mod wire;

/// Whether this build records at all: `false` under the feature `off`.
pub const ENABLED: bool = !cfg!(feature = "off");

pub use baggage::Baggage;
pub use carry::WithContext;
pub use config::{ExceptionSignal, LogLevel, OtlpProtocol};
pub use context::{Context, SpanContext};
pub use diagnostics::on_diagnostic;
#[cfg(feature = "console")]
pub use export::console::ConsoleExporter;
#[cfg(feature = "file")]
pub use export::file::FileExporter;
pub use export::memory::MemoryExporter;
#[cfg(feature = "otlp-http")]
pub use export::otlp_http::{OtlpHttpError, OtlpHttpExporter, OtlpHttpExporterBuilder};
#[cfg(feature = "console")]
#[doc(inline)]
pub use export::waterfall;
pub use export::{Batch, ExportCall, ExportError, Exporter};
pub use filter::{FilterError, set_filter};
pub use id::{SpanId, TraceFlags, TraceId};
pub use init::{Builder, FlushError, Guard, InitError, after_fork, builder, flush, init, shutdown};
pub use kind::{SpanKind, Status};
pub use limits::SpanLimits;
pub use local::attach::ContextGuard;
pub use pipeline::block::FinishedSpan;
pub use processor::SpanProcessor;
pub use provider::IdGenerator;
pub use relation::{AsLink, AsParent};
pub use resource::Resource;
pub use sampler::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
#[cfg(feature = "signal")]
pub use signal::{flush_on_signal, shutdown_signal};
pub use site::Scope;
pub use span::{Span, SpanBuilder, current, current_ids, record_exception, set_status, update_name};
pub use stats::{ExporterStats, Stats, TailStats, stats};
pub use trace_state::{OtelTraceState, TraceState, TraceStateError};
pub use value::{KeyValue, Value};
pub use wire::attributes::{ArrayView, AttributeView, Attributes, MapView, ValueView};
pub use wire::stitch::OtlpRequest;
pub use wire::value::{ArrayWriter, AttributeValue, MapWriter, ValueWriter};
pub use wire::view::{EventView, LinkView, Links, SpanView, StatusView};

/// Carrying context to and from other processes: headers of requests and messages, and child processes.
///
/// What is sent and read is configured by `OTEL_PROPAGATORS`; the default is the W3C's `traceparent`, `tracestate` and
/// `baggage`.
pub mod propagation {
    pub use crate::propagate::b3::B3Propagator;
    pub use crate::propagate::baggage::BaggagePropagator;
    pub use crate::propagate::composite::CompositePropagator;
    pub use crate::propagate::environment::EnvironmentVariables;
    pub use crate::propagate::trace_context::TraceContextPropagator;
    pub use crate::propagate::{
        Extractor, Injector, Propagator, extract, extract_public, global, inject, inject_context, set_global,
    };
}

/// OpenTelemetry's own API and SDK, version 0.33: their parts in our place, and ours in theirs.
///
/// ```
/// use opentelemetry_sdk::propagation::TraceContextPropagator;
///
/// traced::propagation::set_global(traced::opentelemetry::propagator(TraceContextPropagator::new()));
/// ```
#[cfg(feature = "opentelemetry")]
pub mod opentelemetry {
    pub use crate::integrate::opentelemetry::bridge::{Attach, install};
    pub use crate::integrate::opentelemetry::export::exporter;
    pub use crate::integrate::opentelemetry::propagate::{propagator, text_map_propagator};
    pub use crate::integrate::opentelemetry::sample::{id_generator, sampler};
}

/// `tracing` in the same trace: its spans, its events, and the trace's ids in its log lines.
#[cfg(feature = "tracing")]
pub mod tracing {
    pub use crate::integrate::log::{JsonFormat, WithIds, json, with_ids};
    pub use crate::integrate::tracing::{Layer, layer};
}
