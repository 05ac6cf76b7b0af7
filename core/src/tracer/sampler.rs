//! Which traces are recorded: the trait, and the samplers that come with the crate.

mod adaptive;
mod always;
pub(crate) mod clock;
pub(crate) mod decision;
mod parent_based;
mod pointer;
mod rate_limit;
pub mod ratio;
pub mod threshold;

#[cfg(test)]
mod simulation;

pub use adaptive::Adaptive;
pub use always::{AlwaysOff, AlwaysOn, AlwaysRecord};
pub use decision::{Sampler, SamplingDecision, SamplingRequest, SamplingResult};
pub use parent_based::ParentBased;
pub use rate_limit::RateLimit;
pub use ratio::{Probability, TraceIdRatioBased};
