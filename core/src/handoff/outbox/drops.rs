//! Spans that were dropped on their thread, call site by call site. Nothing here is touched unless one is.

use std::sync::{Mutex, PoisonError};

/// How many were dropped, by the index of their call site.
#[derive(Debug, Default)]
pub(super) struct Drops(Mutex<Vec<u64>>);

impl Drops {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Counts one. Of one thread's, only the reader ever holds the lock besides, for a moment.
    #[cold]
    pub(super) fn count(&self, site: u32) {
        add(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner), site, 1);
    }

    /// Adds these to a sum.
    pub(super) fn add_to(&self, sum: &mut Vec<u64>) {
        let drops = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drops
            .iter()
            .enumerate()
            .filter(|(_, count)| **count > 0)
            .for_each(|(site, count)| add(sum, site as u32, *count));
    }

    /// Adds others to these.
    pub(super) fn add(&self, others: &Self) {
        others.add_to(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

fn add(sum: &mut Vec<u64>, site: u32, count: u64) {
    let site = site as usize;
    if sum.len() <= site {
        sum.resize(site + 1, 0);
    }
    sum[site] += count;
}
