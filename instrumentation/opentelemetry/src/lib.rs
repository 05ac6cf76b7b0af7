//! OpenTelemetry's own API and SDK, version 0.33, beside [`traced`]: spans of their API in the same trace, their exporters,
//! propagators, samplers and id generators in place of ours, and ours in place of theirs.
//!
//! The version of this crate follows OpenTelemetry's: its first two numbers are those of the crates that it speaks to.
//!
//! ```
//! use opentelemetry_sdk::propagation::TraceContextPropagator;
//!
//! traced::propagation::set_global(traced_opentelemetry::propagator(TraceContextPropagator::new()));
//! ```
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod bridge;
mod contexts;
mod convert;
mod export;
mod ids;
mod known;
#[cfg(feature = "metrics")]
mod metrics;
mod propagate;
mod sample;
mod span;

pub use bridge::install;
pub use contexts::Attach;
pub use export::exporter;
#[cfg(feature = "metrics")]
pub use metrics::metrics;
pub use propagate::{propagator, text_map_propagator};
pub use sample::{id_generator, sampler};
