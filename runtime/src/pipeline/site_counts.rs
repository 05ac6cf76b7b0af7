//! What the instrumentation did, call site by call site: counted where records are drained, and where they are dropped.

use std::sync::atomic::AtomicU64;
use std::sync::{Mutex, PoisonError};

use traced_core::__runtime::block::Block;
use traced_core::__runtime::fork::PerProcess;
use traced_core::__runtime::per_process;
use traced_core::__runtime::record::{Counted, look_at};

/// What was counted of one call site.
#[derive(Clone, Debug, Default)]
pub(crate) struct SiteCount {
    pub(crate) spans: u64,
    pub(crate) errors: u64,
    /// Those that were lost on their way, to each exporter.
    pub(crate) dropped: u64,
    /// Those that began a trace.
    pub(crate) roots: u64,
    /// The thread of the last of them.
    pub(crate) root_thread: Box<str>,
}

/// The same of all, by their indices.
#[derive(Clone)]
pub(crate) struct SiteCounts(pub(crate) Vec<SiteCount>);

/// Spans that were lost behind the outboxes, by the index of their call site.
static LOST: PerProcess<Mutex<Vec<u64>>> = per_process!(Mutex::new(Vec::new()));

/// Counts spans of these call sites as lost.
pub(crate) fn lose(sites: impl Iterator<Item = u32>) {
    let mut lost = LOST.lock().unwrap_or_else(PoisonError::into_inner);
    for site in sites {
        let site = site as usize;
        if lost.len() <= site {
            lost.resize(site + 1, 0);
        }
        lost[site] += 1;
    }
}

/// The same of a block.
pub(crate) fn lose_block(block: &Block) {
    lose(block.sites());
}

impl SiteCounts {
    pub(crate) const NEW: Self = Self(Vec::new());

    /// Counts a record of a thread.
    #[inline]
    pub(crate) fn count(&mut self, record: Counted, thread: &str) {
        let site = self.of(record.site as usize);
        site.spans += 1;
        site.errors += u64::from(record.is_error);
        if record.is_root {
            site.roots += 1;
            if *site.root_thread != *thread {
                site.root_thread = thread.into();
            }
        }
    }

    /// Adds what was lost: on its thread, which was never counted, and later.
    pub(crate) fn with_lost(mut self, on_threads: &[u64]) -> Self {
        for (index, dropped) in on_threads.iter().enumerate() {
            let site = self.of(index);
            site.spans += dropped;
            site.dropped += dropped;
        }
        let lost = LOST.lock().unwrap_or_else(PoisonError::into_inner).clone();
        lost.iter().enumerate().for_each(|(index, lost)| self.of(index).dropped += lost);
        self
    }

    fn of(&mut self, index: usize) -> &mut SiteCount {
        if self.0.len() <= index {
            self.0.resize_with(index + 1, SiteCount::default);
        }
        &mut self.0[index]
    }
}

/// The call sites of whole records.
pub(crate) fn sites_of(mut words: &[AtomicU64]) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let (record, _, length) = look_at(words)?;
        words = words.get(length..).unwrap_or_default();
        Some(record.site)
    })
}
