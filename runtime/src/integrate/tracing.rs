//! Spans and events of `tracing` in the same trace.

use std::cell::Cell;

use tracing_core::metadata::LevelFilter;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::LookupSpan;

use crate::context::Context;
use crate::local::start::{Root, StartOptions};
use crate::span::Span;

mod callsite;
mod event;
mod fields;

pub(super) use fields::key;

/// A layer for [`tracing_subscriber`] that makes the spans and events of `tracing` part of the same trace.
///
/// A `tracing` span becomes a span, the child of whichever span is innermost on its thread: another one of `tracing`,
/// or that of a `#[traced]` function, which in turn is the child of a `tracing` span that is entered around it. It
/// starts when it is created and ends when `tracing` closes it: after the last handle to it, and to its children, is
/// gone. Its target becomes the instrumentation scope, its fields become typed attributes, and `follows_from` becomes a
/// link. The fields `otel.name`, `otel.kind`, `otel.status_code` and `otel.status_description` (or
/// `otel.status_message`) say what their names say, also when they are recorded later.
///
/// An event (`info!`, `warn!`, and records of the `log` crate by way of `tracing-log`) becomes an event of the innermost
/// span: its name is the message, its attributes are `level`, `target` and its fields. An error among the fields
/// makes `exception.message`.
///
/// The layer is to be the first one that is added to the registry, so that other layers see the ids of new spans.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
/// use tracing_subscriber::util::SubscriberInitExt;
///
/// tracing_subscriber::registry().with(traced::tracing::layer()).init();
/// ```
#[derive(Clone, Debug)]
pub struct Layer {
    events: LevelFilter,
    location: bool,
    error_status: bool,
}

/// The layer with its default settings: events from `INFO` up, locations, and no status from events.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(traced::tracing::layer());
/// ```
#[must_use]
pub fn layer() -> Layer {
    Layer::default()
}

impl Default for Layer {
    fn default() -> Self {
        Self { events: LevelFilter::INFO, location: true, error_status: false }
    }
}

impl Layer {
    /// Which `tracing` events become events of spans: those of this level and more severe ones; `INFO` by default.
    ///
    /// A span holds 128 events unless the limits say otherwise, so `TRACE` is for short spans.
    #[must_use]
    pub fn events(mut self, level: impl Into<LevelFilter>) -> Self {
        self.events = level.into();
        self
    }

    /// Whether spans have `code.file.path` and `code.line.number`; they do by default. It costs nothing where the span is
    /// made, but bytes on the wire.
    #[must_use]
    pub fn location(mut self, recorded: bool) -> Self {
        self.location = recorded;
        self
    }

    /// Whether an event of level `ERROR` gives the innermost span the status of an error, described by the event's
    /// message. By default it does not: what was logged may have been handled.
    #[must_use]
    pub fn error_events_set_status(mut self, set: bool) -> Self {
        self.error_status = set;
        self
    }
}

/// What this layer can be added to.
trait Registry: Subscriber + for<'a> LookupSpan<'a> {}
impl<S: Subscriber + for<'a> LookupSpan<'a>> Registry for S {}

/// What the registry keeps for each of its spans.
struct Recorded(Span);

thread_local! {
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `callback`, unless this thread is inside of one already: then code that we called, such as a `Display` or a
/// sampler, uses `tracing` itself.
fn outermost<R>(callback: impl FnOnce() -> R) -> Option<R> {
    struct Inside;
    impl Drop for Inside {
        fn drop(&mut self) {
            IS_INSIDE.set(false);
        }
    }
    if IS_INSIDE.replace(true) {
        return None;
    }
    let _inside = Inside;
    Some(callback())
}

/// The span that we keep for one of the registry's. No lock is held when this returns.
fn recorded<S: Registry>(context: &LayerContext<'_, S>, id: &Id) -> Option<Span> {
    context.span(id)?.extensions().get::<Recorded>().map(|recorded| recorded.0.clone())
}

/// The ids of one of the registry's spans.
pub(super) fn context_of<'a, S: LookupSpan<'a>>(
    span: &tracing_subscriber::registry::SpanRef<'a, S>,
) -> Option<Context> {
    span.extensions().get::<Recorded>().map(|recorded| recorded.0.context())
}

impl Layer {
    fn start<S: Registry>(&self, attributes: &Attributes<'_>, context: &LayerContext<'_, S>) -> Option<Span> {
        let callsite = callsite::of(attributes.metadata(), self.location);
        let mut options = parent(attributes, context);
        if callsite.has_kind {
            let kind = fields::kind(attributes.values());
            options.get_or_insert_default().kind = kind;
        }
        Span::start_foreign(callsite.site, options, &mut |start| fields::record(attributes.values(), start))
    }
}

/// The parent, where `tracing` says another one than the innermost span. `None` is the innermost span.
fn parent<S: Registry>(attributes: &Attributes<'_>, context: &LayerContext<'_, S>) -> Option<StartOptions> {
    if attributes.is_contextual() {
        return None;
    }
    let parent = attributes.parent().and_then(|id| context.span(id)?.scope().find_map(|span| context_of(&span)));
    Some(match parent {
        Some(parent) => StartOptions { parent: Some(parent), ..StartOptions::default() },
        None => StartOptions { root: Root::New, ..StartOptions::default() },
    })
}

impl<S: Registry> tracing_subscriber::Layer<S> for Layer {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        if !crate::ENABLED {
            return;
        }
        let Some(span) = outermost(|| self.start(attributes, &context)).flatten() else { return };
        if let Some(kept) = context.span(id) {
            let replaced = kept.extensions_mut().replace(Recorded(span));
            // Of a second layer like this one; let go where nothing is locked.
            drop(replaced);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        outermost(|| {
            if let Some(span) = recorded(&context, id).filter(Span::is_recording) {
                fields::record_late(values, &span);
            }
        });
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: LayerContext<'_, S>) {
        let spans = recorded(&context, id).zip(recorded(&context, follows));
        if let Some((span, followed)) = spans {
            span.add_link(&followed.span_context(), &[]);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        if !crate::ENABLED || *event.metadata().level() > self.events {
            return;
        }
        outermost(|| match event.parent() {
            Some(id) => recorded(&context, id).iter().for_each(|span| event::add_to(span, event, self.error_status)),
            None if event.is_contextual() => event::add_to_current(event, self.error_status),
            None => {}
        });
    }

    fn on_enter(&self, id: &Id, context: LayerContext<'_, S>) {
        if let Some(span) = recorded(&context, id) {
            span.enter();
        }
    }

    fn on_exit(&self, id: &Id, context: LayerContext<'_, S>) {
        if let Some(span) = recorded(&context, id) {
            span.exit();
        }
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, S>) {
        let recorded = context.span(&id).and_then(|span| span.extensions_mut().remove::<Recorded>());
        if let Some(Recorded(span)) = recorded {
            span.end();
        }
    }
}
