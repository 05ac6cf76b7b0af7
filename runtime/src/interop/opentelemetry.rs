//! OpenTelemetry's own API and SDK: the bridge to the API, and adapters for what is written against the SDK.

pub(crate) mod bridge;
pub(crate) mod contexts;
mod convert;
pub(crate) mod export;
mod ids;
mod known;
pub(crate) mod propagate;
pub(crate) mod sample;
mod span;
