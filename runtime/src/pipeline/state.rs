//! What a pipeline is, and what it is made of.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use super::overflow::Overflow;
use super::queue::{ExportQueue, Room};
use super::tail::{TailCounts, TailSampling};
use crate::export::SpanExporter;
use traced_core::__runtime::outbox;
use traced_core::__runtime::provider::Provider;
use traced_core::__runtime::provider::ProviderSettings;
use traced_core::Resource;
use traced_core::SpanProcessor;

/// What a pipeline is made of.
pub(crate) struct PipelineSettings {
    pub(crate) provider: ProviderSettings,
    pub(crate) processors: Vec<Arc<dyn SpanProcessor>>,
    pub(crate) resource: Resource,
    pub(crate) exporters: Vec<Box<dyn SpanExporter>>,
    pub(crate) batching: Batching,
    pub(crate) tail: Option<TailSampling>,
    /// Where spans wait on disk.
    #[cfg(feature = "spool")]
    pub(crate) spool: Option<std::path::PathBuf>,
}

/// When and how much is exported at once.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Batching {
    /// How long a span may wait for company.
    pub(crate) delay: Duration,
    /// How long one export may take.
    pub(crate) timeout: Duration,
    /// The most spans in one export; without it, blocks end by their size in bytes.
    pub(crate) max_spans: Option<usize>,
    /// The most spans in an exporter's queue, besides the bound in bytes.
    pub(crate) max_queued_spans: Option<usize>,
}

impl Default for Batching {
    fn default() -> Self {
        Self {
            delay: Duration::from_secs(5),
            timeout: Duration::from_secs(30),
            max_spans: None,
            max_queued_spans: None,
        }
    }
}

/// A provider with its exporters.
pub(crate) struct Pipeline {
    pub(crate) provider: &'static Provider,
    pub(crate) resource: Resource,
    pub(crate) batching: Batching,
    pub(crate) queues: Vec<Arc<ExportQueue>>,
    /// What was said of spans that were dropped as they ended.
    pub(crate) overflow: Overflow,
    /// Where spans wait on disk.
    #[cfg(feature = "spool")]
    pub(crate) spool: Option<std::path::PathBuf>,
    /// What tail sampling had decided when this was shut down.
    pub(crate) tail_counts: OnceLock<TailCounts>,
}

impl Pipeline {
    /// What each queue may hold. An eighth of the memory stays free for threads that record, so that an exporter in
    /// trouble never stops recording for the others; blocks are shared, and those that wait are the newest of each
    /// queue, so that queues need not divide the rest.
    pub(super) fn room(&self) -> Room {
        let bound = outbox::bound();
        Room { spans: self.batching.max_queued_spans, bytes: bound - bound / 8, is_shared: self.queues.len() > 1 }
    }
}
