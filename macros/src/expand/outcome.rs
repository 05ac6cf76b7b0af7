//! How the outcome of a body is read.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens as _, quote_spanned};

use super::{local, start};
use crate::args::{Format, Shape};
use crate::item::mentions;
use crate::plan::Plan;

/// The failure that a returned value is, if it is one.
pub(super) fn failure(plan: &Plan, ret: &Ident) -> TokenStream {
    read(plan, &quote_spanned!(plan.span=> &#ret))
}

/// Ends a span by a returned value.
pub(super) fn end(plan: &Plan, span_guard: &Ident, ret: &Ident) -> TokenStream {
    let Plan { rt, span, .. } = plan;
    if plan.reads_outcome && plan.err.as_ref().is_none_or(|err| !err.has_options()) {
        return quote_spanned!(*span=> #rt::probe(&#ret).end(#span_guard););
    }
    let failure = failure(plan, ret);
    quote_spanned!(*span=> #rt::end(#span_guard, #failure);)
}

/// The same as a closure, for what ends inside a future.
pub(super) fn end_closure(plan: &Plan) -> TokenStream {
    let Plan { rt, span, .. } = plan;
    let ret = local("__ret", *span);
    let output = plan.lazy_output.as_ref().map(|output| quote_spanned!(*span=> : &#output));
    if !plan.is_current && !plan.reads_outcome && plan.ret.is_none() {
        return quote_spanned!(*span=> |_ #output| #rt::NO_FAILURE);
    }
    let watch = watch_reference(plan, &quote_spanned!(*span=> #ret));
    let failure = read(plan, &quote_spanned!(*span=> #ret));
    if plan.is_current {
        return quote_spanned!(*span=> |#ret #output| { #watch #rt::fail(#failure); #rt::NO_FAILURE });
    }
    if watch.is_empty() {
        return quote_spanned!(*span=> |#ret #output| #failure);
    }
    quote_spanned!(*span=> |#ret #output| { #watch #failure })
}

/// The same for a returned future or stream whose output the signature names. Where a block takes its type from the
/// signature, it has none yet when the compiler comes to a closure that looks at it.
pub(super) fn end_of_lazy(plan: &Plan, shape: Shape) -> Option<TokenStream> {
    let Plan { rt, span, lazy_output, .. } = plan;
    // What is not said in full is to be found in what the body returns.
    let output = lazy_output.as_ref().filter(|output| !mentions(output.to_token_stream(), "_"))?;
    let is_plain = plan.reads_outcome && plan.err.as_ref().is_none_or(|err| !err.has_options());
    if shape == Shape::Future && is_plain && plan.ret.is_none() && !plan.is_current {
        return Some(quote_spanned!(*span=> #rt::ends::<#output>().end()));
    }
    let closure = end_closure(plan);
    Some(quote_spanned!(*span=> #rt::by(#closure)))
}

/// The same where the result's type alone says how it is read.
pub(super) fn end_of_type(plan: &Plan) -> Option<TokenStream> {
    let Plan { rt, span, output, .. } = plan;
    if plan.ret.is_some() || plan.is_current {
        return None;
    }
    if !plan.reads_outcome {
        return Some(quote_spanned!(*span=> #rt::Unread));
    }
    let is_plain = plan.err.as_ref().is_none_or(|err| !err.has_options());
    (is_plain && !plan.is_opaque).then(|| quote_spanned!(*span=> #rt::ends::<#output>().end()))
}

fn read(plan: &Plan, ret: &TokenStream) -> TokenStream {
    let Plan { rt, span, .. } = plan;
    if !plan.reads_outcome {
        return quote_spanned!(*span=> #rt::NO_FAILURE);
    }
    let plain = quote_spanned!(*span=> #rt::probe(#ret).failure());
    let Some(err) = &plan.err else { return plain };
    let mut failure = match (&err.with, err.format) {
        (Some(with), _) if err.must_fit(with) => {
            quote_spanned!(*span=> #rt::applied(#rt::probe(#ret).error(), #with).with(|| #plain))
        }
        (None, Format::Debug) if err.is_inherited => {
            quote_spanned!(*span=> #rt::applied(#rt::probe(#ret).error(), ()).by_debug(|| #plain))
        }
        (None, Format::Display) if err.is_inherited => {
            quote_spanned!(*span=> #rt::applied(#rt::probe(#ret).error(), ()).by_display(|| #plain))
        }
        (Some(with), _) => quote_spanned!(*span=> #rt::failure_with(#rt::probe(#ret).error(), #with)),
        (None, Format::Debug) => quote_spanned!(*span=> #rt::debug_failure(#rt::probe(#ret).error())),
        (None, Format::Display) => quote_spanned!(*span=> #rt::display_failure(#rt::probe(#ret).error())),
        (None, Format::Auto | Format::Argument | Format::Redact) => plain,
    };
    if let Some(when) = err.when.as_ref().filter(|when| err.must_fit(when)) {
        failure = quote_spanned!(*span=> #rt::applied(#rt::probe(#ret).error(), #when).when(#failure));
    } else if let Some(when) = &err.when {
        failure = quote_spanned!(*span=> #rt::failure_when(#rt::probe(#ret).error(), #when, #failure));
    }
    if err.has_backtrace {
        failure = quote_spanned!(*span=> #rt::with_backtrace(#failure));
    }
    if err.is_status_only {
        failure = quote_spanned!(*span=> #rt::without_event(#failure));
    }
    failure
}

/// Records the returned value, if that is asked for.
pub(super) fn watch(plan: &Plan, ret: &Ident) -> TokenStream {
    watch_reference(plan, &quote_spanned!(plan.span=> &#ret))
}

fn watch_reference(plan: &Plan, ret: &TokenStream) -> TokenStream {
    let Plan { rt, span, .. } = plan;
    let Some(options) = &plan.ret else { return TokenStream::new() };
    let value = local("__value", *span);
    let part = match &options.with {
        Some(with) => quote_spanned!(*span=> &(#with)(#value)),
        None => quote_spanned!(*span=> #value),
    };
    let recorded = start::formatted(plan, options.format, &part, *span);
    let key = match &options.key {
        Some(key) => quote_spanned!(*span=> #key),
        None => quote_spanned!(*span=> "return"),
    };
    quote_spanned!(*span=> #rt::watch(#rt::probe(#ret).success(), |#value| #rt::set(#key, #recorded));)
}
