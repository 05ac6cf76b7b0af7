//! Fields of `tracing` spans as attributes.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;

use tracing_core::field::{ValueSet, Visit};
use tracing_core::span::Record;
use tracing_core::{Field, Metadata};

use traced_core::__runtime::encode::Formatted;
use traced_core::__runtime::outcome::written;
use traced_core::__runtime::start::Start;
use traced_core::AttributeValue;
use traced_core::Span;
use traced_core::SpanKind;
use traced_core::Status;
use traced_core::value::ValueWriter;

/// The types that `tracing` keeps apart, and how each becomes an attribute.
macro_rules! record_typed {
    () => {
        fn record_f64(&mut self, field: &Field, value: f64) {
            self.attribute(field, &value);
        }

        fn record_i64(&mut self, field: &Field, value: i64) {
            self.attribute(field, &value);
        }

        fn record_u64(&mut self, field: &Field, value: u64) {
            self.attribute(field, &value);
        }

        fn record_i128(&mut self, field: &Field, value: i128) {
            self.attribute(field, &value);
        }

        fn record_u128(&mut self, field: &Field, value: u128) {
            self.attribute(field, &value);
        }

        fn record_bool(&mut self, field: &Field, value: bool) {
            self.attribute(field, &value);
        }

        fn record_bytes(&mut self, field: &Field, value: &[u8]) {
            self.attribute(field, &crate::interop::tracing::fields::Bytes(value));
        }
    };
}
pub(super) use record_typed;

/// Where fields go: into a span that starts, or one that has started.
trait Target {
    fn attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized));
    fn name(&mut self, name: &str);
    fn kind(&mut self, kind: SpanKind);
    fn status(&mut self, status: Status);
    fn is_error(&self) -> bool;
}

impl Target for Start<'_> {
    fn attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        self.set(key, value);
    }

    fn name(&mut self, name: &str) {
        Start::name(self, format_args!("{name}"));
    }

    /// It was known before: samplers are told.
    fn kind(&mut self, _kind: SpanKind) {}

    fn status(&mut self, status: Status) {
        Start::status(self, status);
    }

    fn is_error(&self) -> bool {
        false
    }
}

/// A span that has started.
struct Late<'a>(&'a Span);

impl Target for Late<'_> {
    fn attribute(&mut self, key: &str, value: &(impl AttributeValue + ?Sized)) {
        self.0.set_attribute(key, value);
    }

    fn name(&mut self, name: &str) {
        self.0.update_name(name);
    }

    fn kind(&mut self, kind: SpanKind) {
        self.0.set_kind(kind);
    }

    fn status(&mut self, status: Status) {
        self.0.set_status(status);
    }

    fn is_error(&self) -> bool {
        self.0.is_error()
    }
}

/// Records what a span starts with.
pub(super) fn record(values: &ValueSet<'_>, start: &mut Start<'_>) {
    let mut recorder = Recorder { target: start, status: StatusFields::default() };
    values.record(&mut recorder);
    recorder.finish();
}

/// The same where each field is known to be an attribute with a key of its own.
pub(super) fn record_plainly(values: &ValueSet<'_>, start: &mut Start<'_>) {
    values.record(&mut Plain(start));
}

struct Plain<'a, 'b>(&'a mut Start<'b>);

impl Plain<'_, '_> {
    #[inline]
    fn attribute(&mut self, field: &Field, value: &(impl AttributeValue + ?Sized)) {
        self.0.attribute(key(field), value);
    }
}

impl Visit for Plain<'_, '_> {
    record_typed!();

