//! What is known of a call site of events.

use tracing_core::{Level, Metadata};

use super::fields::are_unique;
use traced_core::__runtime::encode;
use traced_core::SpanLimits;

/// A call site of events.
pub(super) struct EventSite {
    /// The place of the field with the message.
    pub(super) message: Option<usize>,
    /// Whether it is what `#[instrument(err)]` says: an error and nothing else.
    pub(super) is_exception: bool,
    /// Whether it comes from the `log` crate by way of `tracing-log`.
    pub(super) is_log: bool,
    /// Whether its fields are the message and attributes with keys that nothing else has.
    pub(super) is_plain: bool,
    fields: u32,
    /// What all its events have, encoded: level, target, and the name unless it is the message.
    pub(super) constant: Vec<u8>,
}

/// The name of an event that is an error and nothing else.
pub(super) const EXCEPTION: &str = "exception";
/// The attributes in [`EventSite::constant`].
pub(super) const CONSTANTS: u32 = 2;

impl EventSite {
    pub(super) fn new(metadata: &'static Metadata<'static>) -> Self {
        let fields = metadata.fields();
        let message = fields.iter().position(|field| field.name() == "message");
        let is_error = || fields.iter().any(|field| is_error(field.name()));
        let is_exception = message.is_none() && *metadata.level() == Level::ERROR && is_error();
        let is_log = metadata.target() == "log" && fields.field("log.target").is_some();
        let is_unique = are_unique(metadata, &["level", "target", "exception.message"], &[]);
        let mut constant = Vec::new();
        encode::event_attributes(&mut constant, &SpanLimits::default(), |list| {
            if message.is_none() {
                let name = if is_exception { EXCEPTION } else { metadata.name() };
                list.name_of_event(format_args!("{name}"));
            }
            list.attribute("level", metadata.level().as_str());
            list.attribute("target", metadata.target());
        });
        let is_plain = is_unique && !is_log;
        Self { message, is_exception, is_log, is_plain, fields: fields.len() as u32, constant }
    }

    /// Whether nothing can be dropped or cut.
    pub(super) fn fits(&self, limits: &SpanLimits) -> bool {
        limits.attribute_value_length.is_none() && limits.event_attributes > CONSTANTS + self.fields
    }
}

/// The names under which errors are usually logged.
pub(super) fn is_error(name: &str) -> bool {
    matches!(name, "error" | "err")
}
