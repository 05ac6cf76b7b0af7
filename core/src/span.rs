//! Spans by hand: for what an attribute on a function cannot express.

mod builder;
pub(crate) mod carry;
pub(crate) mod parent_and_link;
pub mod processor;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::local::attach::{ContextGuard, attach_context, attach_span};
use crate::local::current::{self, CurrentSpan};
use crate::local::exception::Exception;
use crate::local::frame::Frame;
use crate::local::frame::Handle;
use crate::local::recording;
use crate::local::shared::SharedSpan;
use crate::local::storage::quietly;
use crate::model::outcome::{Failure, SourceChain, message_of};
use crate::model::span_context::SpanContext;
use crate::model::span_error::SpanError;
use crate::model::span_kind::SpanKind;
use crate::model::status::Status;
use crate::model::value::{KeyValue, Value};
use crate::process::clock::unix_nanos;
use crate::tracer::context::Context;
use crate::tracer::provider::Provider;
use crate::wire::value::AttributeValue;

pub use builder::SpanBuilder;

/// A span held by hand, or a handle to the span of an annotated function.
///
/// Handles can be cloned and used on any thread. A span that was started by hand ends by [`end`](Self::end), or when
/// its last handle is dropped; starting it does not make it the current one, [`attach`](Self::attach) does. What is
/// said about a span that has ended, or does not record, is ignored.
///
/// Follows the OpenTelemetry trace API, "Span".
///
/// ```
/// use traced::{Span, SpanKind};
///
/// let span = Span::builder("send mail").kind(SpanKind::Producer).attribute("mail.size", 1200).start();
/// span.set_attribute("mail.id", "42");
/// span.add_event("queued", &[]);
/// span.end();
/// ```
#[derive(Clone)]
pub struct Span(Handle);

impl Span {
    /// The current span. When none records, a handle that only knows its identity.
    #[must_use]
    pub fn current() -> Self {
        Self(current::share().map_or_else(Handle::Context, Handle::Recording))
    }

    /// Starts a span whose parent is the current context.
    #[must_use]
    pub fn start(name: impl Into<Cow<'static, str>>) -> Self {
        Self::builder(name).start()
    }

    /// Prepares a span. Attributes and links that are known at the start are best given here: samplers see only
    /// those.
    pub fn builder(name: impl Into<Cow<'static, str>>) -> SpanBuilder {
        SpanBuilder::new(name.into())
    }

    /// A handle to the span of a frame.
    pub(crate) fn of(frame: &mut Frame) -> Self {
        Self(Handle::of(frame))
    }

    /// A span that does not record and has the identity of `context`, to pass it on.
    #[must_use]
    pub fn from_span_context(context: SpanContext) -> Self {
        Self(Handle::Context(Context::new().with_span_context(context)))
    }

    /// The span's identity; not valid when there is no span.
    #[must_use]
    pub fn span_context(&self) -> SpanContext {
        match &self.0 {
            Handle::Recording(shared) => shared.identity.span_context(),
            Handle::Context(context) => context.span_context().clone(),
        }
    }

    /// The context of the span's children.
    #[must_use]
    pub fn context(&self) -> Context {
        self.0.context()
    }

