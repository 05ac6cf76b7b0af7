//! Events of `tracing` as events of spans.

use std::error::Error;
use std::fmt;

use tracing_core::field::Visit;
use tracing_core::{Event, Field, Level};

use super::callsite::of_event;
use super::event_site::{CONSTANTS, EXCEPTION, EventSite, is_error};
use super::fields::{key, record_typed};
use traced_core::__runtime::current;
use traced_core::__runtime::encode;
use traced_core::__runtime::encode::Formatted;
use traced_core::__runtime::encode::List;
use traced_core::__runtime::outcome::SourceChain;
use traced_core::__runtime::outcome::written;
use traced_core::__runtime::provider::Provider;
use traced_core::AttributeValue;
use traced_core::Span;
use traced_core::Status;

/// Adds an event to the innermost span.
pub(super) fn add_to_current(event: &Event<'_>, sets_status: bool) {
    let mut status = None;
    current::add_encoded_event(&mut |out, provider| {
        let shape = Shape::of(event);
        shape.encode(out, provider);
        status = shape.status(sets_status, provider);
    });
    if let Some(status) = status {
        traced_core::set_status(status);
    }
}

/// Adds an event to a span that it names.
pub(super) fn add_to(span: &Span, event: &Event<'_>, sets_status: bool) {
    let mut status = None;
    span.add_encoded_event(&mut |out, provider| {
        let shape = Shape::of(event);
        shape.encode(out, provider);
        status = shape.status(sets_status, provider);
    });
    if let Some(status) = status {
        span.set_status(status);
    }
}

/// What an event is made of.
struct Shape<'a> {
    event: &'a Event<'a>,
    site: &'static EventSite,
}

impl<'a> Shape<'a> {
    fn of(event: &'a Event<'a>) -> Self {
        Self { event, site: of_event(event.metadata()) }
    }

    fn encode(&self, out: &mut Vec<u8>, provider: &Provider) {
        let messages = provider.exceptions.messages;
        let limits = &provider.limits;
        if self.site.is_plain && self.site.fits(limits) {
            return encode::event_attributes(out, limits, |list| {
                list.encoded(&self.site.constant, CONSTANTS);
                self.event.record(&mut Plain { list, site: self.site, messages, has_exception: false });
            });
        }
        encode::event_named_by(out, &Name(self), limits, |list| {
            let metadata = self.event.metadata();
            list.attribute("level", metadata.level().as_str());
            if !self.site.is_log {
                list.attribute("target", metadata.target());
            }
            self.event.record(&mut Attributes { list, site: self.site, messages, has_exception: false });
        });
    }
}

impl Shape<'_> {
    /// The status that the event gives its span: an error, where the event is what `#[instrument(err)]` says, and on
    /// request where it is any other of level `ERROR`.
    fn status(&self, sets_status: bool, provider: &Provider) -> Option<Status> {
        if self.site.is_exception {
            let mut text = ErrorText(String::new());
            if provider.exceptions.messages {
                self.event.record(&mut text);
            }
            return Some(Status::error(text.0));
        }
        let is_error = sets_status && *self.event.metadata().level() == Level::ERROR;
        is_error.then(|| Status::error(written(&Name(self))))
    }
}

/// What the first error of an event says.
struct ErrorText(String);

impl ErrorText {
    fn set(&mut self, field: &Field, text: fmt::Arguments<'_>) {
        if self.0.is_empty() && is_error(field.name()) {
            self.0 = written(&text);
        }
    }
}

impl Visit for ErrorText {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.set(field, format_args!("{value}"));
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.set(field, format_args!("{}", SourceChain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.set(field, format_args!("{value:?}"));
    }
}

/// The event's message; without one, what it is known by.
struct Name<'a>(&'a Shape<'a>);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { event, site } = *self.0;
        if site.message.is_some() {
            let mut message = Message { f, written: Ok(()) };
            event.record(&mut message);
            return message.written;
        }
        f.write_str(if site.is_exception { EXCEPTION } else { event.metadata().name() })
    }
}

