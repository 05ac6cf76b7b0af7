//! What exporters are, and what they are given.

use std::time::{Duration, Instant};

pub use crate::export::batch::SpanBatch;
pub use crate::export::error::ExportError;
use crate::export::stop::Stop;

pub(crate) mod batch;
#[cfg(feature = "console")]
pub(crate) mod console;
pub(crate) mod error;
#[cfg(feature = "file")]
pub(crate) mod file;
#[cfg(feature = "html")]
pub(crate) mod html;
#[cfg(any(feature = "file", feature = "html", feature = "otlp-json"))]
pub(crate) mod json;
pub(crate) mod memory;
pub(crate) mod otlp;
#[cfg(feature = "otlp-grpc")]
pub(crate) mod otlp_grpc;
#[cfg(feature = "otlp-http")]
pub(crate) mod otlp_http;
#[cfg(any(feature = "file", feature = "otlp-json"))]
pub(crate) mod otlp_json;
pub(crate) mod said;
pub(crate) mod stop;
#[cfg(any(feature = "console", feature = "testing"))]
pub(crate) mod text;
#[cfg(feature = "otlp-http")]
pub(crate) mod verdict;
#[cfg(feature = "console")]
pub mod waterfall;

/// Sends finished spans somewhere.
///
/// Each exporter has a thread and a queue of its own, so a slow one stalls no other; its methods are never called
/// concurrently. Spans that are created inside these methods are suppressed. A panic is caught and counts as a
/// failed export. An exporter tries once: what meets a trouble that passes ([`ExportError::later`]) is kept and given
/// to it again, after a pause.
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
    /// Exports a batch, which is not empty but where an exporter around this one kept none of its spans. May block until the call's deadline.
    ///
    /// # Errors
    ///
    /// What becomes of the spans: see [`ExportError`]. What is lost is counted, and said.
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError>;

    /// Whether it can [export requests](Self::export_request) that are encoded already.
    fn takes_requests(&self) -> bool {
        false
    }

    /// Exports an encoded `ExportTraceServiceRequest`, which waited on disk.
    ///
    /// # Errors
    ///
    /// As [`export`](Self::export).
    fn export_request(&mut self, request: &[u8], call: &ExportCall<'_>) -> Result<(), ExportError> {
        let _ = (request, call);
        Err(ExportError::new("this exporter takes no requests that are encoded already"))
    }

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

    /// Where spans go, for messages.
    fn destination(&self) -> Option<String> {
        None
    }

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

// Every method: a boxed exporter is called through this, so that one left out would be its default.
impl<E: SpanExporter + ?Sized> SpanExporter for Box<E> {
    fn export(&mut self, batch: &SpanBatch<'_>, call: &ExportCall<'_>) -> Result<(), ExportError> {
        (**self).export(batch, call)
    }

    fn takes_requests(&self) -> bool {
        (**self).takes_requests()
    }

    fn export_request(&mut self, request: &[u8], call: &ExportCall<'_>) -> Result<(), ExportError> {
        (**self).export_request(request, call)
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

    fn destination(&self) -> Option<String> {
        (**self).destination()
    }

    fn patience(&self) -> Option<Duration> {
        (**self).patience()
    }

    fn takes_unsampled(&self) -> bool {
        (**self).takes_unsampled()
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

    /// Sleeps between two attempts. Says whether another attempt makes sense: `false` when the deadline would pass,
    /// or has come nearer since a shutdown began.
    #[must_use]
    pub fn wait(&self, duration: Duration) -> bool {
        // What no clock can tell comes after every deadline.
        let Some(until) = Instant::now().checked_add(duration).filter(|until| *until < self.deadline()) else {
            return false;
        };
        self.stop.sleep_until(until);
        Instant::now() < self.deadline()
    }
}
