//! Call sites of instrumentation.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::owned_span::OwnedSpan;
use crate::local::fast_start::follows_caller;
use crate::local::frame::Cancel;
use crate::local::measuring;
use crate::local::pending::{self, Pending};
use crate::local::stack::Stack;
use crate::local::start::Start;
use crate::local::storage::with_local;
use crate::model::span_kind::SpanKind;
use crate::model::value::Value;
use crate::process::diagnostics::warn_once;
use crate::tracer::context::Context;
use crate::wire::metric::Metric;
use crate::wire::site::{Convention, Literal, Own, Scope, Site};

/// How many call sites a process may [make at run time](CallSite::leak).
pub const MAX_LEAKED: usize = 1_024;

static LEAKED: AtomicUsize = AtomicUsize::new(0);

/// The constant half of a library's spans: name, kind, scope and attributes that all of them share.
///
/// Encoded once, when the first of its spans is exported. Have one for each operation or route, not for each request.
#[derive(Debug)]
pub struct CallSite {
    name: &'static str,
    scope: Scope,
    kind: SpanKind,
    convention: Convention,
    attributes: &'static [(&'static str, Literal)],
    metric: Option<&'static Metric>,
    cancelled_is_error: bool,
    /// What its spans name: made when the first of them starts.
    site: OnceLock<&'static Site>,
}

impl CallSite {
    /// A call site of internal kind, without attributes. `scope` is the library that its spans speak of.
    #[must_use]
    pub const fn new(name: &'static str, scope: Scope) -> Self {
        Self {
            name,
            scope,
            kind: SpanKind::Internal,
            convention: Convention::None,
            attributes: &[],
            metric: None,
            cancelled_is_error: false,
            site: OnceLock::new(),
        }
    }

    /// Sets the kind; spans are internal without.
    #[must_use]
    pub const fn kind(mut self, kind: SpanKind) -> Self {
        self.kind = kind;
        self
    }

