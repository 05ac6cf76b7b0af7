//! What a process has once.

pub(crate) mod clock;
pub(crate) mod diagnostics;
pub(crate) mod enabled;
pub(crate) mod fork;
pub(crate) mod hasher;
