//! Shared parts of the tests.
#![forbid(unsafe_code)]

pub mod receiver;