struct Message<'a, 'b> {
    f: &'a mut fmt::Formatter<'b>,
    written: fmt::Result,
}

impl Visit for Message<'_, '_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "message" {
            self.written = self.f.write_str(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.written = write!(self.f, "{value:?}");
        }
    }
}

/// The fields of an event of which nothing is said that needs care.
struct Plain<'a, 'b> {
    list: &'a mut List<'b>,
    site: &'static EventSite,
    /// Whether what errors say may be recorded.
    messages: bool,
    has_exception: bool,
}

impl Plain<'_, '_> {
    #[inline]
    fn is_message(&self, field: &Field) -> bool {
        self.site.message == Some(field.index())
    }

    #[inline]
    fn attribute(&mut self, field: &Field, value: &(impl AttributeValue + fmt::Debug + ?Sized)) {
        if self.is_message(field) {
            self.list.name_of_event(format_args!("{value:?}"));
        } else {
            self.list.unique_attribute(key(field), value);
        }
    }

    /// As [`Attributes::error`].
    fn error(&mut self, field: &Field, message: fmt::Arguments<'_>) {
        if self.messages {
            if !self.is_message(field) {
                self.list.unique_attribute(key(field), &Formatted(message));
            }
            if !std::mem::replace(&mut self.has_exception, true) {
                self.list.unique_attribute("exception.message", &Formatted(message));
            }
        }
    }
}

impl Visit for Plain<'_, '_> {
    record_typed!();

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.site.is_exception && is_error(field.name()) {
            self.error(field, format_args!("{value}"));
        } else if self.is_message(field) {
            self.list.name_of_event(format_args!("{value}"));
        } else {
            self.list.unique_attribute(key(field), value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        if self.is_message(field) {
            self.list.name_of_event(format_args!("{value}"));
        }
        self.error(field, format_args!("{}", SourceChain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.is_message(field) {
            self.list.name_of_event(format_args!("{value:?}"));
        } else if self.site.is_exception && is_error(field.name()) {
            self.error(field, format_args!("{value:?}"));
        } else {
            self.list.unique_attribute(key(field), &Formatted(format_args!("{value:?}")));
        }
    }
}

/// The event's fields as attributes.
struct Attributes<'a, 'b> {
    list: &'a mut List<'b>,
    site: &'static EventSite,
    /// Whether what errors say may be recorded.
    messages: bool,
    has_exception: bool,
}

impl Attributes<'_, '_> {
    fn attribute(&mut self, field: &Field, value: &(impl AttributeValue + ?Sized)) {
        let key = match field.name() {
            "message" => return,
            "log.target" if self.site.is_log => "target",
            "log.module_path" if self.site.is_log => return,
            "log.file" if self.site.is_log => "code.file.path",
            "log.line" if self.site.is_log => "code.line.number",
            _ => key(field),
        };
        self.list.attribute(key, value);
    }

    /// An error makes the attributes of an exception, the first one of an event. Its type is not known here.
    fn error(&mut self, field: &Field, message: fmt::Arguments<'_>) {
        if self.messages {
            self.attribute(field, &Formatted(message));
            if !std::mem::replace(&mut self.has_exception, true) {
                self.list.attribute("exception.message", &Formatted(message));
            }
        }
    }
}

impl Visit for Attributes<'_, '_> {
    record_typed!();

    fn record_str(&mut self, field: &Field, value: &str) {
        if self.site.is_exception && is_error(field.name()) {
            self.error(field, format_args!("{value}"));
        } else {
            self.attribute(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.error(field, format_args!("{}", SourceChain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.site.is_exception && is_error(field.name()) {
            self.error(field, format_args!("{value:?}"));
        } else if field.name() != "message" {
            self.attribute(field, &Formatted(format_args!("{value:?}")));
        }
    }
}
