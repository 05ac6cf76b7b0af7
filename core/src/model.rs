//! OpenTelemetry's plain values: no statics, no threads.

pub(crate) mod baggage;
pub(crate) mod id;
mod known_errors;
pub mod limits;
pub mod outcome;
pub(crate) mod resource;
pub(crate) mod span_context;
pub(crate) mod span_error;
pub(crate) mod span_kind;
pub(crate) mod status;
pub(crate) mod trace_state;
pub(crate) mod value;
mod variant;
