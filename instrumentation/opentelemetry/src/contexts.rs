//! OpenTelemetry's stack of contexts, beside our stack of frames.

use std::any::Any;
use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::{AtomicU8, Ordering};

use opentelemetry::trace::TraceContextExt as _;
use opentelemetry::{Context as OtelContext, ContextGuard};

use super::ids::{from_span_context, from_span_id};
use super::known;
use super::span::BridgeSpan;
use traced::SpanContext;
use traced::SpanId;
use traced_core::__runtime::foreign::ForeignContexts;
use traced_core::__runtime::foreign::ForeignCurrent;
use traced_core::__runtime::frame::Handle;
use traced_core::__runtime::frame::Prepared;

/// Which of our spans, those of `tracing` through our layer among them, are also the active span
/// of OpenTelemetry's current context.
///
/// Spans that start through OpenTelemetry's API get the right parent either way. It matters to code that reads the
/// context itself: `Context::current().span()`, `get_active_span`, or a clone of the context that is passed on.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Attach {
    /// Every span: some 300 ns each.
    All,
    /// Spans where a trace enters or leaves a part of the program: roots, kinds other than internal, and futures
    /// while they are polled.
    #[default]
    Boundaries,
    /// None.
    Never,
}

impl Attach {
    const LEVELS: [Self; 3] = [Self::All, Self::Boundaries, Self::Never];

    /// Says which spans are attached from now on.
    pub(super) fn set(self) {
        LEVEL.store(self as u8, Ordering::Relaxed);
    }

    fn get() -> Self {
        Self::LEVELS.get(usize::from(LEVEL.load(Ordering::Relaxed))).copied().unwrap_or_default()
    }
}

static LEVEL: AtomicU8 = AtomicU8::new(Attach::Boundaries as u8);

thread_local! {
    /// Gone before OpenTelemetry's own storage is, when the thread ends.
    static ATTACHED: RefCell<Attached> = RefCell::new(Attached::after_theirs());
}

/// The guards of contexts that our frames have attached, by their span ids.
struct Attached(Vec<(SpanId, ContextGuard)>);

impl Attached {
    fn after_theirs() -> Self {
        OtelContext::map_current(|_| ());
        Self(Vec::new())
    }
}

/// The stack that they would be taken off may be gone already.
impl Drop for Attached {
    fn drop(&mut self) {
        self.0.drain(..).for_each(std::mem::forget);
    }
}

/// OpenTelemetry's contexts.
pub(super) struct OtelContexts;

impl ForeignContexts for OtelContexts {
    fn current(&self) -> Option<ForeignCurrent> {
        ATTACHED.try_with(|_| ()).ok()?;
        Some(OtelContext::map_current(|context| ForeignCurrent {
            span_id: from_span_id(context.span().span_context().span_id()),
            is_suppressed: context.is_telemetry_suppressed(),
        }))
    }

    fn current_span(&self) -> SpanContext {
        OtelContext::map_current(|context| from_span_context(context.span().span_context()))
    }

    fn find(&self, ids: &SpanContext) -> Option<Handle> {
        known::find(ids).map(Handle::from)
    }

    fn attaches(&self, is_boundary: bool) -> bool {
        match Attach::get() {
            Attach::All => true,
            Attach::Boundaries => is_boundary,
            Attach::Never => false,
        }
    }

    fn prepare(&self, span: Handle) -> Prepared {
        Box::new(BridgeSpan::in_context(span.into()))
    }

    fn attach(&self, prepared: &Prepared, span_id: SpanId) {
        let Some(context) = prepared.downcast_ref::<OtelContext>() else { return };
        let guard = context.clone().attach();
        let mut guard = Some(guard);
        let _past_its_end = ATTACHED.try_with(|attached| {
            attached.borrow_mut().0.extend(guard.take().map(|guard| (span_id, guard)));
        });
    }

    fn detach(&self, span_id: SpanId) {
        let taken = ATTACHED.try_with(|attached| {
            let Attached(guards) = &mut *attached.borrow_mut();
            let place = guards.iter().rposition(|(of, _)| *of == span_id)?;
            Some(guards.remove(place))
        });
        // Here, where nothing is borrowed: spans of others may end with it.
        drop(taken);
    }

    fn suppress(&self) -> Box<dyn Any> {
        Box::new(OtelContext::enter_telemetry_suppressed_scope())
    }
}

/// Whether a context was not chosen by the caller, but is the one that the code runs in.
pub(super) fn is_current(context: &OtelContext) -> bool {
    OtelContext::map_current(|current| ptr::eq(current, context))
}