    /// Whether the span takes what is said about it: it records and has not ended.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.shared().is_some_and(|shared| shared.look(|_| ()).is_some())
    }

    /// Makes the span the current one on this thread until the guard is dropped.
    pub fn attach(&self) -> ContextGuard {
        match &self.0 {
            Handle::Recording(shared) => attach_span(shared),
            Handle::Context(context) => attach_context(context.clone()),
        }
    }

    /// Sets an attribute; the same key again overwrites.
    #[doc(alias = "record", alias = "add_property")]
    pub fn set_attribute(&self, key: &str, value: impl AttributeValue) {
        if let Some(span) = self.shared() {
            recording::set_attribute(span, key, &value);
        }
    }

    /// Sets several attributes.
    pub fn set_attributes<'a>(&self, attributes: impl IntoIterator<Item = &'a KeyValue>) {
        for KeyValue { key, value } in attributes {
            self.set_attribute(key, value);
        }
    }

    /// The value of an attribute that is recorded so far; `None` as well where its key is redacted.
    #[must_use]
    pub fn attribute(&self, key: &str) -> Option<Value> {
        self.shared().filter(|span| !span.has_ended()).and_then(|span| recording::attribute(span, key))
    }

    /// Adds an event that happens now.
    pub fn add_event(&self, name: &str, attributes: &[KeyValue]) {
        self.event(name, None, attributes);
    }

    /// Adds an event that happened at `time`.
    pub fn add_event_at(&self, name: &str, time: SystemTime, attributes: &[KeyValue]) {
        self.event(name, Some(time), attributes);
    }

    fn event(&self, name: &str, time: Option<SystemTime>, attributes: &[KeyValue]) {
        if let Some(span) = self.shared() {
            recording::add_event(span, name, time.map(unix_nanos), |list| {
                attributes.iter().for_each(|KeyValue { key, value }| list.attribute(key, value));
            });
        }
    }

    /// Links the span to another one. Links given at the start are better: samplers see only those.
    pub fn add_link(&self, context: &SpanContext, attributes: &[KeyValue]) {
        if let Some(span) = self.shared() {
            recording::add_link(span, context, attributes);
        }
    }

    /// Sets the status: `Ok` is final, the last error wins, `Unset` is ignored.
    pub fn set_status(&self, status: Status) {
        if let Some(span) = self.shared() {
            recording::set_status(span, status);
        }
    }

    /// Renames the span. Samplers have seen the old name.
    pub fn update_name(&self, name: &str) {
        if let Some(span) = self.shared() {
            recording::update_name(span, name);
        }
    }

    /// Records an exception as an event. The status stays: set it if the span failed.
    pub fn record_exception<E: Error + ?Sized>(&self, error: &E) {
        self.record_exception_with(error, &[]);
    }

    /// Records an exception with more attributes, which win over what is known of the error.
    pub fn record_exception_with<E: Error + ?Sized>(&self, error: &E, attributes: &[KeyValue]) {
        if let Some(span) = self.shared() {
            recording::record_exception(span, &exception(error), attributes);
        }
    }

    /// Says that the span failed: its status is an error with the message of `error` and its sources, `error.type` is its
    /// type, and an `exception` event is added; what `#[traced]` does with an `Err`. The span goes on.
    ///
    /// ```
    /// use traced::{Span, testing};
    ///
    /// let spans = testing::capture(|| Span::start("call").fail(&std::fmt::Error));
    /// assert_eq!(spans[0].view().attributes().get("error.type").unwrap().to_string(), "core::fmt::Error");
    /// ```
    pub fn fail<E: Error + ?Sized>(&self, error: &E) {
        if let Some(span) = self.shared() {
            recording::record_failure(span, &Failure::by_error(&error, std::any::type_name::<E>()));
        }
    }

    /// Records an error that says itself what it means for the span: it may be no failure.
    pub fn fail_as<E: SpanError>(&self, error: &E) {
        if let Some(span) = self.shared() {
            recording::record_failure(span, &Failure::by_meaning(error));
        }
    }

    /// Ends the span now. Later ends are ignored. Never blocks on an exporter.
    pub fn end(&self) {
        self.0.end(None);
    }

    /// Ends the span at `time`, or at its start if that is later.
    pub fn end_at(&self, time: SystemTime) {
        self.0.end(Some(unix_nanos(time)));
    }

    /// Whether the span records and has not ended, as far as this thread knows: asked without a lock.
    pub fn is_open(&self) -> bool {
        self.shared().is_some_and(|shared| !shared.has_ended())
    }

    /// Whether there is nothing to be passed on: no span, and nothing that is suppressed.
    pub fn is_nothing(&self) -> bool {
        match &self.0 {
            Handle::Recording(_) => false,
            Handle::Context(context) => !context.span_context().is_valid() && !context.origin.is_suppressed,
        }
    }

    /// Changes the kind. Samplers have seen the old one.
    pub fn set_kind(&self, kind: SpanKind) {
        if let Some(shared) = self.shared() {
            shared.with_fields(|fields| fields.set_kind(kind));
        }
    }

    /// Whether the status is an error so far.
    pub fn is_error(&self) -> bool {
        self.shared().and_then(|shared| shared.look(|fields| fields.is_error())).unwrap_or(false)
    }

    /// Adds an event, as `encode` writes it: without its time. Nothing is borrowed meanwhile.
    pub fn add_encoded_event(&self, encode: &mut dyn FnMut(&mut Vec<u8>, &'static Provider)) {
        if let Some(span) = self.shared() {
            recording::add_encoded_event(span, None, encode);
        }
    }

    /// A handle that does not keep the span open.
    pub fn downgrade(&self) -> WeakSpan {
        WeakSpan(match &self.0 {
            Handle::Recording(shared) => Weak::Recording(Arc::downgrade(shared)),
            Handle::Context(context) => Weak::Context(context.clone()),
        })
    }

    fn shared(&self) -> Option<&SharedSpan> {
        match &self.0 {
            Handle::Recording(shared) => Some(shared),
            Handle::Context(_) => None,
        }
    }
}

