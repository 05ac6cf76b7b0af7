//! Captures the spans of a closure or a future, in tests that run in parallel.
//!
//! A capture has a provider of its own; spans go there because the context they start in says so, so nothing else in
//! the process is seen or disturbed, and nothing has to be initialised.
#![doc = include_str!("../docs/testing.md")]

mod spans;
mod tree;

use std::fmt;
use std::future::Future;
use std::sync::Arc;

use crate::pipeline::state::{Batching, Pipeline, PipelineSettings};
use crate::pipeline::{drain, lifecycle};
use traced_core::__runtime::context::recorded_by;
use traced_core::__runtime::provider::ProviderSettings;
use traced_core::__runtime::registry;
use traced_core::__runtime::registry::SiteTable;
use traced_core::Context;
use traced_core::ENABLED;
use traced_core::FinishedSpan;
use traced_core::IdGenerator;
use traced_core::Resource;
use traced_core::SpanLimits;
use traced_core::SpanProcessor;
use traced_core::instrumentation::Metrics;
use traced_core::sampler::Sampler;

pub use crate::assert_tree;
pub use spans::Spans;
#[doc(hidden)]
pub use tree::assert_tree;
pub use tree::tree;

/// What is wrong when nothing can be captured.
const COMPILED_OUT: &str = "traced::testing captures nothing: the feature `off` of `traced` is compiled in. Some package \
     of this build asks for it, and Cargo unifies features over a build: `cargo tree -e features -i traced` shows which; \
     run the tests without it, or for each package by itself (`cargo test -p`)";

/// Runs a closure and returns its spans, in the order of their ends, and what it returned.
///
/// ```
/// use traced::{Span, testing};
/// let spans = testing::capture(|| Span::start("work").end());
/// assert_eq!(spans[0].name(), "work");
/// ```
///
/// # Panics
///
/// When the feature `off` is compiled in, which another package of the build may have asked for: then nothing can be
/// captured.
pub fn capture<R>(run: impl FnOnce() -> R) -> Spans<R> {
    let capture = Capture::new();
    let guard = capture.context().attach();
    let result = run();
    drop(guard);
    Spans::new(result, capture.drain())
}

/// Runs a future and returns its spans, in the order of their ends, and what it returned. Spans of spawned tasks are
/// among them if the context was carried along and they have ended by then.
///
/// ```
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// use traced::{testing, traced};
///
/// #[traced]
/// async fn double(n: u32) -> u32 {
///     n * 2
/// }
///
/// let spans = testing::capture_async(double(2)).await;
/// assert_eq!((spans.result, spans.one("double").name()), (4, "double"));
/// # });
/// ```
///
/// # Panics
///
/// As [`capture`].
pub async fn capture_async<R>(future: impl Future<Output = R>) -> Spans<R> {
    let capture = Capture::new();
    let result = capture.context().instrument(future).await;
    Spans::new(result, capture.drain())
}

/// A capture with settings of its own; [`capture`] is enough in most tests.
///
/// ```
/// use traced::{Span, SpanLimits, testing::Capture};
/// let capture = Capture::builder().span_limits(SpanLimits::default().with_attributes(1)).start();
/// let (_, spans) = capture.run(|| {
///     let span = Span::start("work");
///     span.set_attribute("a", 1);
///     span.set_attribute("b", 2);
/// });
/// assert_eq!(spans[0].view().dropped_attributes(), 1);
/// ```
pub struct Capture {
    pipeline: Arc<Pipeline>,
}

/// The settings of a capture; made by [`Capture::builder`].
#[derive(Default)]
#[must_use = "nothing is captured before `start`"]
pub struct CaptureBuilder {
    provider: ProviderSettings,
    processors: Vec<Arc<dyn SpanProcessor>>,
}

impl CaptureBuilder {
    /// The sampler; parent-based always on by default.
    pub fn sampler(mut self, sampler: impl Sampler) -> Self {
        self.provider.sampler = Some(Box::new(sampler));
        self
    }

