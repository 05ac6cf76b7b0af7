//! A span that goes with a request.

use std::fmt;

use crate::local::exception::Ending;
use crate::local::frame::Frame;
use crate::local::identity::Identity;
use crate::local::measuring::Counted;
use crate::local::pending::{Pending, Polled};
use crate::local::storage::{quietly, with_local};
use crate::model::outcome::{self as local_outcome, written};
use crate::model::span_context::SpanContext;
use crate::model::value::KeyValue;
use crate::process::clock::unix_nanos_now;
use crate::tracer::context::Context;
use crate::tracer::provider::Provider;
use crate::wire::encode::{self, warn_empty_key};
use crate::wire::metric::Metric;
use crate::wire::site::Site;
use crate::wire::value::AttributeValue;

/// How an operation ended, as a library knows it.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum Outcome<'a> {
    /// The operation did what it was asked to. The status stays unset.
    Success,
    /// It failed: the status is an error.
    Error {
        /// The `error.type`: one of few words, never the text of an error.
        r#type: &'a str,
        /// The status' description, for what `error.type` does not say. Mind that messages of databases hold values.
        description: Option<&'a dyn fmt::Display>,
    },
    /// Its owner gave it up.
    Cancelled,
    /// The operation is unwinding: an error with `error.type` `panic` and an `exception` event.
    Panicked,
}

impl<'a> Outcome<'a> {
    /// A failure of which its type says enough.
    #[must_use]
    pub const fn error(r#type: &'a str) -> Self {
        Self::Error { r#type, description: None }
    }
}

impl fmt::Debug for Outcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Success => f.write_str("Success"),
            Self::Error { r#type, .. } => write!(f, "Error({type})"),
            Self::Cancelled => f.write_str("Cancelled"),
            Self::Panicked => f.write_str("Panicked"),
        }
    }
}

/// What recording needs besides the fields.
struct Recorder {
    provider: &'static Provider,
    site: &'static Site,
    offset: i64,
}

/// A span with one owner, which can be moved between threads, is current only while it is [entered](Self::enter), and ends
/// with an [`Outcome`].
///
/// It may be no span at all: without `init`, where it is not sampled, or suppressed. Everything can be said to it all the
/// same; what is entered then is the context that it would have started in.
///
/// Dropped without an outcome, it ends as cancelled, or as panicked while the thread unwinds.
#[derive(Default)]
#[must_use = "the span ends as cancelled when this is dropped"]
pub struct OwnedSpan {
    pending: Pending,
    cancelled_is_error: bool,
}

impl OwnedSpan {
    pub(super) fn new(pending: Pending, cancelled_is_error: bool) -> Self {
        Self { pending, cancelled_is_error }
    }

    /// No span.
    pub fn none() -> Self {
        Self::default()
    }

