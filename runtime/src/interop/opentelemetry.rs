//! OpenTelemetry's own API and SDK: the bridge to the API, and adapters for what is written against the SDK.

pub(crate) mod bridge;
pub(crate) mod convert;
pub(crate) mod export;
pub(crate) mod propagate;
pub(crate) mod sample;
mod span;
