//! Shared parts of the benches.

pub mod arguments;
pub mod callgrind;
pub mod inputs;
pub mod machine;
pub mod ours;
pub mod process;
pub mod scenario;
pub mod sink;

#[cfg(feature = "peers")]
pub mod allocations;
#[cfg(feature = "peers")]
pub mod contender;
#[cfg(feature = "peers")]
pub mod measure;
#[cfg(feature = "peers")]
pub mod receiver;
#[cfg(feature = "peers")]
pub mod report;
#[cfg(feature = "peers")]
pub mod sending;
#[cfg(feature = "peers")]
pub mod svg;
