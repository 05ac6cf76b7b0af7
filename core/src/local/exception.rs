//! Errors, panics and cancellations, as a span records them.

use std::backtrace::Backtrace;
use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::sync::atomic::{AtomicUsize, Ordering};

use super::frame::{Cancel, Policy};
use super::panic::last_panic;
use super::storage::quietly_caught;
use crate::model::outcome::{ExceptionEvent, Failure, Outcome};
use crate::model::span_error::SpanError;
use crate::model::span_kind::SpanKind;
use crate::model::value::KeyValue;
use crate::tracer::provider::Provider;
use crate::wire::attributes::ValueView;
use crate::wire::encode;
use crate::wire::fields::Fields;
use crate::wire::site::Site;
use crate::wire::value::AttributeValue;
use crate::wire::view::EventView;

/// Why a span ends.
#[derive(Clone, Copy)]
pub(crate) enum Ending<'a> {
    /// Its body returned.
    Returned(Outcome<'a>),
    /// Its body is unwinding.
    Panicked,
    /// Its future was dropped before completion.
    Cancelled,
    /// It was ended by hand, at a time or now; in Unix nanoseconds.
    ByHand(Option<u64>),
}

/// Writes errors, panics and cancellations into a span's fields.
pub(crate) struct Recorder<'a> {
    pub(crate) provider: &'static Provider,
    pub(crate) site: &'static Site,
    pub(crate) fields: &'a mut Fields,
    pub(crate) unix_nanos: u64,
}

/// What is known of an exception.
pub(crate) struct Exception<'a> {
    pub(crate) error_type: &'a str,
    pub(crate) message: Option<Cow<'a, str>>,
    pub(crate) stacktrace: Option<String>,
}

impl Exception<'_> {
    /// Lists what is known as attributes of an event, before all others.
    #[inline(always)]
    pub(crate) fn list(&self, list: &mut encode::List<'_>, provider: &Provider) {
        list.unique_attribute("exception.type", self.error_type);
        if let Some(message) = self.message.as_deref().filter(|_| provider.exceptions.messages) {
            list.unique_attribute("exception.message", message);
        }
        if let Some(stacktrace) = &self.stacktrace {
            list.unique_attribute("exception.stacktrace", stacktrace);
        }
    }
}

impl Recorder<'_> {
    #[cold]
    #[inline(never)]
    pub(super) fn outcome(&mut self, ending: Ending<'_>, policy: Policy, kind: SpanKind) {
        match ending {
            Ending::Returned(Outcome::Error(failure)) => self.failure(failure, kind),
            Ending::Panicked if policy.panic => {
                let panic = last_panic();
                let described = Described { error_type: "panic", stacktrace: panic.stacktrace, ends: false };
                self.described(described, &|text| text.write_str(&panic.message), true);
            }
            Ending::Cancelled if policy.cancel != Cancel::Ok => {
                self.attribute("traced.cancelled", &true);
                if policy.cancel == Cancel::Error {
                    self.attribute("error.type", "cancelled");
                    self.fields.set_error("cancelled".to_owned());
                }
            }
            _ => {}
        }
    }

    /// An error that leaves the span: what it means, then status, `error.type` and what its event says.
    pub(super) fn failure(&mut self, failure: &Failure<'_>, kind: SpanKind) {
        if let Some(meaning) = failure.meaning() {
            let meant = Meant::of(meaning, kind);
            meant.attributes.iter().for_each(|KeyValue { key, value }| self.attribute(key, value));
            if !meant.is_failure {
                return;
            }
        }
        let error_type = type_of(failure);
        let is_first = !self.fields.has_stack() && wants_stack(failure.event(), self.provider);
        let stacktrace = is_first.then(|| {
            self.fields.note_stack();
            stack()
        });
        let described = Described { error_type: &error_type, stacktrace, ends: true };
        let write = |text: &mut String| failure.write_message(text);
        self.described(described, &write, failure.event() != ExceptionEvent::None);
    }

    /// Whether the last exception of the span says this already: one function inside recorded the error into this span,
    /// which it leaves now. The conventions want it once, where it arose.
    fn is_last(&self, exception: &Exception<'_>) -> bool {
        if !self.fields.has_events() || exception.stacktrace.is_some() {
            return false;
        }
        let is_exception = |event: &EventView<'_>| event.name() == "exception";
        let Some(last) = EventView::of_span_fields(&self.fields.encoded).filter(is_exception).last() else {
            return false;
        };
        let said = |key| last.attributes().get(key).and_then(ValueView::as_str);
        let message = exception.message.as_deref().filter(|_| self.provider.exceptions.messages);
        said("exception.type") == Some(exception.error_type) && said("exception.message") == message
    }

    pub(crate) fn described(
        &mut self,
        described: Described<'_>,
        message: &dyn Fn(&mut String) -> fmt::Result,
        event: bool,
    ) {
        let Described { error_type, stacktrace, ends } = described;
        let mut text = self.fields.take_description();
        if self.provider.exceptions.messages {
            // A message that fails to format, or panics, keeps what it had written: the function was not called for it,
            // so it still returns its error, and the span still ends.
            if quietly_caught(|| _ = message(&mut text)).is_none() {
                text.push_str("(the error's Display panicked)");
            }
            text.truncate(self.provider.limits.value().cut(&text).len());
        }
        self.attribute("error.type", error_type);
        if event {
            let message = (!text.is_empty()).then_some(Cow::Borrowed(text.as_str()));
            let exception = Exception { error_type, message, stacktrace };
            if !(ends && self.is_last(&exception)) {
                self.exception(&exception);
            }
        }
        self.fields.set_error(text);
    }

    /// An `exception` event.
    pub(crate) fn exception(&mut self, exception: &Exception<'_>) {
        let provider = self.provider;
        self.fields.write_event(&provider.limits, self.unix_nanos, "exception", |list| exception.list(list, provider));
    }

    fn attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        self.fields.write_attribute(self.site, &self.provider.limits, key, value);
    }
}

