//! What a process has once for [`traced`](https://docs.rs/traced): contexts, ids, call sites, the thread's stack of spans,
//! propagation, and how finished spans leave their thread.
//!
//! Use `traced`, which has all that is here. This crate stands by itself so that two versions of `traced` in one program
//! record into one trace.
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

#[doc(hidden)]
pub mod __rt;
mod handoff;
pub mod instrumentation;
mod local;
mod model;
mod process;
mod propagate;
mod span;
mod tracer;
mod wire;

pub use local::attach::ContextGuard;
pub use local::context_ext::WithContext;
pub use local::ending_span::EndingSpan;
pub use model::baggage::Baggage;
pub use model::id::ParseIdError;
pub use model::id::SpanId;
pub use model::id::TraceFlags;
pub use model::id::TraceId;
pub use model::limits::SpanLimits;
pub use model::resource::Resource;
pub use model::span_context::SpanContext;
pub use model::span_error::SpanError;
pub use model::span_error::is_http_failure;
pub use model::span_kind::SpanKind;
pub use model::status::Status;
pub use model::trace_state::OtelTraceState;
pub use model::trace_state::TraceState;
pub use model::trace_state::TraceStateError;
pub use model::value::KeyValue;
pub use model::value::Value;
pub use process::diagnostics::on_diagnostic;
pub use process::enabled::ENABLED;
pub use propagate::trace_context::ParseSpanContextError;
pub use span::Span;
pub use span::SpanBuilder;
pub use span::carry::EndWith;
pub use span::current;
pub use span::current_ids;
pub use span::parent_and_link::AsLink;
pub use span::parent_and_link::AsParent;
pub use span::processor::SpanProcessor;
pub use span::record_exception;
pub use span::set_status;
pub use span::update_name;
pub use tracer::context::Context;
pub use tracer::filter::FilterError;
pub use tracer::provider::IdGenerator;
pub use tracer::registry::set_filter;
pub use wire::finished::FinishedSpan;
pub use wire::site::Scope;
pub use wire::stitch::OtlpRequest;
pub use wire::value::AttributeValue;

/// Which traces are recorded: the trait, and the samplers that come with the crate.
pub mod sampler {
    pub use crate::tracer::sampler::{
        Adaptive, AlwaysOff, AlwaysOn, AlwaysRecord, ParentBased, Probability, RateLimit, Sampler, SamplingDecision,
        SamplingRequest, SamplingResult, TraceIdRatioBased,
    };
}

/// What finished spans look like to exporters, processors, samplers and tests: borrowed views of their bytes.
pub mod view {
    pub use crate::wire::attributes::{ArrayView, AttributeView, Attributes, MapView, ValueView};
    pub use crate::wire::view::{EventView, LinkView, Links, SpanView, StatusView};
}

/// Where an [`AttributeValue`] puts its value.
pub mod value {
    pub use crate::wire::value::{ArrayWriter, MapWriter, ValueWriter};
}

/// Carrying context to and from other processes: headers of requests and messages, and child processes.
pub mod propagation {
    pub use crate::propagate::b3::B3Propagator;
    pub use crate::propagate::baggage::BaggagePropagator;
    pub use crate::propagate::composite::CompositePropagator;
    pub use crate::propagate::environment::EnvironmentVariables;
    pub use crate::propagate::format::{Extractor, Injector, Propagator};
    pub use crate::propagate::global::{extract, extract_public, global, inject, inject_context, set_global};
    pub use crate::propagate::trace_context::TraceContextPropagator;
}

/// What the runtime above this crate calls: draining, exporting, configuration, other APIs. Not public API.
#[doc(hidden)]
pub mod __runtime {
    pub use crate::__per_process as per_process;
    pub use crate::handoff::{block, outbox};
    pub use crate::local::{
        current, external, foreign, frame, guard, handle, mirror, mirror_span, panic, shared, start, storage,
    };
    pub use crate::model::{limits, outcome};
    pub use crate::process::{clock, diagnostics, fork, hasher};
    pub use crate::propagate::{configured, global};
    pub use crate::span::WeakSpan;
    pub use crate::span::processor;
    pub use crate::tracer::sampler::{ratio, threshold};
    pub use crate::tracer::{context, id_generator, provider, registry, scopes};
    pub use crate::wire::{attributes, encode, halves, record, response, site, stitch, view};
}
