//! The background: from the outboxes to the exporters.
//!
//! Whoever wakes first drains all outboxes, under one lock, into blocks of records; each exporter has a queue of
//! blocks and a thread. With one exporter there is one thread in all.

pub(crate) mod drain;
pub(crate) mod installed;
pub(crate) mod lifecycle;
mod on_end;
pub(crate) mod queue;
pub(crate) mod report;
mod route;
pub(crate) mod state;
pub(crate) mod stats;
pub(crate) mod tail;
mod wakeup;
mod worker;
