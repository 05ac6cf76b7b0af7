//! Other instrumentation in the same trace.

#[cfg(feature = "tracing")]
pub(crate) mod log;
#[cfg(feature = "tracing")]
pub(crate) mod tracing;
