//! Work that goes on elsewhere, in the trace of the code that started it.

#[cfg(feature = "tokio")]
pub mod task;
pub mod thread;
