//! Shared parts of the tests.
#![forbid(unsafe_code)]

pub mod asked;
pub mod child;
pub mod hanging;
pub mod otlp;
pub mod receiver;
