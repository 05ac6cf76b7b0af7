//! Spans and events of `tracing` in the same trace.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

use tracing_core::metadata::LevelFilter;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use traced_core::__runtime::external;
use traced_core::__runtime::frame::Handle;
use traced_core::__runtime::frame::Key;
use traced_core::__runtime::start::Root;
use traced_core::__runtime::start::StartOptions;
use traced_core::Context;
use traced_core::ENABLED;
use traced_core::Span;

mod callsite;
mod event;
mod event_site;
mod fields;
mod mirror;
mod recorded;

pub(super) use fields::key;
use recorded::Recorded;

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
/// A library that goes on with its work on a thread of its own takes `tracing`'s current span along, if it takes
/// anything, and a `#[traced]` function is none: sqlx on SQLite, for instance, makes no spans, and says on the
/// database's thread which statements it has run. What it says becomes an event of the next `tracing` span further out,
/// or is in no span. A span around the call, `query.instrument(info_span!("query"))`, becomes the function's child and
/// holds it; with [`mirror`](Layer::mirror), the function itself does.
///
/// The layer is to be the first one that is added to the registry, so that other layers see the ids of new spans.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
/// use tracing_subscriber::util::SubscriberInitExt;
///
/// tracing_subscriber::registry().with(traced::subscriber::layer()).init();
/// ```
#[derive(Clone, Debug)]
pub struct Layer {
    /// Tells the registry that this is part of from others: their ids may be the same.
    registry: u32,
    events: LevelFilter,
    location: bool,
    error_status: bool,
    mirror: bool,
}

/// The layer with its default settings: events from `INFO` up, locations, and a status from what `#[instrument(err)]`
/// says, not from other events.
///
/// ```
/// use tracing_subscriber::layer::SubscriberExt;
///
/// let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer());
/// ```
#[must_use]
pub fn layer() -> Layer {
    Layer::default()
}

impl Default for Layer {
    fn default() -> Self {
        Self {
            registry: next_registry(),
            events: LevelFilter::INFO,
            location: true,
            error_status: false,
            mirror: false,
        }
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

    /// Whether any event of level `ERROR` gives the innermost span the status of an error, described by the event's
    /// message. By default only what `#[instrument(err)]` says does, described by the error: what else was logged may
    /// have been handled.
    #[must_use]
    pub fn error_events_set_status(mut self, set: bool) -> Self {
        self.error_status = set;
        self
    }

    /// Whether each span of an annotated function or block has a span of `tracing` that stands for it in the other layers of
    /// this registry; it has none by default.
    ///
    /// It has the span's name, the target of its module, the level `INFO`, and as its fields what the span starts with:
    /// `attrs(..)`, `args` and literals, but not what is redacted. It is entered and left with the function, also at each
    /// poll and in contexts that are carried elsewhere, and is no second span of the trace. So what code that was annotated
    /// with `#[tracing::instrument]` relies on goes on working: log lines show the span and its fields,
    /// `tracing::Span::current()` is the function's, and a task that runs in it (`.instrument(Span::current())`) is in the
    /// trace, too.
    ///
    /// Attributes that are set later are not among the fields, as those of `tracing` are not that were not declared:
    /// [`json`](super::log::json) puts them into log lines. A function that is not recorded, without `init` or by a filter,
    /// has no such span; one that is not sampled does, with its fields, which are evaluated for it.
    ///
    /// Costs what a span of `tracing` costs in the other layers, and the quick way of starting spans, for the whole process;
    /// nothing where no layer is set so.
    ///
    /// ```
    /// use tracing_subscriber::{fmt, layer::SubscriberExt};
    ///
    /// let subscriber =
    ///     tracing_subscriber::registry().with(traced::subscriber::layer().mirror(true)).with(fmt::layer());
    /// ```
    #[must_use]
    pub fn mirror(mut self, mirrored: bool) -> Self {
        self.mirror = mirrored;
        self
    }
}

fn next_registry() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

/// What this layer can be added to.
trait Registry: Subscriber + for<'a> LookupSpan<'a> {}
impl<S: Subscriber + for<'a> LookupSpan<'a>> Registry for S {}

thread_local! {
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
    /// The span that this thread started or left last: most often it is the next one to be entered or closed, and need
    /// not be looked up.
    static LAST: Cell<Option<(Key, Span)>> = const { Cell::new(None) };
}

#[inline]
fn remember(key: Key, span: Span) {
    // What this replaces may end here; a thread past its end remembers nothing.
    let _ = LAST.try_with(|last| drop(last.replace(Some((key, span)))));
}

/// The span, if it is the last one and is still open: ids are used again after a while.
#[inline]
fn take_last(key: Key) -> Option<Span> {
    let (last, span) = LAST.try_with(Cell::take).ok().flatten()?;
    if last == key && span.is_open() {
        return Some(span);
    }
    remember(last, span);
    None
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
    context.span(id)?.extensions().get::<Recorded>().map(Recorded::span)
}

/// Whether one of the registry's spans stands for a function's.
fn is_mirror<S: Registry>(context: &LayerContext<'_, S>, id: &Id) -> bool {
    let recorded = |span: SpanRef<'_, S>| matches!(span.extensions().get(), Some(Recorded::Mirror { .. }));
    context.span(id).is_some_and(recorded)
}

/// The ids of one of the registry's spans.
pub(super) fn context_of<'a, S: LookupSpan<'a>>(span: &SpanRef<'a, S>) -> Option<Context> {
    span.extensions().get::<Recorded>().map(|recorded| recorded.span().context())
}

impl Layer {
    fn key(&self, id: &Id) -> Key {
        Key { owner: self.registry, id: id.into_u64() }
    }

