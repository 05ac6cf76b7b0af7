//! What the instrumentation did, call site by call site: counted where records are drained.

use traced_core::__runtime::record::Counted;

/// What was counted of one call site.
#[derive(Clone, Debug, Default)]
pub(crate) struct SiteCount {
    pub(crate) spans: u64,
    pub(crate) errors: u64,
    /// Those that began a trace.
    pub(crate) roots: u64,
    /// The thread of the last of them.
    pub(crate) root_thread: Box<str>,
}

/// The same of all, by their indices.
pub(crate) struct SiteCounts(pub(crate) Vec<SiteCount>);

impl SiteCounts {
    pub(crate) const NEW: Self = Self(Vec::new());

    /// Counts a record of a thread.
    #[inline]
    pub(crate) fn count(&mut self, record: Counted, thread: &str) {
        let index = record.site as usize;
        if self.0.len() <= index {
            self.0.resize_with(index + 1, SiteCount::default);
        }
        let site = &mut self.0[index];
        site.spans += 1;
        site.errors += u64::from(record.is_error);
        if record.is_root {
            site.roots += 1;
            if *site.root_thread != *thread {
                site.root_thread = thread.into();
            }
        }
    }
}
