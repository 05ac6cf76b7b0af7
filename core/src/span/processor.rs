//! Code of the program that sees every recording span when it starts and when it has ended.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use super::Span;
use crate::local::current;
use crate::local::ending_span::EndingSpan;
use crate::local::frame::Frame;
use crate::local::hooks::{Hooks, SpanHooks};
use crate::tracer::context::Context;
use crate::wire::view::SpanView;

/// Sees every recording span, sampled or not.
///
/// Follows the OpenTelemetry trace SDK, "Span processor". With a processor installed, starting a span takes about
/// 100 ns more, whatever it does.
///
/// ```
/// use traced::view::SpanView;
/// use traced::{Context, Span, SpanProcessor};
///
/// struct Tenant;
///
/// impl SpanProcessor for Tenant {
///     fn on_start(&self, span: &Span, _parent: &Context) {
///         span.set_attribute("tenant.id", "acme");
///     }
/// }
/// ```
pub trait SpanProcessor: Send + Sync + 'static {
    /// Called on the thread that starts a span, before it goes on. It must be quick and must not block.
    fn on_start(&self, span: &Span, parent: &Context) {
        let _ = (span, parent);
    }

    /// Called on the thread that ends a span, when its outcome is known and before it is handed over: attributes can be
    /// set and removed, the span can be renamed, or let go. It must be quick and must not block.
    ///
    /// ```
    /// use traced::testing::Capture;
    /// use traced::{EndingSpan, Span, SpanProcessor};
    ///
    /// struct NoHealthChecks;
    ///
    /// impl SpanProcessor for NoHealthChecks {
    ///     fn on_ending(&self, span: &mut EndingSpan<'_>) {
    ///         span.remove_attribute("user.email");
    ///         if span.name() == "GET /health" && !span.is_error() {
    ///             span.drop_span();
    ///         }
    ///     }
    /// }
    ///
    /// let (_, spans) = Capture::builder().processor(NoHealthChecks).start().run(|| {
    ///     Span::start("GET /health").end();
    ///     Span::builder("GET /").attribute("user.email", "ada@example.org").start().end();
    /// });
    /// assert_eq!((spans.names(), spans[0].attribute("user.email")), (vec!["GET /"], None));
    /// ```
    fn on_ending(&self, span: &mut EndingSpan<'_>) {
        let _ = span;
    }

    /// Called in the background when a span has ended.
    fn on_end(&self, span: &SpanView<'_>) {
        let _ = span;
    }

    /// Called in the background by a flush, after [`on_end`](Self::on_end) of all spans that had ended: passes on what
    /// the processor itself holds back. Returns whether that was done in time.
    fn flush(&self, timeout: Duration) -> bool {
        let _ = timeout;
        true
    }

    /// Called once, after the last [`on_end`](Self::on_end).
    fn shutdown(&self) {}
}

macro_rules! behind_a_pointer {
    ($($pointer:ty),*) => {$(
        impl<P: SpanProcessor + ?Sized> SpanProcessor for $pointer {
            fn on_start(&self, span: &Span, parent: &Context) {
                (**self).on_start(span, parent);
            }

            fn on_ending(&self, span: &mut EndingSpan<'_>) {
                (**self).on_ending(span);
            }

            fn on_end(&self, span: &SpanView<'_>) {
                (**self).on_end(span);
            }

            fn flush(&self, timeout: Duration) -> bool {
                (**self).flush(timeout)
            }

            fn shutdown(&self) {
                (**self).shutdown();
            }
        }
    )*};
}

behind_a_pointer!(Box<P>, Arc<P>);

/// Shows spans that start to processors.
pub struct Processors(Vec<Arc<dyn SpanProcessor>>);

impl Processors {
    /// As a provider holds them; `None` when there are none.
    pub fn hooks(processors: Vec<Arc<dyn SpanProcessor>>) -> Option<Box<dyn Any + Send + Sync>> {
        if processors.is_empty() {
            return None;
        }
        let hooks: Hooks = Box::new(Self(processors));
        Some(Box::new(hooks))
    }
}

impl SpanHooks for Processors {
    fn on_start(&self, frame: &mut Frame, parent: Option<Context>) {
        let span = Span::of(frame);
        let parent = parent.unwrap_or_else(current::context);
        self.0.iter().for_each(|processor| processor.on_start(&span, &parent));
    }

    fn on_ending(&self, span: &mut EndingSpan<'_>) {
        self.0.iter().for_each(|processor| processor.on_ending(span));
    }
}
