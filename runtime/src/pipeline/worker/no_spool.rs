//! Without the feature `spool`, what cannot be delivered waits in memory alone.

use std::time::Instant;

use super::Worker;

#[allow(clippy::unused_self, reason = "the same as with a spool")]
impl Worker {
    pub(super) fn open_spool(&mut self) {}

    pub(super) fn close_spool(&mut self) {}

    pub(super) fn put_aside(&mut self) {}

    pub(super) fn next_replay(&self) -> Option<Instant> {
        None
    }

    pub(super) fn replay(&mut self) {}
}