    fn start<S: Registry>(&self, attributes: &Attributes<'_>, context: &LayerContext<'_, S>) -> Option<Span> {
        let callsite = callsite::of_span(attributes.metadata(), self.location);
        let mut options = parent(attributes, context);
        if callsite.has_kind {
            let kind = fields::kind(attributes.values());
            options.get_or_insert_default().kind = kind;
        }
        let started = Handle::start(callsite.site, options, &mut |start| {
            if callsite.is_plain {
                if callsite.has_fields {
                    fields::record_plainly(attributes.values(), start);
                }
            } else {
                fields::record(attributes.values(), start);
            }
        });
        let span = Span::from(started.handle);
        (started.is_span || !span.is_nothing()).then_some(span)
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
    fn on_layer(&mut self, _registry: &mut S) {
        self.registry = next_registry();
        if self.mirror && ENABLED {
            mirror::install(|dispatch| dispatch.downcast_ref().is_some_and(|layer: &Self| layer.mirror));
        }
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        if !ENABLED {
            return;
        }
        if let Some(made) = mirror::take_made() {
            context.span(id).map(|kept| kept.extensions_mut().replace(made));
            return;
        }
        let Some(span) = outermost(|| self.start(attributes, &context)).flatten() else { return };
        if let Some(kept) = context.span(id) {
            if span.is_open() {
                remember(self.key(id), span.clone());
            }
            let replaced = kept.extensions_mut().replace(Recorded::Own(span));
            // Of a second layer like this one; let go where nothing is locked.
            drop(replaced);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        outermost(|| {
            if let Some(span) = recorded(&context, id).filter(Span::is_open) {
                fields::record_late(values, &span);
            }
        });
    }

    fn on_follows_from(&self, id: &Id, follows: &Id, context: LayerContext<'_, S>) {
        let span = recorded(&context, id).filter(Span::is_open);
        if let Some((span, followed)) = span.zip(recorded(&context, follows)) {
            span.add_link(followed.context().span_context(), &[]);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        if !ENABLED || *event.metadata().level() > self.events {
            return;
        }
        outermost(|| match event.parent() {
            Some(id) => {
                if let Some(span) = recorded(&context, id).filter(Span::is_open) {
                    event::add_to(&span, event, self.error_status);
                }
            }
            None if event.is_contextual() => event::add_to_current(event, self.error_status),
            None => {}
        });
    }

    fn on_enter(&self, id: &Id, context: LayerContext<'_, S>) {
        if mirror::is_moved_along(id) {
            return;
        }
        let key = self.key(id);
        if let Some(span) = take_last(key).or_else(|| recorded(&context, id)) {
            external::enter(key, span.into());
        }
    }

    fn on_exit(&self, id: &Id, _context: LayerContext<'_, S>) {
        if mirror::is_moved_along(id) {
            return;
        }
        let key = self.key(id);
        // One that is mirrored is not to be kept open, nor ended, by what stands for it.
        if let Some(span) = external::exit(key).filter(|span| !span.is_mirrored()) {
            remember(key, Handle::Recording(span).into());
        }
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, S>) {
        let ending = take_last(self.key(&id));
        if let Some(span) = ending.or_else(|| recorded(&context, &id).filter(|_| !is_mirror(&context, &id))) {
            span.end();
        }
    }
}