    /// The span limits.
    pub fn span_limits(mut self, limits: SpanLimits) -> Self {
        self.provider.limits = limits;
        self
    }

    /// The generator of ids.
    pub fn id_generator(mut self, ids: impl IdGenerator) -> Self {
        self.provider.ids = Some(Box::new(ids));
        self
    }

    /// Adds a processor. Its `on_end` is called by a thread, as after `init`.
    pub fn processor(mut self, processor: impl SpanProcessor) -> Self {
        self.processors.push(Arc::new(processor));
        self
    }

    /// Baggage entries that every span gets as attributes.
    pub fn baggage_attributes<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.provider.baggage_keys.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Who keeps measurements.
    pub fn metrics(mut self, metrics: impl Metrics) -> Self {
        self.provider.metrics = Some(Box::new(metrics));
        self
    }

    /// Keys whose values are replaced by `[redacted]` when a span ends.
    pub fn redact<K: Into<String>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.provider.redacted.extend(keys.into_iter().map(Into::into));
        self
    }

    /// Whether messages of errors and panics are recorded.
    pub fn exception_messages(mut self, recorded: bool) -> Self {
        self.provider.exceptions_without_messages = !recorded;
        self
    }

    /// Whether each error has the stack of where it first left a span.
    pub fn error_stack_traces(mut self, recorded: bool) -> Self {
        self.provider.error_stacks = recorded;
        self
    }

    /// Starts the capture.
    ///
    /// # Panics
    ///
    /// When the feature `off` is compiled in.
    ///
    /// When it has a processor and the processor's thread cannot be started.
    #[must_use]
    pub fn start(self) -> Capture {
        if !ENABLED {
            panic!("{COMPILED_OUT}");
        }
        let settings = PipelineSettings {
            provider: self.provider,
            processors: self.processors,
            resource: Resource::empty(),
            exporters: Vec::new(),
            batching: Batching::default(),
            tail: None,
            #[cfg(feature = "spool")]
            spool: None,
        };
        let pipeline = lifecycle::start(settings).unwrap_or_else(|error| panic!("no thread for a processor: {error}"));
        registry::add_capture();
        Capture { pipeline }
    }
}

impl Capture {
    /// A capture with default settings.
    #[must_use]
    pub fn new() -> Self {
        Self::builder().start()
    }

    /// Prepares a capture.
    pub fn builder() -> CaptureBuilder {
        CaptureBuilder::default()
    }

    /// The context to run in: what starts in it, or in a context that comes from it, is captured.
    #[must_use]
    pub fn context(&self) -> Context {
        self.within(Context::new())
    }

    /// A context that was made elsewhere, such as one that was extracted from headers, in which spans are captured.
    #[must_use]
    pub fn within(&self, context: Context) -> Context {
        recorded_by(context, self.pipeline.provider)
    }

    /// Runs a closure inside, and returns what it returned with the spans that ended until then.
    pub fn run<R>(&self, run: impl FnOnce() -> R) -> (R, Spans) {
        let guard = self.context().attach();
        let result = run();
        drop(guard);
        (result, self.take())
    }

    /// The spans that ended since the last call.
    #[must_use]
    pub fn take(&self) -> Spans {
        Spans::new((), self.drain())
    }

    fn drain(&self) -> Vec<FinishedSpan> {
        let mut sites = SiteTable::default();
        let block = drain::drain_and_take(self.pipeline.provider.id).unwrap_or_default();
        sites.refresh();
        block.spans(&sites).map(|span| FinishedSpan::new(&span)).collect()
    }

    /// Ends the capture and returns the spans that ended since the last call.
    #[must_use]
    pub fn finish(self) -> Spans {
        self.take()
    }
}

impl Default for Capture {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Capture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Capture").finish_non_exhaustive()
    }
}

impl Drop for Capture {
    fn drop(&mut self) {
        self.pipeline.abandon();
        registry::remove_capture();
    }
}
