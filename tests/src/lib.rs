//! Shared parts of the tests.
#![forbid(unsafe_code)]

pub mod asked;
pub mod child;
#[cfg(feature = "grpc")]
pub mod grpc;
pub mod hanging;
pub mod otlp;
pub mod receiver;
