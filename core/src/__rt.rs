//! What expansions of the attribute and the macros call. Not public API: only the macro crate of the same version may name
//! it. What stands in `v1` stays, since it is called by code that was expanded by another version.

mod applied;
mod failure;
mod future;
mod futures;
mod outcome_by_type;
mod probe;
mod said;
mod stream;
pub mod v1;
mod value;

pub use v1::*;
