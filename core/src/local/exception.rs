//! Errors, panics and cancellations, as a span records them.

use std::borrow::Cow;
use std::fmt::{self, Write as _};
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::frame::{Cancel, Policy};
use super::panic::{backtrace, last_panic};
use crate::model::outcome::Outcome;
use crate::tracer::provider::Provider;
use crate::wire::encode;
use crate::wire::fields::Fields;
use crate::wire::site::Site;
use crate::wire::value::AttributeValue;

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
    /// When the span started, in ticks; 0 when that is not known.
    pub(crate) since: u64,
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
    pub(super) fn outcome(&mut self, ending: Ending<'_>, policy: Policy) {
        match ending {
            Ending::Returned(Outcome::Error { error_type, message, event }) => {
                self.failure(error_type, &|text| message.map_or(Ok(()), |message| write!(text, "{message}")), event);
            }
            Ending::Panicked if policy.panic => {
                let panic = last_panic(self.since);
                let described = Described { error_type: "panic", stacktrace: panic.stacktrace };
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

    /// A failure that leaves the span: status, `error.type` and, unless `event` is false, an `exception` event.
    pub(crate) fn failure(&mut self, error_type: &str, message: &dyn Fn(&mut String) -> fmt::Result, event: bool) {
        let stacktrace = if event { backtrace() } else { None };
        self.described(Described { error_type, stacktrace }, message, event);
    }

    pub(crate) fn described(
        &mut self,
        described: Described<'_>,
        message: &dyn Fn(&mut String) -> fmt::Result,
        event: bool,
    ) {
        let Described { error_type, stacktrace } = described;
        let mut text = self.fields.take_description();
        if self.provider.exceptions.messages {
            // A message that fails to format, or panics, keeps what it had written: the function was not called for it,
            // so it still returns its error, and the span still ends.
            let written = catch_unwind(AssertUnwindSafe(|| message(&mut text)));
            if written.is_err() {
                text.push_str("(the error's Display panicked)");
            }
            text.truncate(self.provider.limits.value().cut(&text).len());
        }
        self.attribute("error.type", error_type);
        if event {
            let message = (!text.is_empty()).then_some(Cow::Borrowed(text.as_str()));
            self.exception(&Exception { error_type, message, stacktrace });
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

/// A failure besides its message.
pub(crate) struct Described<'a> {
    pub(crate) error_type: &'a str,
    pub(crate) stacktrace: Option<String>,
}
