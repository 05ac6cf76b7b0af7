//! What exporters are given: finished spans, borrowed, and parts of them.

use std::fmt;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use traced_core::__runtime::block::Block;
use traced_core::__runtime::registry::SiteTable;
use traced_core::view::SpanView;
use traced_core::{OtlpRequest, Resource};

/// Finished spans, borrowed.
pub struct SpanBatch<'a> {
    blocks: &'a [Arc<Block>],
    /// Which of their spans.
    part: Range<usize>,
    sites: &'a SiteTable,
    resource: &'a Resource,
    /// Which of the part a filter keeps; `None` is all.
    kept: Option<Vec<bool>>,
    looked_at: &'a LookedAt,
}

/// Which spans of a batch an exporter looked at: what all filters of an exporter's own leave out is not exported.
#[derive(Debug, Default)]
pub(crate) struct LookedAt {
    all: AtomicBool,
    /// By filters; empty without one.
    some: Mutex<Vec<bool>>,
}

impl LookedAt {
    fn mark(&self, kept: Option<&[bool]>) {
        let Some(kept) = kept else { return self.all.store(true, Ordering::Relaxed) };
        let mut some = self.some.lock().unwrap_or_else(PoisonError::into_inner);
        some.iter_mut().zip(kept).for_each(|(some, kept)| *some |= kept);
    }

    /// There is a filter over so many spans.
    fn filter(&self, spans: usize) {
        self.some.lock().unwrap_or_else(PoisonError::into_inner).resize(spans, false);
    }

    /// How many spans were left out by every filter, of a batch that was not looked at as a whole.
    pub(crate) fn filtered(&self) -> u64 {
        if self.all.load(Ordering::Relaxed) {
            return 0;
        }
        let some = self.some.lock().unwrap_or_else(PoisonError::into_inner);
        some.iter().filter(|looked_at| !**looked_at).count() as u64
    }
}

impl<'a> SpanBatch<'a> {
    pub(crate) const fn new(
        (blocks, part): (&'a [Arc<Block>], Range<usize>),
        sites: &'a SiteTable,
        resource: &'a Resource,
        looked_at: &'a LookedAt,
    ) -> Self {
        Self { blocks, part, sites, resource, kept: None, looked_at }
    }

    /// The spans of this batch that `keep` keeps, as a batch that any exporter takes: for an exporter of yours that passes
    /// some spans on to another one.
    ///
    /// Spans that all filters of an exporter leave out are counted as [`filtered`](crate::ExporterStats::filtered), not as
    /// exported, unless the exporter also reads the batch itself. About 20 ns a span.
    ///
    /// ```
    /// use traced::{ExportCall, ExportError, MemoryExporter, Span, SpanBatch, SpanExporter, Status};
    ///
    /// /// Passes on the spans with errors.
    /// struct Errors<E>(E);
    ///
    /// impl<E: SpanExporter> SpanExporter for Errors<E> {
    ///     fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
    ///         let errors = batch.filter(|span| span.status().is_error());
    ///         if errors.is_empty() { Ok(()) } else { self.0.export(&errors, call) }
    ///     }
    ///
    ///     fn flush(&mut self, call: &ExportCall<'_>) -> Result<(), ExportError> {
    ///         self.0.flush(call)
    ///     }
    ///
    ///     fn shutdown(&mut self) {
    ///         self.0.shutdown();
    ///     }
    ///
    ///     fn name(&self) -> &str {
    ///         self.0.name()
    ///     }
    /// }
    ///
    /// let memory = MemoryExporter::default();
    /// let guard = traced::builder().exporter(Errors(memory.clone())).init()?;
    /// Span::start("fine").end();
    /// let failed = Span::start("failed");
    /// failed.set_status(Status::error("declined"));
    /// failed.end();
    /// drop(guard);
    /// assert_eq!(memory.spans().iter().map(|span| span.name().to_owned()).collect::<Vec<_>>(), ["failed"]);
    /// # Ok::<(), traced::InitError>(())
    /// ```
    ///
    /// Leave [`takes_requests`](crate::SpanExporter::takes_requests) as it is: what waits on disk is the whole batch.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(&SpanView<'_>) -> bool) -> SpanBatch<'_> {
        self.looked_at.filter(self.part.len());
        let all = self.unfiltered().enumerate();
        let kept = all.map(|(index, span)| self.keeps(index) && keep(&span)).collect();
        SpanBatch { part: self.part.clone(), kept: Some(kept), ..*self }
    }

    fn keeps(&self, index: usize) -> bool {
        self.kept.as_ref().is_none_or(|kept| kept[index])
    }

    fn unfiltered(&self) -> impl Iterator<Item = SpanView<'_>> {
        let all = self.blocks.iter().flat_map(|block| block.spans(self.sites));
        all.skip(self.part.start).take(self.part.len())
    }

    /// The spans, in the order in which they were handed over: each thread's in the order of their ends.
    pub fn spans(&self) -> impl Iterator<Item = SpanView<'_>> {
        self.looked_at.mark(self.kept.as_deref());
        self.unfiltered().enumerate().filter(|(index, _)| self.keeps(*index)).map(|(_, span)| span)
    }

    /// How many spans there are.
    #[must_use]
    pub fn len(&self) -> usize {
        let all = self.part.len();
        self.kept.as_ref().map_or(all, |kept| kept.iter().filter(|kept| **kept).count())
    }

    /// Whether there are none; never so in [`SpanExporter::export`](crate::SpanExporter::export), unless a filter kept none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entity that produced the spans.
    #[must_use]
    pub fn resource(&self) -> &Resource {
        self.resource
    }

    /// The spans as an encoded `ExportTraceServiceRequest`. About 15 to 35 ns a span.
    #[must_use]
    pub fn otlp_request(&self) -> OtlpRequest {
        match self.blocks {
            // By far the most usual, and the quickest.
            [block] if self.kept.is_none() && self.part == (0..block.len()) => {
                self.looked_at.mark(None);
                OtlpRequest::new(self.resource, block.spans(self.sites))
            }
            _ => OtlpRequest::new(self.resource, self.spans()),
        }
    }
}

impl fmt::Debug for SpanBatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanBatch").field("spans", &self.len()).finish_non_exhaustive()
    }
}
