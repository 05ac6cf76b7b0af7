//! OpenTelemetry's own API and SDK: adapters for what is written against them.

pub(crate) mod convert;
pub(crate) mod export;
pub(crate) mod propagate;
pub(crate) mod sample;
