//! What `#[traced(parent = ..)]` and `#[traced(links = ..)]` take.

use std::borrow::Cow;

use crate::local::current;
use crate::model::span_context::SpanContext;
use crate::model::value::KeyValue;
use crate::propagate::format::Extractor;
use crate::propagate::global;
use crate::span::Span;
use crate::tracer::context::Context;

/// What can be the parent of a span: a context, a span's identity, or the headers of a request or message.
///
/// Every [`Extractor`] is one; `None` leaves the current span as the parent.
///
/// ```
/// use std::collections::HashMap;
/// use traced::traced;
///
/// #[traced(parent = headers)]
/// fn handle(headers: &HashMap<String, String>) {}
/// # handle(&HashMap::new());
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the parent of a span",
    label = "no context, no span, and no carrier",
    note = "a parent is a `Context`, a `SpanContext`, a `Span`, an `Option` of these, or an `Extractor` such as headers"
)]
pub trait AsParent {
    /// The context to start in; `None` for the current one.
    fn as_parent(&self) -> Option<Context>;
}

impl<T: Extractor + ?Sized> AsParent for T {
    fn as_parent(&self) -> Option<Context> {
        Some(global::extract(self))
    }
}

impl<T: AsParent> AsParent for Option<T> {
    fn as_parent(&self) -> Option<Context> {
        self.as_ref().and_then(AsParent::as_parent)
    }
}

/// What a span can be linked to.
///
/// ```
/// use traced::{SpanContext, traced};
///
/// #[traced(links = causes)]
/// fn merge(causes: &[SpanContext]) {}
/// # merge(&[]);
/// ```
#[diagnostic::on_unimplemented(
    message = "a span cannot be linked to `{Self}`",
    label = "no span",
    note = "a link goes to a `SpanContext`, a `Context`, a `Span`, or a pair of a `SpanContext` and attributes"
)]
pub trait AsLink {
    /// The span, and what is said about the link.
    fn as_link(&self) -> (Cow<'_, SpanContext>, &[KeyValue]);
}

impl AsLink for SpanContext {
    fn as_link(&self) -> (Cow<'_, SpanContext>, &[KeyValue]) {
        (Cow::Borrowed(self), &[])
    }
}

impl AsLink for Context {
    fn as_link(&self) -> (Cow<'_, SpanContext>, &[KeyValue]) {
        (Cow::Borrowed(self.span_context()), &[])
    }
}

impl AsLink for Span {
    fn as_link(&self) -> (Cow<'_, SpanContext>, &[KeyValue]) {
        (Cow::Owned(self.span_context()), &[])
    }
}

impl AsLink for (SpanContext, Vec<KeyValue>) {
    fn as_link(&self) -> (Cow<'_, SpanContext>, &[KeyValue]) {
        (Cow::Borrowed(&self.0), &self.1)
    }
}

impl<T: AsLink + ?Sized> AsLink for &T {
    fn as_link(&self) -> (Cow<'_, SpanContext>, &[KeyValue]) {
        (**self).as_link()
    }
}

macro_rules! as_parent {
    ($($type:ty: |$this:ident| $context:expr;)*) => {$(
        impl AsParent for $type {
            fn as_parent(&self) -> Option<Context> {
                let $this = self;
                Some($context)
            }
        }

        impl AsParent for &$type {
            fn as_parent(&self) -> Option<Context> {
                (**self).as_parent()
            }
        }
    )*};
}

as_parent! {
    Context: |it| (*it).clone();
    SpanContext: |it| current::context().with_span_context((*it).clone());
    Span: |it| it.context();
}
