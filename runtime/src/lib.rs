// Links of the README lead into the repository.
#![doc = include_str!("../docs/links.md")]
// Its first program prints to the console.
#![cfg_attr(feature = "console", doc = include_str!("../README.md"))]
#![cfg_attr(not(feature = "console"), doc = "OpenTelemetry distributed tracing by one attribute.")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[cfg(not(feature = "off"))]
#[doc = include_str!("../docs/attribute.md")]
pub use traced_macros::traced;
#[cfg(feature = "off")]
#[doc = include_str!("../docs/attribute.md")]
pub use traced_macros::traced_off as traced;

#[macro_use]
mod macros;

mod export;
mod interop;
mod pipeline;
mod setup;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(feature = "console")]
pub use export::console::ConsoleExporter;
#[cfg(feature = "file")]
pub use export::file::FileExporter;
#[cfg(feature = "html")]
pub use export::html::{HtmlExporter, HtmlPage};
pub use export::memory::MemoryExporter;
#[cfg(feature = "otlp-grpc")]
pub use export::otlp_grpc::{OtlpGrpcError, OtlpGrpcExporter, OtlpGrpcExporterBuilder};
#[cfg(feature = "otlp-http")]
pub use export::otlp_http::{OtlpHttpError, OtlpHttpExporter, OtlpHttpExporterBuilder, OtlpHttpRequest};
#[cfg(feature = "console")]
#[doc(inline)]
pub use export::waterfall;
pub use export::{ExportCall, ExportError, SpanBatch, SpanExporter};
pub use pipeline::queue::ExporterStats;
pub use pipeline::stats::{Stats, TailStats, stats};
pub use setup::config::{ExceptionSignal, LogLevel, OtlpProtocol};
pub use setup::flush_async::{Flushing, flush_async};
pub use setup::init::{Builder, FlushError, Guard, InitError, after_fork, builder, flush, init, shutdown};
#[cfg(feature = "signal")]
pub use setup::signal::{flush_on_signal, shutdown_signal};

#[doc(hidden)]
pub use traced_core::__rt::v1 as __rt;
#[doc(inline)]
pub use traced_core::instrumentation;
#[doc(inline)]
pub use traced_core::{
    ArrayView, ArrayWriter, AsLink, AsParent, AttributeValue, AttributeView, Attributes, Baggage, Context,
    ContextGuard, ENABLED, EventView, FilterError, FinishedSpan, IdGenerator, KeyValue, LinkView, Links, MapView,
    MapWriter, OtelTraceState, OtlpRequest, Resource, Sampler, SamplingDecision, SamplingRequest, SamplingResult,
    Scope, Span, SpanBuilder, SpanContext, SpanId, SpanKind, SpanLimits, SpanProcessor, SpanView, Status, StatusView,
    TraceFlags, TraceId, TraceState, TraceStateError, Value, ValueView, ValueWriter, WithContext, current, current_ids,
    on_diagnostic, record_exception, set_filter, set_status, update_name,
};

pub mod sampler {
    //! Which traces are recorded: the trait, and the samplers that come with the crate.
    //!
    //! | what you want | take | bound on volume | a fair share (`ot=th`) |
    //! |---|---|---|---|
    //! | everything | nothing: it is the default, [`ParentBased`] of [`AlwaysOn`] | no | yes |
    //! | a share of the traces | [`Probability`] | no | yes |
    //! | so many traces a second, never more | [`RateLimit`] | hard | no |
    //! | about so many traces a second, counts that can be scaled up | [`Adaptive`] | on average | yes |
    //! | every trace with an error or a long duration | [`TailSampling`], decided in the background | in memory | no |
    //! | something else | your own [`Sampler`] | | |
    //!
    //! Put what decides about roots into [`ParentBased`], so that whole traces are sampled or not.
    //!
    //! Follows the OpenTelemetry trace SDK, "Sampling".

    pub use crate::pipeline::tail::TailSampling;
    #[doc(inline)]
    pub use traced_core::sampler::*;
}

/// Carrying context to and from other processes: headers of requests and messages, and child processes.
///
/// What is sent and read is configured by `OTEL_PROPAGATORS`; the default is the W3C's `traceparent`, `tracestate` and
/// `baggage`.
pub mod propagation {
    #[doc(inline)]
    pub use traced_core::propagation::*;
}

/// `tracing` in the same trace: its spans, its events, and the trace's ids in its log lines.
#[cfg(feature = "tracing")]
pub mod tracing {
    pub use crate::interop::log::{JsonFormat, WithIds, json, with_ids};
    pub use crate::interop::tracing::{Layer, layer};
}
