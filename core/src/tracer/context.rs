//! What travels with a request: the span it is in, baggage, and values of the application.

use std::any::{Any, TypeId};
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::model::baggage::Baggage;
use crate::model::span_context::SpanContext;
use crate::tracer::provider::Provider;

/// The context that travels with a request: the span it is in, baggage, and values of the application.
///
/// Immutable and cheap to clone. Follows the OpenTelemetry context specification.
///
/// A context holds its span: what is said about the current span while the context is attached (`attrs!`, `event!`,
/// `record_exception`) reaches it, on any thread, until it ends. A span that was started by hand and not ended stays
/// open while a context holds it. What comes too late is counted in `traced::stats().said_too_late`.
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
    /// The recording span that the context is in, as the thread's frames know it; they stand below this.
    pub(crate) held: Option<Held>,
}

/// A handle to a recording span, seen from above the spans.
pub(crate) type Held = Arc<dyn Any + Send + Sync>;

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

    /// This context in another span.
    #[must_use]
    pub fn with_span_context(mut self, span: SpanContext) -> Self {
        self.span = span;
        self.origin.offset = None;
        self.held = None;
        self
    }

    /// The baggage.
    #[must_use]
    pub fn baggage(&self) -> &Baggage {
        static EMPTY: Baggage = Baggage::EMPTY;
        self.extras.as_ref().map_or(&EMPTY, |extras| &extras.baggage)
    }

    /// This context with other baggage.
    #[must_use]
    pub fn with_baggage(self, baggage: Baggage) -> Self {
        self.with_extras(|extras| extras.baggage = baggage)
    }

    /// The application's value of type `T`.
    #[must_use]
    pub fn value<T: Send + Sync + 'static>(&self) -> Option<&T> {
        self.extras.as_ref()?.values.get(&TypeId::of::<T>())?.downcast_ref()
    }

    /// This context with the application's value of type `T`.
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

/// Lets another provider record the spans that start in a context.
#[must_use]
pub fn recorded_by(mut context: Context, provider: &'static Provider) -> Context {
    if !context.origin.provider.is_some_and(|own| std::ptr::eq(own, provider)) {
        // Of another pipeline: its span is only a parent here.
        context.held = None;
    }
    context.origin.provider = Some(provider);
    context
}

impl fmt::Debug for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Context").field("span", &self.span).field("baggage", self.baggage()).finish_non_exhaustive()
    }
}
