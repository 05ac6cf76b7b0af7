//! Nothing of its own.
#![forbid(unsafe_code)]
