//! This thread: the stack of frames, and how spans start and end on it.
//!
//! A frame is a recording span, or only a context (not sampled, remote, attached). The top frame is the current one.
//! No code of the user ever runs while anything here is borrowed: decide under a short borrow, record into a frame
//! that is on no stack, then push it.

pub(crate) mod attach;
pub(crate) mod context_ext;
pub mod current;
pub(crate) mod end;
pub(crate) mod exception;
pub mod external;
pub(crate) mod fast_start;
pub mod foreign;
pub mod frame;
pub(crate) mod guard;
pub mod handle;
pub(crate) mod hooks;
pub(crate) mod identity;
pub mod panic;
pub(crate) mod pending;
pub(crate) mod recording;
pub(crate) mod shared;
pub(crate) mod stack;
pub mod start;
pub mod storage;
