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
mod export;
mod handoff;
pub mod instrumentation;
mod interop;
mod local;
mod model;
mod pipeline;
mod process;
mod propagate;
mod setup;
mod span;
#[cfg(feature = "testing")]
pub mod testing;
mod tracer;
mod wire;

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
pub use local::attach::ContextGuard;
pub use local::context_ext::WithContext;
pub use model::baggage::Baggage;
pub use model::id::{SpanId, TraceFlags, TraceId};
pub use model::limits::SpanLimits;
pub use model::resource::Resource;
pub use model::span_context::SpanContext;
pub use model::span_kind::SpanKind;
pub use model::status::Status;
pub use model::trace_state::{OtelTraceState, TraceState, TraceStateError};
pub use model::value::{KeyValue, Value};
pub use pipeline::queue::ExporterStats;
pub use pipeline::stats::{Stats, TailStats, stats};
pub use process::diagnostics::on_diagnostic;
pub use process::enabled::ENABLED;
pub use setup::config::{ExceptionSignal, LogLevel, OtlpProtocol};
pub use setup::init::{Builder, FlushError, Guard, InitError, after_fork, builder, flush, init, shutdown};
#[cfg(feature = "signal")]
pub use setup::signal::{flush_on_signal, shutdown_signal};
pub use span::parent_and_link::{AsLink, AsParent};
pub use span::processor::SpanProcessor;
pub use span::{Span, SpanBuilder, current, current_ids, record_exception, set_status, update_name};
pub use tracer::context::Context;
pub use tracer::filter::FilterError;
pub use tracer::provider::IdGenerator;
pub use tracer::registry::set_filter;
pub use tracer::sampler::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
pub use wire::attributes::{ArrayView, AttributeView, Attributes, MapView, ValueView};
pub use wire::finished::FinishedSpan;
pub use wire::site::Scope;
pub use wire::stitch::OtlpRequest;
pub use wire::value::{ArrayWriter, AttributeValue, MapWriter, ValueWriter};
pub use wire::view::{EventView, LinkView, Links, SpanView, StatusView};

/// Which traces are recorded: the trait, and the samplers that come with the crate.
///
/// | what you want | take | bound on volume | a fair share (`ot=th`) |
/// |---|---|---|---|
/// | everything | nothing: it is the default, [`ParentBased`] of [`AlwaysOn`] | no | yes |
/// | a share of the traces | [`Probability`] | no | yes |
/// | so many traces a second, never more | [`RateLimit`] | hard | no |
/// | about so many traces a second, counts that can be scaled up | [`Adaptive`] | on average | yes |
/// | every trace with an error or a long duration | [`TailSampling`], decided in the background | in memory | no |
/// | something else | your own [`Sampler`] | | |
///
/// Put what decides about roots into [`ParentBased`], so that whole traces are sampled or not.
///
/// Follows the OpenTelemetry trace SDK, "Sampling".
pub mod sampler {
    pub use crate::pipeline::tail::TailSampling;
    pub use crate::tracer::sampler::*;
}

/// Carrying context to and from other processes: headers of requests and messages, and child processes.
///
/// What is sent and read is configured by `OTEL_PROPAGATORS`; the default is the W3C's `traceparent`, `tracestate` and
/// `baggage`.
pub mod propagation {
    pub use crate::propagate::b3::B3Propagator;
    pub use crate::propagate::baggage::BaggagePropagator;
    pub use crate::propagate::composite::CompositePropagator;
    pub use crate::propagate::environment::EnvironmentVariables;
    pub use crate::propagate::format::{Extractor, Injector, Propagator};
    pub use crate::propagate::global::{extract, extract_public, global, inject, inject_context, set_global};
    pub use crate::propagate::trace_context::TraceContextPropagator;
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
    pub use crate::interop::opentelemetry::bridge::install;
    pub use crate::interop::opentelemetry::contexts::Attach;
    pub use crate::interop::opentelemetry::export::exporter;
    pub use crate::interop::opentelemetry::propagate::{propagator, text_map_propagator};
    pub use crate::interop::opentelemetry::sample::{id_generator, sampler};
}

/// `tracing` in the same trace: its spans, its events, and the trace's ids in its log lines.
#[cfg(feature = "tracing")]
pub mod tracing {
    pub use crate::interop::log::{JsonFormat, WithIds, json, with_ids};
    pub use crate::interop::tracing::{Layer, layer};
}
