//! What travels with a request: the span it is in, baggage, and values of the application.

#[cfg(feature = "opentelemetry")]
pub(crate) mod opentelemetry;

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, LazyLock};

use crate::model::baggage::Baggage;
use crate::model::id::{SpanId, TraceFlags, TraceId};
use crate::model::trace_state::TraceState;
use crate::tracer::provider::Provider;

/// The identity of a span, as it is sent to other services.
///
/// Follows the OpenTelemetry trace API, "SpanContext".
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct SpanContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) flags: TraceFlags,
    pub(crate) is_remote: bool,
    pub(crate) trace_state: TraceState,
}

impl SpanContext {
    /// The identity of a span of this process.
    #[must_use]
    pub const fn new(trace_id: TraceId, span_id: SpanId, flags: TraceFlags, trace_state: TraceState) -> Self {
        Self { trace_id, span_id, flags, is_remote: false, trace_state }
    }

    /// The identity of a span of another process, as a propagator extracts it.
    #[must_use]
    pub const fn remote(trace_id: TraceId, span_id: SpanId, flags: TraceFlags, trace_state: TraceState) -> Self {
        Self { trace_id, span_id, flags, is_remote: true, trace_state }
    }

    /// The trace.
    #[must_use]
    pub const fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span.
    #[must_use]
    pub const fn span_id(&self) -> SpanId {
        self.span_id
    }

    /// The W3C trace flags.
    #[must_use]
    pub const fn trace_flags(&self) -> TraceFlags {
        self.flags
    }

    /// The W3C `tracestate`.
    #[must_use]
    pub const fn trace_state(&self) -> &TraceState {
        &self.trace_state
    }

    /// Whether it was extracted from a carrier.
    #[must_use]
    pub const fn is_remote(&self) -> bool {
        self.is_remote
    }

    /// Whether the trace is sampled.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.flags.is_sampled()
    }

    /// Whether both ids are valid.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        self.trace_id.is_valid() && self.span_id.is_valid()
    }
}

/// What travels with a request: the span it is in, baggage, and values of the application.
///
/// Immutable and cheap to clone. Follows the OpenTelemetry context specification.
///
/// ```
/// use traced::Context;
///
/// struct Tenant(&'static str);
///
/// let context = Context::new().with_value(Tenant("acme"));
/// let guard = context.attach();
/// assert_eq!(Context::current().value::<Tenant>().unwrap().0, "acme");
/// drop(guard);
/// assert!(Context::current().value::<Tenant>().is_none());
/// ```
#[derive(Clone, Default)]
pub struct Context {
    pub(crate) span: SpanContext,
    pub(crate) extras: Option<Arc<Extras>>,
    pub(crate) origin: Origin,
}

/// What only a few contexts have.
#[derive(Clone, Default)]
pub(crate) struct Extras {
    pub(crate) baggage: Baggage,
    values: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
    /// The caller of a public endpoint: its span is not believed as a parent, only linked to.
    pub(crate) caller: Option<SpanContext>,
}

/// Where in this process a context comes from.
#[derive(Clone, Copy, Default)]
pub(crate) struct Origin {
    pub(crate) provider: Option<&'static Provider>,
    /// The time base of the local trace; see [`crate::process::clock`].
    pub(crate) offset: Option<i64>,
    /// No spans start here.
    pub(crate) is_suppressed: bool,
}

impl Context {
    /// A context without span, baggage or values.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A context in which no spans start, for code that must not trace itself.
    #[must_use]
    pub fn suppressed() -> Self {
        Self { origin: Origin { is_suppressed: true, ..Origin::default() }, ..Self::default() }
    }

    /// The identity of the span that this context is in; not valid when there is none.
    #[must_use]
    pub const fn span_context(&self) -> &SpanContext {
        &self.span
    }

    /// The same context in another span.
    #[must_use]
    pub fn with_span_context(mut self, span: SpanContext) -> Self {
        self.span = span;
        self.origin.offset = None;
        self
    }

    /// The baggage.
    #[must_use]
    pub fn baggage(&self) -> &Baggage {
        static EMPTY: LazyLock<Baggage> = LazyLock::new(Baggage::default);
        self.extras.as_ref().map_or_else(|| &*EMPTY, |extras| &extras.baggage)
    }

    /// The same context with other baggage.
    #[must_use]
    pub fn with_baggage(self, baggage: Baggage) -> Self {
        self.with_extras(|extras| extras.baggage = baggage)
    }

    /// The application's value of type `T`.
    #[must_use]
    pub fn value<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.extras.as_ref()?.values.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// The same context with the application's value of type `T`.
    #[must_use]
    pub fn with_value<T: Send + Sync + 'static>(self, value: T) -> Self {
        self.with_extras(|extras| {
            extras.values.insert(TypeId::of::<T>(), Arc::new(value));
        })
    }

    pub(crate) fn with_extras(mut self, change: impl FnOnce(&mut Extras)) -> Self {
        change(Arc::make_mut(self.extras.get_or_insert_default()));
        self
    }
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("span", &self.span).field("baggage", self.baggage()).finish_non_exhaustive()
    }
}
