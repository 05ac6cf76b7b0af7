//! The background: from the outboxes to the exporters.
//!
//! Whoever wakes first drains all outboxes, under one lock, into blocks of records; each exporter has a queue of
//! blocks and a thread. With one exporter there is one thread in all.

pub(crate) mod drain;
mod hand;
mod hold;
pub(crate) mod installed;
mod largest;
pub(crate) mod lifecycle;
mod on_end;
mod overflow;
mod own_thread;
pub(crate) mod queue;
mod report;
mod route;
pub(crate) mod site_counts;
#[cfg(feature = "spool")]
mod spool;
pub(crate) mod state;
pub(crate) mod stats;
pub(crate) mod tail;
mod wakeup;
mod worker;
