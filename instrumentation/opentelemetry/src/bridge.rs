//! Spans that libraries make through OpenTelemetry's API, in the same trace as ours.

use opentelemetry::trace::{SpanBuilder, TraceContextExt as _, Tracer, TracerProvider};
use opentelemetry::{Context as OtelContext, InstrumentationScope, global};

use super::contexts::{Attach, OtelContexts, is_current};
use super::convert::{Foreign, from_attributes, from_kind};
use super::ids::from_span_context;
use super::propagate::Configured;
use super::span::BridgeSpan;
use traced::Context;
use traced::ENABLED;
use traced::SpanKind;
use traced_core::__runtime::clock::unix_nanos;
use traced_core::__runtime::foreign;
use traced_core::__runtime::frame::Handle;
use traced_core::__runtime::scopes;
use traced_core::__runtime::scopes::ScopeName;
use traced_core::__runtime::site::Site;
use traced_core::__runtime::start::Start;
use traced_core::__runtime::start::StartOptions;

/// Takes the spans that libraries make through OpenTelemetry's API into our traces, for the rest of the process.
///
/// Makes this library OpenTelemetry's global tracer provider and global propagator. Their spans and ours nest in one
/// another, innermost first, and go through the same sampler and exporters. Tracers that were made before stay what
/// they were: call it early. A second call changes the level.
///
/// The parent of a span is the innermost one, of whichever kind, at every level: a span of their API is the child of the
/// `#[traced]` function around it, attached or not. What is said about the current span (`traced::attrs!`, events of
/// `tracing`) is said about the innermost one, too. What the level changes is what their contexts show:
///
/// - A clone of `Context::current()` that is named as a parent, or carried to another task by their `with_context`,
///   holds the innermost span that was attached. Carry [`Context::current`](traced::Context::current) of ours along
///   instead: it has the innermost span at every level.
/// - Their contexts are a stack of their own. If one of their guards is dropped before a later frame of ours that is
///   not attached, an older context of theirs shows, and is taken for the innermost.
/// - An empty context that is attached does not begin a new trace. `start_with_context(&Context::new())` does, and so
///   does ours: `traced::Context::new().attach()`.
///
/// Code inside of `Context::map_current` or `get_active_span` cannot attach a context without a panic of
/// OpenTelemetry's API: where functions with `#[traced]` are called in there, use [`Attach::Never`].
///
/// ```
/// use opentelemetry::{global, trace::Tracer as _};
/// use traced::traced;
/// use traced_opentelemetry::Attach;
///
/// #[traced]
/// fn ours() {
///     global::tracer("a library").in_span("theirs", |_| inside());
/// }
///
/// #[traced]
/// fn inside() {}
///
/// traced_opentelemetry::install(Attach::default());
/// let spans = traced::testing::capture(ours);
/// # #[cfg(feature = "testing")]
/// assert_eq!(traced::testing::tree(&spans), "ours\n  theirs\n    inside\n");
/// ```
pub fn install(attach: Attach) {
    if !ENABLED {
        return;
    }
    attach.set();
    foreign::install(OtelContexts);
    global::set_tracer_provider(Provider);
    global::set_text_map_propagator(Configured);
}

struct Provider;

impl TracerProvider for Provider {
    type Tracer = BridgeTracer;

    fn tracer_with_scope(&self, scope: InstrumentationScope) -> BridgeTracer {
        let (version, schema_url) = (scope.version().unwrap_or_default(), scope.schema_url().unwrap_or_default());
        BridgeTracer(scopes::site_of(ScopeName { name: scope.name(), version, schema_url }))
    }
}

struct BridgeTracer(&'static Site);

impl Tracer for BridgeTracer {
    type Span = BridgeSpan;

    fn build_with_context(&self, builder: SpanBuilder, context: &OtelContext) -> BridgeSpan {
        let parent = (!is_current(context)).then(|| explicit(context));
        let SpanBuilder { span_kind, name, start_time, attributes, events, links, .. } = builder;
        let kind = span_kind.as_ref().map(from_kind).filter(|kind| *kind != SpanKind::Internal);
        let has_options = parent.is_some() || kind.is_some() || start_time.is_some();
        let options = has_options.then(|| StartOptions {
            parent,
            kind,
            start_unix_nanos: start_time.map(unix_nanos),
            ..StartOptions::default()
        });
        let started = Handle::start(self.0, options, &mut |start: &mut Start<'_>| {
            start.name(format_args!("{name}"));
            for link in links.iter().flatten() {
                start.link(&from_span_context(&link.span_context), &from_attributes(link.attributes.clone()));
            }
            for attribute in attributes.iter().flatten() {
                start.set(attribute.key.as_str(), &Foreign(&attribute.value));
            }
        });
        let span = BridgeSpan::new(started.handle.into(), started.is_span);
        events.into_iter().flatten().for_each(|event| span.add(event));
        span
    }
}

/// A parent that the caller chose.
fn explicit(context: &OtelContext) -> Context {
    if context.is_telemetry_suppressed() {
        return Context::suppressed().with_span_context(from_span_context(context.span().span_context()));
    }
    foreign::adopt(from_span_context(context.span().span_context()))
}
