//! OpenTelemetry distributed tracing by one attribute.
#![forbid(unsafe_code)]

pub use traced_macros::traced;

mod baggage;
mod clock;
mod context;
mod id;
mod kind;
mod limits;
mod resource;
mod sampler;
mod site;
mod trace_state;
mod value;
mod wire;

pub use baggage::Baggage;
pub use context::SpanContext;
pub use id::{SpanId, TraceFlags, TraceId};
pub use kind::{SpanKind, Status};
pub use limits::SpanLimits;
pub use resource::Resource;
pub use sampler::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
pub use site::Scope;
pub use trace_state::{OtelTraceState, TraceState, TraceStateError};
pub use value::{KeyValue, Value};
pub use wire::value::{ArrayWriter, AttributeValue, MapWriter, ValueWriter};
pub use wire::view::{
    ArrayView, AttributeView, Attributes, EventView, LinkView, Links, MapView, SpanView, StatusView, ValueView,
};
