//! Switching on and off, by code and by the environment.

pub(crate) mod builder;
pub(crate) mod config;
pub(crate) mod env;
pub(crate) mod error;
pub(crate) mod exporters;
pub(crate) mod flush_async;
pub(crate) mod init;
pub(crate) mod log_level;
mod near_miss;
pub(crate) mod otlp;
pub(crate) mod pairs;
pub(crate) mod report;
pub(crate) mod samplers;
pub(crate) mod settings;
#[cfg(all(feature = "signal", not(unix)))]
compile_error!(
    "the feature `signal` of traced is for Unix: elsewhere, drop the guard of `init` before the program ends"
);
#[cfg(all(feature = "signal", unix))]
pub(crate) mod signal;
mod silence;
