//! Shared parts of the tests.
#![forbid(unsafe_code)]

pub mod corpus;
pub mod lines;
pub mod receiver;
