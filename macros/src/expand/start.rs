//! How a span starts: the static of its call site, its options, its first attributes.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::spanned::Spanned as _;

use crate::args::{Cancel, Format, Key, Links, Location, Rate};
use crate::capture::{Capture, Literal};
use crate::plan::Plan;

/// How many literal attributes the static of a call site can hold. `Site::own` does not compile with more.
const MAX_LITERALS: usize = 29;

/// A guard on this thread's stack.
pub(super) fn enter(plan: &Plan) -> TokenStream {
    begin(plan, "enter")
}

/// A span that is on no stack yet.
pub(super) fn start(plan: &Plan) -> TokenStream {
    begin(plan, "start")
}

fn begin(plan: &Plan, verb: &str) -> TokenStream {
    let Plan { rt, span, .. } = plan;
    let site = site(plan);
    let fill = fill(plan);
    let options = options(plan);
    let function = |suffix: &str| Ident::new(&format!("{verb}{suffix}"), *span);
    // What is measured starts by all rules: nothing else has to look whether it is.
    let (function, more) = if !options.is_empty() || plan.site.metric.is_some() {
        // A parent is passed on also where no span starts.
        let suffix = if plan.options.parent.is_some() { "_under" } else { "_as" };
        (function(suffix), quote_spanned!(*span=> , |__options| { #options }, &mut |__start| { #fill }))
    } else if !fill.is_empty() {
        (function("_with"), quote_spanned!(*span=> , &mut |__start| { #fill }))
    } else {
        (function(""), TokenStream::new())
    };
    quote_spanned!(*span=> #rt::#function({ #site &__SITE } #more))
}

// Output:  static __SITE: Site = Site::here("f", concat!(..));
//
// It stands at the function's name: clippy takes what lies within a static for part of it, and would not look at a body
// that does.
fn site(plan: &Plan) -> TokenStream {
    let Plan { rt, site, .. } = plan;
    let span = &Span::mixed_site().located_at(site.at);
    let mut set = TokenStream::new();
    if let Some(kind) = &site.kind {
        let kind = Ident::new(kind.0, *span);
        set.extend(quote_spanned!(*span=> .kind(#rt::SpanKind::#kind)));
    }
    if let Some(location) = site.location {
        let location = Ident::new(
            match location {
                Location::Off => "Off",
                Location::Function => "Function",
                Location::Full => "Full",
            },
            *span,
        );
        set.extend(quote_spanned!(*span=> .location(#rt::Location::#location)));
    }
    set.extend(own(plan, *span));
    // The call is where the site is, so it has the span of what the user wrote.
    let (rt_there, name, source) = (plan.rt_at_user(site.at), &site.name, source(*span));
    let arguments = quote_spanned!(*span=> #name, #source);
    quote_spanned!(site.at=> static __SITE: #rt_there::Site = #rt_there::Site::here(#arguments)#set;)
}

// Output:  concat!(module_path!(), "\0package\01.0.0\0", file!())
fn source(span: Span) -> TokenStream {
    let of_package = |name: &str| std::env::var(name).unwrap_or_default();
    let package = format!("\0{}\0{}\0", of_package("CARGO_PKG_NAME"), of_package("CARGO_PKG_VERSION"));
    quote_spanned!(span=> ::core::concat!(::core::module_path!(), #package, ::core::file!()))
}

// Output:  .own(&Own { scope: None, function: Some("f"), literals: &[] })
//
// Most functions have nothing of their own.
fn own(plan: &Plan, span: Span) -> TokenStream {
    let Plan { rt, site, .. } = plan;
    let none = || quote_spanned!(span=> ::core::option::Option::None);
    let some = |value: TokenStream| quote_spanned!(span=> ::core::option::Option::Some(#value));
    let scope = site.scope.as_ref().map(|scope| some(quote_spanned!(span=> #rt::Scope::new(#scope))));
    let function = (!site.is_called_as_function).then(|| some(site.function.to_token_stream()));
    let literals: Vec<_> = literals(plan).map(|(key, value)| literal(plan, key, &value)).collect();
    let metric = site.metric.as_ref().map(|name| {
        let metric = quote_spanned!(span=> static __METRIC: #rt::Metric = #rt::Metric::of_function(#name););
        some(quote_spanned!(span=> { #metric &__METRIC }))
    });
    if scope.is_none() && function.is_none() && literals.is_empty() && metric.is_none() {
        return TokenStream::new();
    }
    let [scope, function, metric] = [scope, function, metric].map(|own| own.unwrap_or_else(none));
    quote_spanned!(span=> .own(&#rt::Own { scope: #scope, function: #function, literals: &[#(#literals),*], metric: #metric }))
}

/// The attributes that every span of the call site has, as far as the static has room.
fn literals(plan: &Plan) -> impl Iterator<Item = (&Key, Literal)> {
    plan.captures.iter().filter_map(|capture| Some((&capture.key, capture.literal()?))).take(MAX_LITERALS)
}

fn literal(plan: &Plan, key: &Key, value: &Literal) -> TokenStream {
    let Plan { rt, site, .. } = plan;
    let span = &Span::mixed_site().located_at(site.at);
    let value = match value {
        Literal::Bool(value) => quote_spanned!(*span=> Bool(#value)),
        Literal::Int(value) => quote_spanned!(*span=> Int(#value)),
        Literal::Double(value) => quote_spanned!(*span=> Double(#value)),
        Literal::Str(value) => quote_spanned!(*span=> Str(#value)),
        Literal::Redacted => quote_spanned!(*span=> Str(#rt::REDACTED)),
    };
    quote_spanned!(*span=> (#key, #rt::Literal::#value))
}

/// What is recorded when the span starts, if it records.
fn fill(plan: &Plan) -> TokenStream {
    let span = &plan.span;
    let mut fill = TokenStream::new();
    if let Some(name) = &plan.dynamic_name {
        fill.extend(quote_spanned!(*span=> __start.name(::core::format_args!(#name));));
    }
    match &plan.options.links {
        None => {}
        Some(Links::All(links)) => {
            let (span, rt) = (at(links), plan.rt_at(at(links)));
            fill.extend(quote_spanned!(span=> #rt::link_all(__start, #links);));
        }
        Some(Links::Each(links)) => links.iter().for_each(|link| {
            let (span, rt) = (at(link), plan.rt_at(at(link)));
            fill.extend(quote_spanned!(span=> #rt::link(__start, &(#link));));
        }),
    }
    let in_static: Vec<_> = literals(plan).map(|(key, _)| key.text()).collect();
    for capture in &plan.captures {
        let is_static = capture.literal().is_some() && in_static.contains(&capture.key.text());
        if !is_static {
            let Capture { key, cfgs, .. } = capture;
            let value = value(plan, capture);
            fill.extend(quote_spanned!(*span=> #cfgs __start.attribute(#key, #value);));
        }
    }
    fill.extend(unique(plan));
    fill
}

/// An attribute of the current span for each capture.
pub(crate) fn set_current(plan: &Plan) -> TokenStream {
    let Plan { rt, span, .. } = plan;
    let sets: TokenStream = plan
        .captures
        .iter()
        .map(|capture| {
            let Capture { key, cfgs, .. } = capture;
            let value = value(plan, capture);
            quote_spanned!(*span=> #cfgs #rt::set(#key, #value);)
        })
        .collect();
    if sets.is_empty() {
        return sets;
    }
    let unique = unique(plan);
    quote_spanned!(*span=> if #rt::is_recording() { #sets #unique })
}

/// A reference to what is recorded. It stands where the value does: there the compiler says which trait is missing.
pub(crate) fn value(plan: &Plan, capture: &Capture) -> TokenStream {
    let value = &capture.value;
    let span = at(value);
    formatted(plan, capture.format, &quote_spanned!(span=> &(#value)), span)
}

/// This crate's hygiene, at the place of what the user wrote.
fn at(tokens: &impl quote::ToTokens) -> Span {
    Span::mixed_site().located_at(tokens.span())
}

/// A reference to what is recorded for a reference to a value.
pub(super) fn formatted(plan: &Plan, format: Format, value: &TokenStream, span: Span) -> TokenStream {
    let rt = plan.rt_at(span);
    let span = &span;
    match format {
        Format::Auto => quote_spanned!(*span=> &#rt::value(#value).get()),
        Format::Argument => quote_spanned!(*span=> &#rt::argument(#rt::value(#value).get())),
        Format::Display => quote_spanned!(*span=> &#rt::display(#value)),
        Format::Debug => quote_spanned!(*span=> &#rt::debug(#value)),
        Format::Redact => quote_spanned!(*span=> #rt::REDACTED),
    }
}

/// Compares keys that only the compiler knows.
pub(crate) fn unique(plan: &Plan) -> TokenStream {
    let span = &plan.span;
    let is_const = |capture: &Capture| matches!(capture.key, Key::Const(_));
    if plan.captures.len() < 2 || !plan.captures.iter().any(is_const) {
        return TokenStream::new();
    }
    let found = plan.captures.iter().find(|capture| is_const(capture));
    let span = found.map_or(*span, |capture| at(&capture.key));
    let rt = plan.rt_at(span);
    let keys = plan.captures.iter().map(|capture| capture.key.to_token_stream());
    if plan.has_generic_keys {
        quote_spanned!(span=> const { #rt::unique(&[#(#keys),*]) };)
    } else {
        quote_spanned!(span=> const _: () = #rt::unique(&[#(#keys),*]);)
    }
}

/// What is said about the start.
fn options(plan: &Plan) -> TokenStream {
    let Plan { rt, span, options, .. } = plan;
    let mut set = TokenStream::new();
    if let Some(parent) = &options.parent {
        let (span, rt) = (at(parent), plan.rt_at(at(parent)));
        set.extend(quote_spanned!(span=> __options.parent = #rt::parent(&(#parent));));
    }
    if let Some(root) = options.root {
        let (linked, drops) = (root.is_linked, root.drops_baggage);
        set.extend(quote_spanned!(*span=> __options.root = #rt::root(#linked, #drops);));
    }
    if let Some(sample) = &options.sample {
        let forced = sample.is_forced;
        let ratio = match &sample.rate {
            Rate::Always => quote!(1.0),
            Rate::Never => quote!(0.0),
            Rate::Ratio(ratio) => ratio.to_token_stream(),
            Rate::When(condition) => quote_spanned!(*span=> #rt::all_or_nothing(#condition)),
        };
        set.extend(quote_spanned!(*span=> __options.sample = #rt::sample(#ratio, #forced);));
    }
    if let Some(cancel) = options.cancel {
        let cancel = Ident::new(
            match cancel {
                Cancel::Ok => "Ok",
                Cancel::Mark => "Mark",
                Cancel::Error => "Error",
            },
            *span,
        );
        set.extend(quote_spanned!(*span=> __options.cancel = #rt::Cancel::#cancel;));
    }
    if options.ignores_panic {
        set.extend(quote_spanned!(*span=> __options.ignores_panic = true;));
    }
    set
}
