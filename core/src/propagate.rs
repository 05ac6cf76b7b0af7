//! Carrying context to and from other processes.
//!
//! Follows the OpenTelemetry context specification, "Propagators API".

pub(crate) mod b3;
pub(crate) mod baggage;
pub(crate) mod carriers;
pub(crate) mod composite;
pub mod configured;
pub(crate) mod environment;
pub(crate) mod format;
pub mod global;
#[cfg(feature = "http")]
mod http;
pub(crate) mod trace_context;
