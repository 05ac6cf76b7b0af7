//! How finished spans leave their thread.

pub mod block;
pub mod outbox;
