//! Switching on and off, by code and by the environment.

pub(crate) mod config;
pub(crate) mod env;
pub(crate) mod error;
pub(crate) mod init;
pub(crate) mod pairs;
pub(crate) mod report;
#[cfg(feature = "signal")]
pub(crate) mod signal;
mod silence;
