//! Ended spans for processors.

use std::sync::Arc;

use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter};
use traced_core::SpanProcessor;

/// Brings ended spans to a processor, by a queue and a thread like those of exporters.
pub(crate) struct OnEnd(pub(crate) Arc<dyn SpanProcessor>);

impl SpanExporter for OnEnd {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        batch.spans().for_each(|span| self.0.on_end(&span));
        Ok(())
    }

    fn flush(&mut self, call: &ExportCall<'_>) -> Result<(), ExportError> {
        if self.0.flush(call.time_left()) { Ok(()) } else { Err(ExportError::new("a processor did not flush in time")) }
    }

    fn shutdown(&mut self) {
        self.0.shutdown();
    }

    fn name(&self) -> &str {
        "processor"
    }

    fn takes_unsampled(&self) -> bool {
        true
    }
}
