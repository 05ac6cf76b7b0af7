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

/// A span for a block, sync or async, with the arguments of [`#[traced]`](macro@traced).
///
/// The name comes first, the block last. It is a body of its own, like a closure: `?` and `return` leave the block, and
/// an `Err` that it returns marks the span. An `async` block becomes a future, whose span starts here and ends with it.
/// Any name in scope can stand in `attrs(..)`.
///
/// ```
/// use traced::{span, testing};
///
/// let (order, items) = (7, ["a", "b"]);
/// let spans = testing::capture(|| {
///     let total = span!("sum up", attrs(order.id = order, order.items = items.len()), {
///         traced::event!("summed");
///         items.len() * 2
///     });
///     assert_eq!(total, 4);
/// });
/// assert_eq!(spans.one("sum up").attribute("order.items").unwrap(), 2);
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let call = async {
///     let answer = span!("call", kind = client, async { Err::<(), _>("refused") });
///     answer.await
/// };
/// let spans = testing::capture_async(call).await;
/// assert!(spans.one("call").status().is_error());
/// # });
/// ```
#[cfg(not(feature = "off"))]
pub use traced_macros::span;
/// A span for a block; compiled out.
#[cfg(feature = "off")]
pub use traced_macros::span_off as span;

/// Implements [`trait@SpanError`] by what `#[span_error(..)]` says on the type and its variants.
///
/// | option | meaning |
/// |---|---|
/// | `type = "declined"` | the `error.type`; the variant's path by default |
/// | `ok` | no failure |
/// | `ok(server)` | no failure of spans of these kinds |
/// | `status = 404` | a status code of HTTP: `error.type`, `http.response.status_code`, and no failure of a server below 500 |
/// | `attrs(order.id = id)` | attributes, as in `#[traced(attrs(..))]`; fields by their names, `_0` and so on if they have none |
/// | `transparent` | what the one field says |
/// | `crate = path` | on the type: the path of this crate |
///
/// What stands on the type holds for variants that say nothing else. The message is the error's own: with its sources if
/// it is an `Error`, else by `Display`, else by `Debug`.
pub use traced_macros::SpanError;

#[macro_use]
mod macros;

mod carry;
mod export;
mod interop;
mod pipeline;
mod setup;
#[cfg(feature = "testing")]
pub mod testing;

#[cfg(feature = "tokio")]
pub use carry::task;
pub use carry::thread;
#[cfg(feature = "console")]
pub use export::console::ConsoleExporter;
#[cfg(feature = "file")]
pub use export::file::FileExporter;
#[cfg(feature = "html")]
pub use export::html::{HtmlExporter, HtmlPage};
pub use export::memory::MemoryExporter;
#[cfg(feature = "otlp-grpc")]
pub use export::otlp_grpc::OtlpGrpcExporter;
#[cfg(feature = "otlp-http")]
pub use export::otlp_http::OtlpHttpExporter;
#[cfg(feature = "console")]
#[doc(inline)]
pub use export::waterfall;
pub use export::{ExportCall, ExportError, SpanBatch, SpanExporter};
pub use pipeline::queue::ExporterStats;
pub use pipeline::stats::{Stats, TailStats, stats};
pub use setup::builder::{Builder, builder};
pub use setup::error::{FlushError, InitError, InitErrorKind};
pub use setup::flush_async::{Flushing, flush_async};
pub use setup::init::{Guard, after_fork, exit, flush, init, shutdown};
pub use setup::log_level::LogLevel;
pub use setup::otlp::OtlpProtocol;
pub use setup::report::{Report, SiteReport, report};
#[cfg(all(feature = "signal", unix))]
pub use setup::signal::{flush_on_signal, shutdown_signal};

#[doc(hidden)]
pub use traced_core::__rt::v1 as __rt;
#[doc(inline)]
pub use traced_core::instrumentation;
#[doc(inline)]
pub use traced_core::{
    AsLink, AsParent, AttributeValue, Baggage, Context, ContextGuard, ENABLED, EndWith, EndingSpan, FilterError,
    FinishedSpan, IdGenerator, KeyValue, OtelTraceState, ParseIdError, ParseSpanContextError, Resource, Scope, Span,
    SpanBuilder, SpanContext, SpanError, SpanId, SpanKind, SpanLimits, SpanProcessor, Status, TraceFlags, TraceId,
    TraceState, TraceStateError, Value, WithContext, current, current_ids, on_diagnostic, record_exception, set_filter,
    set_status, update_name,
};
#[doc(hidden)]
pub use traced_macros::{attrs as __attrs, event as __event};

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

/// What finished spans look like to exporters, processors, samplers and tests: borrowed views of their bytes.
pub mod view {
    #[doc(inline)]
    pub use traced_core::view::*;
}

/// Where an [`AttributeValue`] puts its value.
pub mod value {
    #[doc(inline)]
    pub use traced_core::value::*;
}

/// Settings of the exporters that speak OTLP, what they refuse, and what they send.
pub mod otlp {
    #[cfg(feature = "otlp-http")]
    pub use crate::export::otlp::credentials::OutgoingRequest;
    #[cfg(feature = "otlp-http")]
    pub use crate::export::otlp::error::OtlpError;
    #[cfg(feature = "otlp-grpc")]
    pub use crate::export::otlp_grpc::OtlpGrpcExporterBuilder;
    #[cfg(feature = "otlp-http")]
    pub use crate::export::otlp_http::OtlpHttpExporterBuilder;
    #[doc(inline)]
    pub use traced_core::OtlpRequest;
}

/// What `tracing-subscriber` takes, to bring `tracing` into the same trace: its spans, its events, and the trace's ids in
/// its log lines.
///
/// The module does not have the name of the crate `tracing`, which `use traced::*` would hide.
#[cfg(feature = "tracing")]
pub mod subscriber {
    pub use crate::interop::log::{JsonFormat, WithIds, json, with_ids};
    pub use crate::interop::tracing::{Layer, layer};
}
