//! Spans by hand, before they start.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use super::Span;
use crate::local::frame::Handle;
use crate::local::start::{Root, Start, StartOptions};
use crate::model::span_context::SpanContext;
use crate::model::span_kind::SpanKind;
use crate::model::value::KeyValue;
use crate::process::clock::unix_nanos;
use crate::tracer::context::Context;
use crate::tracer::scopes::{self, ScopeName};
use crate::wire::site::{Scope, Site};
use crate::wire::value::AttributeValue;

/// The call site of spans whose name is only known at run time.
static BY_HAND: Site = Site::new("span", concat!("\0traced\0", env!("CARGO_PKG_VERSION")));

/// Prepares a span that is started by hand; made by [`Span::builder`].
#[derive(Clone)]
#[must_use = "the span starts by `start`"]
pub struct SpanBuilder {
    name: Cow<'static, str>,
    site: &'static Site,
    options: StartOptions,
    attributes: Vec<KeyValue>,
    links: Vec<(SpanContext, Vec<KeyValue>)>,
}

impl SpanBuilder {
    pub(super) fn new(name: Cow<'static, str>) -> Self {
        Self { name, site: &BY_HAND, options: StartOptions::default(), attributes: Vec::new(), links: Vec::new() }
    }

    /// The kind; internal by default.
    pub fn kind(mut self, kind: SpanKind) -> Self {
        self.options.kind = Some(kind);
        self
    }

    /// The parent, instead of the current context.
    pub fn parent(mut self, parent: Context) -> Self {
        self.options.parent = Some(parent);
        self
    }

    /// Starts a new trace.
    pub fn root(mut self) -> Self {
        self.options.root = Root::New;
        self
    }

    /// When it started, instead of now.
    pub fn start_time(mut self, time: SystemTime) -> Self {
        self.options.start_unix_nanos = Some(unix_nanos(time));
        self
    }

    /// An attribute: whatever [`Span::set_attribute`] takes; the same key again overwrites.
    pub fn attribute(mut self, key: impl Into<Cow<'static, str>>, value: impl AttributeValue) -> Self {
        if value.is_present() {
            self.attributes.push(KeyValue::new(key, value));
        }
        self
    }

    /// A link to another span.
    pub fn link(mut self, context: SpanContext, attributes: Vec<KeyValue>) -> Self {
        self.links.push((context, attributes));
        self
    }

    /// The instrumentation scope: the library that the span speaks of. `traced` itself by default.
    pub fn scope(mut self, scope: Scope) -> Self {
        self.site =
            scopes::site_of(ScopeName { name: scope.name, version: scope.version, schema_url: scope.schema_url });
        self
    }

    /// Starts the span. It is not made the current one.
    #[must_use]
    pub fn start(self) -> Span {
        let Self { name, site, options, attributes, links } = self;
        let started = Handle::start(site, Some(options), &mut |start: &mut Start<'_>| {
            start.name(format_args!("{name}"));
            links.iter().for_each(|(context, attributes)| start.link(context, attributes));
            attributes.iter().for_each(|KeyValue { key, value }| start.set(key, value));
        });
        Span(started.handle)
    }
}

impl fmt::Debug for SpanBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpanBuilder").field("name", &self.name).finish_non_exhaustive()
    }
}
