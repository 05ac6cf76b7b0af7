//! OpenTelemetry distributed tracing by one attribute.
#![forbid(unsafe_code)]

pub use traced_macros::traced;

mod baggage;
mod carry;
mod clock;
mod context;
mod diagnostics;
mod id;
mod ids;
mod kind;
mod limits;
mod local;
mod outbox;
mod outcome;
mod provider;
mod resource;
mod sampler;
mod site;
mod span;
mod trace_state;
mod value;
mod wire;

/// Whether this build records at all: `false` under the feature `off`.
pub const ENABLED: bool = !cfg!(feature = "off");

pub use baggage::Baggage;
pub use carry::WithContext;
pub use context::{Context, SpanContext};
pub use diagnostics::on_diagnostic;
pub use id::{SpanId, TraceFlags, TraceId};
pub use kind::{SpanKind, Status};
pub use limits::SpanLimits;
pub use local::attach::ContextGuard;
pub use provider::IdGenerator;
pub use sampler::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
pub use site::Scope;
pub use span::{Span, SpanBuilder, current, current_ids, record_exception, set_status, update_name};
pub use trace_state::TraceState;
pub use value::{KeyValue, Value};
pub use wire::stitch::OtlpRequest;
pub use wire::value::{ArrayWriter, AttributeValue, MapWriter, ValueWriter};
pub use wire::view::{
    ArrayView, AttributeView, Attributes, EventView, LinkView, Links, MapView, SpanView, StatusView, ValueView,
};
