//! What a process has once, from its start to its end: most of these tests start this program again.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "also in the helpers of tests; programs that are started again print what their tests read"
)]

mod diagnostics;
mod environment;
mod file;
mod filtered;
mod fork;
mod lifecycle;
mod losses;
mod not_initialised;
mod parents_without_spans;
mod propagation_global;
mod restart;
#[cfg(unix)]
mod signals;
mod silence;
mod spooled;
mod tail;