    /// Makes the span the current one of this thread until the guard is dropped, which must be before the thread does
    /// anything else: for one poll, one call.
    #[inline]
    pub fn enter(&mut self) -> Polling<'_> {
        Polling(Some(self.pending.enter()))
    }

    /// Runs a closure in the span: one poll, one call. When it panics, the span ends as panicked, also where somebody further
    /// out catches the panic.
    #[inline]
    pub fn within<R>(&mut self, run: impl FnOnce() -> R) -> R {
        let current = self.pending.enter();
        let result = run();
        current.leave();
        result
    }

    /// Whether what is said to the span is recorded.
    #[inline]
    #[must_use]
    pub fn is_recording(&self) -> bool {
        self.pending.frame().is_some_and(Frame::is_recording)
    }

    /// The span's identity; not valid when there is none.
    #[must_use]
    pub fn span_context(&self) -> SpanContext {
        self.pending.frame().map(|frame| frame.identity.span_context()).unwrap_or_default()
    }

    /// The context of what is done inside, to be sent along: the span's, or where there is none, the current one.
    #[must_use]
    pub fn context(&self) -> Context {
        self.pending.frame().map_or_else(Context::current, Frame::context)
    }

    /// Sets an attribute; the same key again overwrites, also one of the call site's.
    pub fn set_attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        let Some((frame, Recorder { provider, site, .. })) = self.recording() else { return };
        if key.is_empty() {
            return warn_empty_key();
        }
        if !value.is_present() {
            return;
        }
        let limits = &provider.limits;
        if frame.shared.is_none() {
            return frame.fields.write_attribute(site, limits, key, value);
        }
        with_local(|local| {
            local.with_scratch(|encoded| {
                encode::attribute(encoded, key, value, limits.value());
                frame.with_fields(|fields| fields.attribute(site, limits, key, encoded));
            });
        });
    }

    /// Sets an attribute whose key was not recorded before, neither at the start nor by the call site: nothing is searched.
    pub fn add_attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        match self.recording() {
            Some((frame, Recorder { provider, site, .. })) if frame.shared.is_none() && !key.is_empty() => {
                frame.fields.unique_attribute(site, &provider.limits, key, value);
            }
            _ => self.set_attribute(key, value),
        }
    }

    /// Whether the span's duration is measured: its call site has a [`Metric`], and somebody keeps measurements. Also where
    /// the span is not sampled.
    #[inline]
    #[must_use]
    pub fn is_measured(&self) -> bool {
        self.pending.frame().is_some_and(|frame| frame.measuring.is_on())
    }

    /// Adds a label to the measurement of the span's duration, and to that alone. A key is given once, and is none of
    /// those that the metric takes from the call site; `error.type` comes from the outcome.
    #[inline]
    pub fn label(&mut self, key: &'static str, value: &(impl AttributeValue + ?Sized)) {
        if let Some(frame) = self.pending.frame_mut() {
            frame.measuring.label(key, value);
        }
    }

    /// Counts one by an up-down counter until what is returned is dropped. `None` where nobody keeps measurements, and
    /// where there is no span, sampled or not.
    pub fn count(&self, metric: &'static Metric, labels: &[(&'static str, &str)]) -> Option<Counted> {
        Counted::new(self.pending.frame()?, metric, labels)
    }

    /// Gives the span another name than the call site's. Samplers have seen that.
    pub fn set_name(&mut self, name: &str) {
        if let Some((frame, _)) = self.recording() {
            frame.with_fields(|fields| fields.set_name(name));
        }
    }

    /// Links the span to another one. Links that are given at the start are better: samplers see only those.
    pub fn add_link(&mut self, context: &SpanContext, attributes: &[KeyValue]) {
        let Some((frame, Recorder { provider, .. })) = self.recording() else { return };
        if let Some(link) = encode::useful_link(&provider.limits, context, attributes) {
            frame.with_fields(|fields| fields.link(&provider.limits, &link));
        }
    }

    /// Adds an event that happens now.
    pub fn add_event(&mut self, name: &str, attributes: &[KeyValue]) {
        let Some((frame, Recorder { provider, offset, .. })) = self.recording() else { return };
        let limits = &provider.limits;
        let mut encoded = Vec::new();
        encode::event_at(&mut encoded, unix_nanos_now(offset), |out| {
            encode::event(out, name, limits, |list| {
                attributes.iter().for_each(|KeyValue { key, value }| list.attribute(key, value));
            });
        });
        frame.with_fields(|fields| fields.event(limits, &encoded));
    }

    /// Ends the span now.
    pub fn end(mut self, outcome: Outcome<'_>) {
        match outcome {
            Outcome::Success => self.end_without_error(),
            Outcome::Error { r#type, description } => self.fail(r#type, description),
            Outcome::Panicked => self.pending.end(Ending::Panicked),
            // As if it were dropped.
            Outcome::Cancelled => self.cancel(),
        }
    }

    fn end_without_error(&mut self) {
        self.pending.end(Ending::Returned(local_outcome::Outcome::Success));
    }

    fn recording(&mut self) -> Option<(&mut Frame, Recorder)> {
        let frame = self.pending.frame_mut().filter(|frame| frame.is_recording())?;
        let Identity { provider, site, offset, .. } = frame.identity;
        Some((frame, Recorder { provider: provider?, site: site?, offset }))
    }

    fn fail(&mut self, r#type: &str, description: Option<&dyn fmt::Display>) {
        self.set_attribute("error.type", r#type);
        if let Some(frame) = self.pending.frame_mut() {
            frame.measuring.fail(r#type);
        }
        if let Some((frame, _)) = self.recording() {
            let description = description.map(|description| quietly(|| written(&description))).unwrap_or_default();
            frame.with_fields(|fields| fields.set_error(description));
        }
        self.end_without_error();
    }

    fn cancel(&mut self) {
        if self.cancelled_is_error {
            return self.fail("cancelled", None);
        }
        self.end_without_error();
    }
}

impl Drop for OwnedSpan {
    #[inline]
    fn drop(&mut self) {
        if self.pending.is_some() {
            if std::thread::panicking() { self.pending.end(Ending::Panicked) } else { self.cancel() }
        }
    }
}

/// Keeps an [`OwnedSpan`] current on this thread until it is dropped.
#[must_use = "the span is current until this is dropped"]
pub struct Polling<'a>(Option<Polled<'a>>);

impl Drop for Polling<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(current) = self.0.take() {
            current.leave();
        }
    }
}

impl fmt::Debug for OwnedSpan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("OwnedSpan").field(&self.span_context()).finish()
    }
}