/// What an error says that it means. Its code was not called for by the program: where it panics, the error counts.
pub(crate) struct Meant {
    pub(crate) is_failure: bool,
    pub(crate) attributes: Vec<KeyValue>,
}

impl Meant {
    pub(crate) fn of(meaning: &dyn SpanError, kind: SpanKind) -> Self {
        let meant = quietly_caught(|| Self { is_failure: meaning.is_failure(kind), attributes: meaning.attributes() });
        meant.unwrap_or(Self { is_failure: true, attributes: Vec::new() })
    }
}

/// The `error.type` of a failure.
pub(crate) fn type_of<'a>(failure: &'a Failure<'_>) -> Cow<'a, str> {
    let name = failure.type_name();
    if failure.meaning().is_none() && has_no_variants(name) {
        return Cow::Borrowed(name);
    }
    let error_type = quietly_caught(|| failure.error_type()).unwrap_or(Cow::Borrowed("(the error's type panicked)"));
    if failure.is_of_its_type() && error_type == name {
        PLAIN_TYPES[slot(name)].store(name.as_ptr() as usize, Ordering::Relaxed);
    }
    error_type
}

/// Types of errors whose `Debug` begins with their own name, by where that stands: asking once is enough.
static PLAIN_TYPES: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

fn slot(type_name: &'static str) -> usize {
    (type_name.as_ptr() as usize >> 3) % PLAIN_TYPES.len()
}

#[inline]
fn has_no_variants(type_name: &'static str) -> bool {
    PLAIN_TYPES[slot(type_name)].load(Ordering::Relaxed) == type_name.as_ptr() as usize
}

/// A failure besides its message.
pub(crate) struct Described<'a> {
    pub(crate) error_type: &'a str,
    pub(crate) stacktrace: Option<String>,
    /// Whether the span ends with it, and not a function inside.
    pub(crate) ends: bool,
}

/// Whether the stack of an error is asked for.
pub(crate) fn wants_stack(event: ExceptionEvent, provider: &Provider) -> bool {
    event == ExceptionEvent::WithStackTrace || event == ExceptionEvent::Plain && provider.exceptions.stacks
}

/// The stack here. Loads the symbols of the program the first time.
pub(crate) fn stack() -> String {
    Backtrace::force_capture().to_string()
}
