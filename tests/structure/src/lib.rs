//! The order of rooms: reads a crate's sources as syntax and says which imports run up, and which files form a circle.
//!
//! A room is a top-level module of a crate. A room imports only from itself and from those before it in the list;
//! `lib.rs` comes last. Every path counts that leads to a module or an item of the crate: `use` trees, paths in
//! expressions, types and patterns, names that come through a glob, and paths among the tokens of macros. A path that
//! goes through a re-export counts as an import of what it names, wherever the re-export stands.
//!
//! Code below `#[cfg(test)]` may import what its file may and what the crate has for tests, and closes no circle.
//! A `pub use` is an import of its room; it is part of a circle only where its file uses the name as well.
#![forbid(unsafe_code)]

mod circles;
mod paths;
mod resolve;
mod rules;
mod source;

pub use rules::{Circle, Exception, Report, Rules, check};
pub use source::ReadError;
