//! How finished spans leave their thread.

pub(crate) mod block;
pub(crate) mod outbox;
