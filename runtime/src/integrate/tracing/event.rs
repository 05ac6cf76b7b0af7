//! Events of `tracing` as events of spans.

use std::error::Error;
use std::fmt;

use tracing_core::field::Visit;
use tracing_core::{Event, Field, Level};

use super::fields::{key, record_typed};
use crate::kind::Status;
use crate::local::current;
use crate::outcome::{SourceChain, written};
use crate::provider::Provider;
use crate::span::Span;
use crate::wire::encode::{self, Formatted, List};
use crate::wire::value::AttributeValue;

/// Adds an event to the innermost span.
pub(super) fn add_to_current(event: &Event<'_>, sets_status: bool) {
    if !current::is_recording() {
        return;
    }
    let shape = Shape::of(event);
    current::encoded_event(&mut |out, provider| shape.encode(out, provider));
    if sets_status && *event.metadata().level() == Level::ERROR {
        current::set_status(Status::error(written(&Name(&shape))));
    }
}

/// Adds an event to a span that it names.
pub(super) fn add_to(span: &Span, event: &Event<'_>, sets_status: bool) {
    let shape = Shape::of(event);
    span.add_encoded_event(&mut |out, provider| shape.encode(out, provider));
    if sets_status && *event.metadata().level() == Level::ERROR {
        span.set_status(Status::error(written(&Name(&shape))));
    }
}

/// What an event is made of.
struct Shape<'a> {
    event: &'a Event<'a>,
    has_message: bool,
    /// Whether it is what `#[instrument(err)]` says: an error and nothing else.
    is_exception: bool,
    /// Whether it comes from the `log` crate by way of `tracing-log`.
    is_log: bool,
}

impl<'a> Shape<'a> {
    fn of(event: &'a Event<'a>) -> Self {
        let metadata = event.metadata();
        let fields = metadata.fields();
        let has_message = fields.field("message").is_some();
        let has_error = || fields.iter().any(|field| is_error(field.name()));
        Self {
            event,
            has_message,
            is_exception: !has_message && *metadata.level() == Level::ERROR && has_error(),
            is_log: metadata.target() == "log" && fields.field("log.target").is_some(),
        }
    }

    fn encode(&self, out: &mut Vec<u8>, provider: &Provider) {
        let messages = provider.exceptions.messages;
        encode::event_named_by(out, &Name(self), &provider.limits, |list| {
            let metadata = self.event.metadata();
            list.attribute("level", metadata.level().as_str());
            if !self.is_log {
                list.attribute("target", metadata.target());
            }
            self.event.record(&mut Attributes { list, shape: self, messages, has_exception: false });
        });
    }
}

/// The names under which errors are usually logged.
fn is_error(name: &str) -> bool {
    matches!(name, "error" | "err")
}

/// The event's message; without one, what it is known by.
struct Name<'a>(&'a Shape<'a>);

impl fmt::Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Shape { event, has_message, is_exception, .. } = *self.0;
        if has_message {
            let mut message = Message { f, written: Ok(()) };
            event.record(&mut message);
            return message.written;
        }
        f.write_str(if is_exception { "exception" } else { event.metadata().name() })
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

/// The event's fields as attributes.
struct Attributes<'a, 'b> {
    list: &'a mut List<'b>,
    shape: &'a Shape<'a>,
    /// Whether what errors say may be recorded.
    messages: bool,
    has_exception: bool,
}

impl Attributes<'_, '_> {
    fn attribute(&mut self, field: &Field, value: &(impl AttributeValue + ?Sized)) {
        let key = match field.name() {
            "message" => return,
            "log.target" if self.shape.is_log => "target",
            "log.module_path" if self.shape.is_log => return,
            "log.file" if self.shape.is_log => "code.file.path",
            "log.line" if self.shape.is_log => "code.line.number",
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
        if self.shape.is_exception && is_error(field.name()) {
            self.error(field, format_args!("{value}"));
        } else {
            self.attribute(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.error(field, format_args!("{}", SourceChain(value)));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if self.shape.is_exception && is_error(field.name()) {
            self.error(field, format_args!("{value:?}"));
        } else if field.name() != "message" {
            self.attribute(field, &Formatted(format_args!("{value:?}")));
        }
    }
}