    fn record_str(&mut self, field: &Field, value: &str) {
        self.attribute(field, value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.attribute(field, &Formatted(format_args!("{value}")));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.attribute(field, &Formatted(format_args!("{value:?}")));
    }
}

/// Records what is said about a span later.
pub(super) fn record_late(values: &Record<'_>, span: &Span) {
    let mut recorder = Recorder { target: &mut Late(span), status: StatusFields::default() };
    values.record(&mut recorder);
    recorder.finish();
}

/// The kind that a span starts with, by the field `otel.kind`.
pub(super) fn kind(values: &ValueSet<'_>) -> Option<SpanKind> {
    let mut found = KindField(None);
    values.record(&mut found);
    found.0
}

struct KindField(Option<SpanKind>);

impl Visit for KindField {
    fn record_str(&mut self, field: &Field, value: &str) {
        if field.name() == "otel.kind" {
            self.0 = parse_kind(value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "otel.kind" {
            self.0 = parse_kind(&written(&format_args!("{value:?}")));
        }
    }
}

fn parse_kind(text: &str) -> Option<SpanKind> {
    const KINDS: [(&str, SpanKind); 5] = [
        ("server", SpanKind::Server),
        ("client", SpanKind::Client),
        ("producer", SpanKind::Producer),
        ("consumer", SpanKind::Consumer),
        ("internal", SpanKind::Internal),
    ];
    KINDS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)).map(|(_, kind)| *kind)
}

/// The two halves of a status.
#[derive(Default)]
struct StatusFields {
    is_ok: bool,
    is_error: bool,
    description: Option<String>,
}

struct Recorder<'a, T> {
    target: &'a mut T,
    status: StatusFields,
}

impl<T: Target> Recorder<'_, T> {
    /// Takes a field that says something else than an attribute. Says whether it was one.
    fn special(&mut self, name: &str, text: &dyn fmt::Display) -> bool {
        let Some(name) = name.strip_prefix("otel.") else { return false };
        match name {
            "name" => self.target.name(&written(text)),
            "kind" => parse_kind(&written(text)).into_iter().for_each(|kind| self.target.kind(kind)),
            "status_code" => {
                let code = written(text);
                self.status.is_ok = code.eq_ignore_ascii_case("ok");
                self.status.is_error = code.eq_ignore_ascii_case("error");
            }
            "status_description" | "status_message" => self.status.description = Some(written(text)),
            _ => return false,
        }
        true
    }

    fn attribute(&mut self, field: &Field, value: &(impl AttributeValue + ?Sized)) {
        self.target.attribute(key(field), value);
    }

    /// A description alone is that of an error; an error without one keeps what there was.
    fn finish(self) {
        let StatusFields { is_ok, is_error, description } = self.status;
        match description {
            _ if is_ok => self.target.status(Status::Ok),
            Some(description) => self.target.status(Status::error(description)),
            None if is_error && !self.target.is_error() => self.target.status(Status::error("")),
            None => {}
        }
    }
}

/// A field's name; that of a raw identifier without its prefix.
pub(in crate::interop) fn key(field: &Field) -> &'static str {
    let name = field.name();
    name.strip_prefix("r#").unwrap_or(name)
}

/// Bytes as such.
#[derive(Debug)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

impl AttributeValue for Bytes<'_> {
    fn write(&self, out: ValueWriter<'_>) {
        out.bytes(self.0);
    }
}

impl<T: Target> Visit for Recorder<'_, T> {
    record_typed!();

    fn record_str(&mut self, field: &Field, value: &str) {
        if !self.special(field.name(), &value) {
            self.attribute(field, value);
        }
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.record_debug(field, &format_args!("{value}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !self.special(field.name(), &format_args!("{value:?}")) {
            self.attribute(field, &Formatted(format_args!("{value:?}")));
        }
    }
}

/// Whether fields have keys of their own, apart from `taken` and those that begin with one of `prefixes`.
pub(super) fn are_unique(metadata: &Metadata<'_>, taken: &[&str], prefixes: &[&str]) -> bool {
    let mut seen: HashSet<&str> = taken.iter().copied().chain([""]).collect();
    let keys = metadata.fields().iter().map(|field| key(&field));
    keys.into_iter().all(|key| seen.insert(key) && !prefixes.iter().any(|prefix| key.starts_with(prefix)))
}
