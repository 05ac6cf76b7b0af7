//! What exporters are, and what they are given.

use std::fmt;
use std::time::{Duration, Instant};

use crate::export::stop::Stop;
use traced_core::__runtime::block::Block;
use traced_core::__runtime::registry::SiteTable;
use traced_core::OtlpRequest;
use traced_core::Resource;
use traced_core::SpanView;

#[cfg(feature = "console")]
pub(crate) mod console;
#[cfg(feature = "file")]
pub(crate) mod file;
#[cfg(feature = "html")]
pub(crate) mod html;
#[cfg(any(feature = "file", feature = "html"))]
pub(crate) mod json;
pub(crate) mod memory;
#[cfg(feature = "otlp-http")]
pub(crate) mod otlp_http;
pub(crate) mod stop;
#[cfg(any(feature = "console", feature = "testing"))]
pub(crate) mod text;
#[cfg(feature = "console")]
pub mod waterfall;

/// Sends finished spans somewhere.
///
/// Each exporter has a thread and a queue of its own, so a slow one stalls no other; its methods are never called
/// concurrently. Spans that are created inside these methods are suppressed. A panic is caught and counts as a
/// failed export. Retrying is the exporter's own business; it ends at [`ExportCall::deadline`].
///
/// Follows the OpenTelemetry trace SDK, "Span Exporter".
///
/// ```
/// use traced::{SpanBatch, ExportCall, ExportError, SpanExporter};
///
/// struct Count(u64);
///
/// impl SpanExporter for Count {
///     fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
///         self.0 += batch.spans().filter(|span| span.duration().as_millis() > 100).count() as u64;
///         Ok(())
///     }
///
///     fn name(&self) -> &str {
///         "count"
///     }
/// }
/// ```
pub trait SpanExporter: Send + 'static {
    /// Exports a batch, which is never empty. May block until the call's deadline.
    ///
    /// # Errors
    ///
    /// The spans of the batch are lost, and counted as failed.
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError>;

    /// Sends on what the exporter itself holds back.
    ///
    /// # Errors
    ///
    /// When that did not succeed in time.
    fn flush(&mut self, call: &ExportCall<'_>) -> Result<(), ExportError> {
        let _ = call;
        Ok(())
    }

    /// Called once, after the last export.
    fn shutdown(&mut self) {}

    /// A short name, for messages and counters.
    fn name(&self) -> &str;

    /// How long spans may wait for company, if less than `OTEL_BSP_SCHEDULE_DELAY`. An exporter that shows spans to
    /// a person wants them soon.
    fn patience(&self) -> Option<Duration> {
        None
    }

    /// Whether it also wants spans that were recorded without being sampled. The specification says that exporters
    /// never get them, so only change this for what works inside the process.
    fn takes_unsampled(&self) -> bool {
        false
    }
}

impl<E: SpanExporter + ?Sized> SpanExporter for Box<E> {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        (**self).export(batch, call)
    }

    fn flush(&mut self, call: &ExportCall<'_>) -> Result<(), ExportError> {
        (**self).flush(call)
    }

    fn shutdown(&mut self) {
        (**self).shutdown();
    }

    fn name(&self) -> &str {
        (**self).name()
    }

    fn patience(&self) -> Option<Duration> {
        (**self).patience()
    }

    fn takes_unsampled(&self) -> bool {
        (**self).takes_unsampled()
    }
}

/// Finished spans, borrowed.
pub struct SpanBatch<'a> {
    pub(crate) block: &'a Block,
    pub(crate) sites: &'a SiteTable,
    pub(crate) resource: &'a Resource,
}

impl SpanBatch<'_> {
    /// The spans, in the order in which they were handed over: each thread's in the order of their ends.
    pub fn spans(&self) -> impl Iterator<Item = SpanView<'_>> {
        self.block.spans(self.sites)
    }

    /// How many spans there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.block.len()
    }

    /// Whether there are none; never so in [`SpanExporter::export`].
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
        OtlpRequest::new(self.resource, self.spans())
    }
}

impl fmt::Debug for SpanBatch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanBatch").field("spans", &self.len()).finish_non_exhaustive()
    }
}

/// The frame of one call to an exporter: how long it may take, and whether to give up earlier.
#[derive(Debug)]
pub struct ExportCall<'a> {
    pub(crate) deadline: Instant,
    pub(crate) stop: &'a Stop,
}

impl ExportCall<'_> {
    /// When the call has to be over.
    #[must_use]
    pub fn deadline(&self) -> Instant {
        self.stop.deadline().map_or(self.deadline, |stop| stop.min(self.deadline))
    }

    /// How long the call may still take.
    #[must_use]
    pub fn time_left(&self) -> Duration {
        self.deadline().saturating_duration_since(Instant::now())
    }

    /// Whether a shutdown has begun.
    #[cfg(feature = "otlp-http")]
    pub(crate) fn is_ending(&self) -> bool {
        self.stop.deadline().is_some()
    }

    /// Sleeps between two attempts. Says whether another attempt makes sense: `false` when the deadline would pass,
    /// or has come nearer since a shutdown began.
    #[must_use]
    pub fn wait(&self, duration: Duration) -> bool {
        let until = Instant::now() + duration;
        if until >= self.deadline() {
            return false;
        }
        self.stop.sleep_until(until);
        Instant::now() < self.deadline()
    }
}

/// Why spans were not exported.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExportError {
    reason: String,
    rejected: Option<u64>,
    is_told: bool,
}

impl ExportError {
    /// The whole batch is lost; `reason` says why, and what to do.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), rejected: None, is_told: false }
    }

    /// The receiver refused `spans` of the batch and took the rest.
    pub fn rejected(spans: u64, reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), rejected: Some(spans), is_told: false }
    }

    /// The exporter has warned of this itself.
    #[cfg(feature = "otlp-http")]
    pub(crate) fn told(mut self) -> Self {
        self.is_told = true;
        self
    }

    /// Whether the exporter has warned of this itself.
    pub(crate) const fn is_told(&self) -> bool {
        self.is_told
    }

    /// How many of the batch's spans are lost.
    pub(crate) fn lost(&self, of: u64) -> u64 {
        self.rejected.map_or(of, |rejected| rejected.min(of))
    }
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for ExportError {}
