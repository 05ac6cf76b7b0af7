//! What is recorded, and for whom: spans, attributes, outcomes, contexts, sampling, resources, propagation.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

mod carrying;
mod contexts;
mod conversions;
mod exported;
mod hostile_values;
mod pointers;
mod propagation;
mod redaction;
mod remote;
mod resource;
mod sampler;
mod sampler_tail;
mod semantics_attributes;
mod semantics_identity;
mod semantics_outcome;
mod semantics_processor;
mod semantics_provider;
mod semantics_span;
mod span_errors;
mod spec_compliance;
