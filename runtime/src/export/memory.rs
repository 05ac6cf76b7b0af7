//! Keeps finished spans in memory, for tests.

use std::sync::{Arc, Mutex, PoisonError};

use super::{ExportCall, ExportError, SpanBatch, SpanExporter};
use traced_core::FinishedSpan;

/// Keeps finished spans in memory. Clones share them.
///
/// ```
/// use traced::{MemoryExporter, Span};
/// use std::time::Duration;
///
/// let memory = MemoryExporter::default();
/// let _traced = traced::builder().exporter(memory.clone()).init().unwrap();
/// Span::start("work").end();
/// traced::flush(Duration::from_secs(5)).unwrap();
/// assert_eq!(memory.spans()[0].view().name(), "work");
/// ```
#[derive(Clone, Debug, Default)]
pub struct MemoryExporter {
    spans: Arc<Mutex<Vec<FinishedSpan>>>,
}

impl MemoryExporter {
    /// The spans that were exported so far.
    #[must_use]
    pub fn spans(&self) -> Vec<FinishedSpan> {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what was exported so far.
    pub fn clear(&self) {
        self.spans.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl SpanExporter for MemoryExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let mut spans = self.spans.lock().unwrap_or_else(PoisonError::into_inner);
        spans.extend(batch.spans().map(|span| FinishedSpan::new(&span)));
        Ok(())
    }

    fn name(&self) -> &str {
        "memory"
    }
}
