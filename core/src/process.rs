//! What a process has once.

pub mod clock;
pub mod diagnostics;
pub(crate) mod enabled;
pub mod fork;
pub mod hasher;
