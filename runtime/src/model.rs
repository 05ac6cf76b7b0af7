//! OpenTelemetry's plain values: no statics, no threads.

pub(crate) mod baggage;
pub(crate) mod id;
pub(crate) mod kind;
pub(crate) mod limits;
pub(crate) mod outcome;
pub(crate) mod resource;
pub(crate) mod trace_state;
pub(crate) mod value;
