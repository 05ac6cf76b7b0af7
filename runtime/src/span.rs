//! Spans by hand: for what an attribute on a function cannot express.

#[cfg(feature = "opentelemetry")]
mod bridged;
#[cfg(feature = "opentelemetry")]
pub(crate) mod bridged_spans;
mod builder;
#[cfg(feature = "tracing")]
pub(crate) mod external_span;
pub(crate) mod parent_and_link;
pub(crate) mod processor;

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use crate::local::attach::{ContextGuard, attach_context, attach_span};
use crate::local::current;
use crate::local::end;
use crate::local::exception::{Ending, Exception};
use crate::local::frame::{Frame, Policy, SharedSpan};
use crate::local::panic::backtrace;
use crate::local::storage::with_local_or_count;
use crate::model::outcome::{SourceChain, message_of};
use crate::model::span_context::SpanContext;
use crate::model::status::Status;
use crate::model::value::KeyValue;
use crate::process::clock::{self, unix_nanos};
use crate::tracer::context::Context;
use crate::wire::encode::{self, warn_empty_key};
use crate::wire::site::Site;
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

#[derive(Clone)]
enum Handle {
    Recording(Arc<SharedSpan>),
    /// An identity alone: not sampled, remote, or no span at all.
    Context(Context),
}

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
        Self(if frame.is_recording() { Handle::Recording(frame.share()) } else { Handle::Context(frame.context()) })
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
        match &self.0 {
            Handle::Recording(shared) => shared.identity.context(false),
            Handle::Context(context) => context.clone(),
        }
    }

    /// Whether the span takes what is said about it: it records and has not ended.
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.shared().is_some_and(|shared| shared.with_fields(|_| ()).is_some())
    }

    /// Makes the span the current one on this thread until the guard is dropped.
    pub fn attach(&self) -> ContextGuard {
        match &self.0 {
            Handle::Recording(shared) => attach_span(shared),
            Handle::Context(context) => attach_context(context.clone()),
        }
    }

    /// Sets an attribute; the same key again overwrites.
    pub fn set_attribute(&self, key: &str, value: impl AttributeValue) {
        let Some((shared, recorder)) = self.recorder() else { return };
        if key.is_empty() {
            return warn_empty_key();
        }
        if value.is_present() {
            let limits = &recorder.provider.limits;
            let mut encoded = Vec::new();
            encode::attribute(&mut encoded, key, &value, limits.value());
            shared.with_fields(|fields| fields.attribute(recorder.site, limits, key, &encoded));
        }
    }

    /// Sets several attributes.
    pub fn set_attributes<'a>(&self, attributes: impl IntoIterator<Item = &'a KeyValue>) {
        for KeyValue { key, value } in attributes {
            self.set_attribute(key, value);
        }
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
        let Some((shared, recorder)) = self.recorder() else { return };
        let limits = &recorder.provider.limits;
        let time = time.map_or(recorder.now, unix_nanos);
        let mut encoded = Vec::new();
        encode::event_at(&mut encoded, time, |out| {
            encode::event(out, name, limits, |list| {
                attributes.iter().for_each(|KeyValue { key, value }| list.attribute(key, value));
            });
        });
        shared.with_fields(|fields| fields.event(limits, &encoded));
    }

    /// Links the span to another one. Links given at the start are better: samplers see only those.
    pub fn add_link(&self, context: &SpanContext, attributes: &[KeyValue]) {
        let Some((shared, recorder)) = self.recorder() else { return };
        let limits = &recorder.provider.limits;
        if let Some(link) = encode::useful_link(limits, context, attributes) {
            shared.with_fields(|fields| fields.link(limits, &link));
        }
    }

    /// Sets the status: `Ok` is final, the last error wins, `Unset` is ignored.
    pub fn set_status(&self, status: Status) {
        if let Some(shared) = self.shared() {
            shared.with_fields(|fields| fields.set_status(status));
        }
    }

    /// Renames the span. Samplers have seen the old name.
    pub fn update_name(&self, name: &str) {
        if let Some(shared) = self.shared() {
            shared.with_fields(|fields| fields.set_name(name));
        }
    }

    /// Records an exception as an event. The status stays: set it if the span failed.
    pub fn record_exception<E: Error + ?Sized>(&self, error: &E) {
        self.record_exception_with(error, &[]);
    }

    /// The same with more attributes, which win over what is known of the error.
    pub fn record_exception_with<E: Error + ?Sized>(&self, error: &E, attributes: &[KeyValue]) {
        let Some((shared, recorder)) = self.recorder() else { return };
        let exception = exception(error);
        let limits = &recorder.provider.limits;
        let mut encoded = Vec::new();
        encode::event_at(&mut encoded, recorder.now, |out| {
            encode::event(out, "exception", limits, |list| {
                exception.list(list, recorder.provider);
                attributes.iter().for_each(|KeyValue { key, value }| list.attribute(key, value));
            });
        });
        shared.with_fields(|fields| fields.event(limits, &encoded));
    }

    /// Ends the span now. Later ends are ignored. Never blocks on an exporter.
    pub fn end(&self) {
        self.end_as(None);
    }

    /// Ends the span at `time`, or at its start if that is later.
    pub fn end_at(&self, time: SystemTime) {
        self.end_as(Some(unix_nanos(time)));
    }

    fn end_as(&self, time: Option<u64>) {
        if let Some(shared) = self.shared() {
            end_shared(shared, time);
        }
    }

    fn shared(&self) -> Option<&Arc<SharedSpan>> {
        match &self.0 {
            Handle::Recording(shared) => Some(shared),
            Handle::Context(_) => None,
        }
    }

    fn recorder(&self) -> Option<(&Arc<SharedSpan>, CallSide)> {
        let shared = self.shared()?;
        let (provider, site) = shared.identity.provider.zip(shared.identity.site)?;
        let now = clock::unix_nanos_now(shared.identity.offset);
        Some((shared, CallSide { provider, site, now }))
    }
}

struct CallSide {
    provider: &'static crate::tracer::provider::Provider,
    site: &'static Site,
    now: u64,
}

fn end_shared(shared: &SharedSpan, time: Option<u64>) {
    if let Some(mut fields) = shared.take_fields() {
        with_local_or_count(|local| {
            let is_done = time.is_none()
                && local.with_stack(|stack| end::finish_shared(stack, &shared.identity, &mut fields)).unwrap_or(false);
            if !is_done {
                end::finish(local, &shared.identity, &mut fields, Policy::default(), Ending::ByHand(time));
            }
            fields.clear();
            local.with_stack(|stack| stack.keep_buffer(fields.encoded));
        });
    }
}

/// The last handle of a span that nobody ended.
impl Drop for SharedSpan {
    fn drop(&mut self) {
        end_shared(self, None);
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
        message: Some(Cow::Owned(message_of(&SourceChain(error)))),
        stacktrace: backtrace(),
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
        current::record_exception(&exception(error));
    }
}

/// Sets the status of the current span: `Ok` is final, the last error wins, `Unset` is ignored.
///
/// ```
/// traced::set_status(traced::Status::error("the cache is cold"));
/// ```
pub fn set_status(status: Status) {
    current::set_status(status);
}

/// Renames the current span. Samplers have seen the old name.
pub fn update_name(name: &str) {
    current::update_name(name);
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