    /// Sets attributes that all spans of the call site have, whose keys are unique.
    ///
    /// # Panics
    ///
    /// When there are more than 29; in a `static` this is an error of the compiler.
    #[must_use]
    pub const fn attributes(mut self, attributes: &'static [(&'static str, Literal)]) -> Self {
        assert!(attributes.len() <= 29, "a call site has at most 29 attributes");
        self.attributes = attributes;
        self
    }

    /// Makes the spans those of a convention: where one of client's kind is current, or around the current one on this
    /// thread, no second client's span of the same convention starts.
    #[must_use]
    pub const fn convention(mut self, convention: Convention) -> Self {
        self.convention = convention;
        self
    }

    /// Sets a metric of how long its spans last, whether or not they are sampled. Labels are the attributes of the call
    /// site that [`Metric::labels`] names, those that [`OwnedSpan::label`] adds, and the `error.type` of the outcome.
    #[must_use]
    pub const fn metric(mut self, metric: &'static Metric) -> Self {
        self.metric = Some(metric);
        self
    }

    /// Says that the owner of an operation did not want it to end early: a span that is dropped is an error with
    /// `error.type` `cancelled`. Otherwise its status stays unset.
    #[must_use]
    pub const fn cancelled_is_error(mut self) -> Self {
        self.cancelled_is_error = true;
        self
    }

    /// A call site that is made at run time, such as one for each route, and kept for good. Like `self`, but with another
    /// name and these attributes besides those of `self`; the same key again overwrites.
    ///
    /// `None` once [`MAX_LEAKED`] were made in this process: use `self`, and give the name and the attributes at the start.
    /// An attribute that is no text, number or boolean is left out.
    #[must_use]
    pub fn leak(&self, name: &str, attributes: &[(&str, Value)]) -> Option<&'static Self> {
        if LEAKED
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |count| (count < MAX_LEAKED).then_some(count + 1))
            .is_err()
        {
            warn_once("too many call sites", || {
                format!(
                    "more than {MAX_LEAKED} call sites were made at run time; further spans cost more. A route or a \
                         statement is one, a path or a text with values in it is not"
                )
            });
            return None;
        }
        let mut literals: Vec<_> = self.attributes.to_vec();
        for (key, value) in attributes {
            let Some(literal) = literal(value) else { continue };
            literals.retain(|(existing, _)| existing != key);
            literals.push((kept(key), literal));
        }
        literals.truncate(29);
        let metric = self.metric.map(|metric| &*Box::leak(Box::new(metric.for_another_site())));
        let attributes = Vec::leak(literals);
        let leaked = Self { name: kept(name), attributes, metric, site: OnceLock::new(), ..*self };
        Some(Box::leak(Box::new(leaked)))
    }

    /// The name of its spans.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether a span of it may record: something was initialised, and no filter leaves it out.
    #[inline]
    #[must_use]
    pub fn is_enabled(&'static self) -> bool {
        crate::tracer::registry::is_on(self.site())
    }

    /// The same of a span that [starts](Self::start_in) in this context. Also `false` where the caller's flags alone decide,
    /// and say that it is not sampled, and nobody keeps measurements: then it need not be known what is called.
    #[inline]
    #[must_use]
    pub fn is_enabled_in(&'static self, parent: &Context) -> bool {
        let is_dropped = !parent.span.is_sampled()
            && with_local(|local| follows_caller(local, self.site(), parent))
                .flatten()
                .is_some_and(|provider| provider.metrics.is_none());
        self.is_enabled() && !is_dropped
    }

    /// Starts a span in the current context. `fill` records what is known at the start, which samplers see; it runs only
    /// for a span that records, or that a sampler asks about.
    #[inline]
    pub fn start(&'static self, fill: impl FnOnce(&mut Start<'_>)) -> OwnedSpan {
        let mut fill = Some(fill);
        let pending = if self.is_suppressed() {
            Pending::default()
        } else {
            pending::start_with(self.site(), &mut |start| run(&mut fill, start))
        };
        self.own(pending)
    }

    /// Starts a span in another context, such as the caller's. The context is handed on where no span starts.
    #[inline]
    pub fn start_in(&'static self, parent: Context, fill: impl FnOnce(&mut Start<'_>)) -> OwnedSpan {
        let mut fill = Some(fill);
        let pending = if self.is_suppressed() {
            Pending::default()
        } else {
            pending::start_in(self.site(), parent, &mut |start| run(&mut fill, start))
        };
        self.own(pending)
    }

    fn own(&self, mut pending: Pending) -> OwnedSpan {
        if let Some(frame) = pending.frame_mut() {
            frame.policy.cancel = Cancel::Ok;
            measuring::begin(frame);
        }
        OwnedSpan::new(pending, self.cancelled_is_error)
    }

    #[inline]
    fn site(&self) -> &'static Site {
        self.site.get_or_init(|| self.make_site())
    }

    #[cold]
    fn make_site(&self) -> &'static Site {
        let own = Own { scope: Some(self.scope), function: None, literals: self.attributes, metric: self.metric };
        Box::leak(Box::new(
            Site::new(self.name, "").own(Box::leak(Box::new(own))).kind(self.kind).convention(self.convention),
        ))
    }

    /// Whether this would be a client's span inside of one of the same convention.
    #[inline]
    fn is_suppressed(&self) -> bool {
        let convention = self.convention;
        if self.kind != SpanKind::Client || convention == Convention::None {
            return false;
        }
        let is_inside = |stack: &mut Stack| {
            let sites = stack.frames().rev().map_while(|frame| frame.identity.site);
            let mut until_entry = sites.take_while(|site| !matches!(site.kind, SpanKind::Server | SpanKind::Consumer));
            until_entry.any(|site| site.kind == SpanKind::Client && site.convention == convention)
        };
        with_local(|local| local.with_stack(is_inside)).flatten().unwrap_or(false)
    }
}

fn run(fill: &mut Option<impl FnOnce(&mut Start<'_>)>, start: &mut Start<'_>) {
    if let Some(fill) = fill.take() {
        fill(start);
    }
}

fn kept(text: &str) -> &'static str {
    String::leak(text.to_owned())
}

fn literal(value: &Value) -> Option<Literal> {
    match value {
        Value::Bool(value) => Some(Literal::Bool(*value)),
        Value::Int(value) => Some(Literal::Int(*value)),
        Value::Double(value) => Some(Literal::Double(*value)),
        Value::String(text) => Some(Literal::Str(kept(text))),
        _ => None,
    }
}