/// A span that this does not keep open.
pub struct WeakSpan(Weak);

enum Weak {
    Recording(std::sync::Weak<SharedSpan>),
    Context(Context),
}

impl WeakSpan {
    /// The span, if somebody still holds it.
    pub fn upgrade(&self) -> Option<Span> {
        Some(Span(match &self.0 {
            Weak::Recording(shared) => Handle::Recording(shared.upgrade()?),
            Weak::Context(context) => Handle::Context(context.clone()),
        }))
    }
}

impl From<Handle> for Span {
    fn from(handle: Handle) -> Self {
        Self(handle)
    }
}

impl From<Span> for Handle {
    fn from(span: Span) -> Self {
        span.0
    }
}

impl fmt::Debug for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Span").field(&self.span_context()).finish()
    }
}

fn exception<E: Error + ?Sized>(error: &E) -> Exception<'static> {
    Exception {
        error_type: std::any::type_name::<E>(),
        message: Some(Cow::Owned(quietly(|| message_of(&SourceChain(error))))),
        stacktrace: None,
    }
}

/// The current span, to be used later or elsewhere; the same as [`Span::current`].
///
/// ```
/// let span = traced::current();
/// std::thread::spawn(move || span.set_attribute("cache.hit", true));
/// ```
#[must_use]
pub fn current() -> Span {
    Span::current()
}

/// Records an error that was handled as an `exception` event of the current span. Its status stays.
///
/// ```
/// # fn fetch() -> Result<(), std::fmt::Error> { Ok(()) }
/// if let Err(error) = fetch() {
///     traced::record_exception(&error); // and go on with a cached copy
/// }
/// ```
pub fn record_exception<E: Error + ?Sized>(error: &E) {
    if current::is_recording() {
        recording::record_exception(&CurrentSpan, &exception(error), &[]);
    }
}

/// Sets the status of the current span: `Ok` is final, the last error wins, `Unset` is ignored.
///
/// ```
/// traced::set_status(traced::Status::error("the cache is cold"));
/// ```
pub fn set_status(status: Status) {
    recording::set_status(&CurrentSpan, status);
}

/// Renames the current span. Samplers have seen the old name.
pub fn update_name(name: &str) {
    recording::update_name(&CurrentSpan, name);
}

/// The ids of the current span, for log lines and error pages; `None` outside any trace.
///
/// ```
/// if let Some(ids) = traced::current_ids() {
///     println!("see trace {}", ids.trace_id());
/// }
/// ```
#[must_use]
pub fn current_ids() -> Option<SpanContext> {
    Some(current::span_context()).filter(SpanContext::is_valid)
}
