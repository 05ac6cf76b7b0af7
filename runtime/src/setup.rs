//! Switching on and off, by code and by the environment.

pub(crate) mod config;
pub(crate) mod env;
pub(crate) mod flush_async;
pub(crate) mod init;
pub(crate) mod pairs;
#[cfg(feature = "signal")]
pub(crate) mod signal;
