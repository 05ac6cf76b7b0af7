//! What the arguments say.

use proc_macro2::Span;
use syn::{Expr, Ident, LitStr, Pat};

use super::entry::{Format, Key};

/// The name of the span.
#[derive(Clone)]
pub(crate) enum Name {
    /// `"lit"`, perhaps with captures: `"GET {route}"`.
    Text(LitStr),
    /// A constant.
    Const(Expr),
}

/// The kind of the span: the name of the variant of `SpanKind`.
#[derive(Clone, Copy)]
pub(crate) struct Kind(pub(crate) &'static str);

/// `args` or `args(except(..))`.
#[derive(Clone)]
pub(crate) struct Captured {
    pub(crate) except: Vec<Ident>,
}

/// `err = off`, `err` or `err(..)`.
#[derive(Clone)]
pub(crate) struct Err {
    pub(crate) span: Span,
    pub(crate) is_off: bool,
    pub(crate) format: Format,
    pub(crate) with: Option<Expr>,
    pub(crate) when: Option<Expr>,
    pub(crate) is_status_only: bool,
    pub(crate) has_backtrace: bool,
    /// Whether it was said on an enclosing item.
    pub(crate) is_inherited: bool,
}

/// `ret` or `ret(..)`.
#[derive(Clone)]
pub(crate) struct Ret {
    pub(crate) span: Span,
    pub(crate) format: Format,
    pub(crate) key: Option<Key>,
    pub(crate) with: Option<Expr>,
    /// Whether it was said on an enclosing item.
    pub(crate) is_inherited: bool,
}

/// What the end of a future before its completion means.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cancel {
    Ok,
    Mark,
    Error,
}

/// What is said about the start of a span.
#[derive(Default, Clone)]
pub(crate) struct StartOptions {
    pub(crate) parent: Option<Expr>,
    pub(crate) root: Option<Root>,
    pub(crate) links: Option<Links>,
    pub(crate) sample: Option<Sample>,
    pub(crate) cancel: Option<Cancel>,
    /// `panic = off`
    pub(crate) ignores_panic: bool,
}

/// `root` or `root(..)`.
#[derive(Clone, Copy)]
pub(crate) struct Root {
    pub(crate) is_linked: bool,
    pub(crate) drops_baggage: bool,
}

/// `links = iterator` or `links(a, b)`.
#[derive(Clone)]
pub(crate) enum Links {
    All(Expr),
    Each(Vec<Expr>),
}

/// `sample = ..` or `sample(..)`.
#[derive(Clone)]
pub(crate) struct Sample {
    pub(crate) rate: Rate,
    pub(crate) is_forced: bool,
}

/// Which share of the spans to sample.
#[derive(Clone)]
pub(crate) enum Rate {
    Always,
    Never,
    Ratio(Expr),
    When(Expr),
}

/// Which `code.*` attributes are recorded.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Location {
    Off,
    Function,
    Full,
}

/// How the returned value is treated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Shape {
    Future,
    Stream,
    Sync,
}

impl Err {
    /// Whether a function that an enclosing item names is for those errors that it takes. A closure that does not name the
    /// type of its error has to take them all: what it takes is found out by calling it.
    pub(crate) fn must_fit(&self, function: &Expr) -> bool {
        let is_untyped = match function {
            Expr::Closure(closure) => !closure.inputs.iter().all(|input| matches!(input, Pat::Type(_))),
            _ => false,
        };
        self.is_inherited && !is_untyped
    }

    /// Whether it asks for more than the default.
    pub(crate) fn has_options(&self) -> bool {
        let is_said = self.with.is_some() || self.when.is_some() || self.is_status_only || self.has_backtrace;
        is_said || self.format != Format::Auto
    }
}

impl Ret {
    /// Whether it asks for more than the default.
    pub(crate) fn has_options(&self) -> bool {
        self.with.is_some() || self.key.is_some() || self.format != Format::Auto
    }
}
