//! Shared parts of the tests.
#![forbid(unsafe_code)]

pub mod asked;
#[cfg(feature = "tls")]
pub mod authority;
pub mod child;
#[cfg(feature = "grpc")]
pub mod grpc;
pub mod hanging;
pub mod otlp;
pub mod proxy;
pub mod receiver;
