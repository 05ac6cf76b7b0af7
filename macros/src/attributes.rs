//! `attrs!` and `event!`: what the body of a function says about the current span, in the grammar of `attrs(..)`.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, ExprLit, Lit, Token};

use crate::args::{Args, Format, Key, entries};
use crate::capture;
use crate::errors::Errors;
use crate::expand::{local, set_current, unique, value};
use crate::item::mentions;
use crate::param::Parameter;
use crate::plan::{self, Form, Plan};

/// What was written, and what it means.
struct Written {
    /// The name of an event.
    name: Option<Expr>,
    /// `$crate` of the macro that was called.
    root: TokenStream,
    /// Brings in what `plan.rt` names.
    alias: TokenStream,
    plan: Plan,
    errors: Errors,
}

// Input:   user.rs: attrs!(user, order.id = id), passed on as `[$crate] user, order.id = id`
// Output:  if $crate::ENABLED { if $crate::__rt::is_recording() { $crate::__rt::set("user", ..); .. } }
pub(crate) fn set(input: TokenStream) -> TokenStream {
    let Written { root, alias, plan, errors, .. } = read(input, false);
    if errors.len() > 0 {
        return mistaken(&plan, errors, None);
    }
    if plan.captures.is_empty() {
        return quote!(());
    }
    let (span, sets, uses) = (plan.span, set_current(&plan), uses_of_redacted(&plan));
    quote_spanned!(span=> if #root::ENABLED { #alias #uses #sets })
}

// Input:   user.rs: event!("reserved", sku), passed on as `[$crate] "reserved", sku`
// Output:  if $crate::ENABLED { $crate::__rt::event("reserved", |__event| { __event.attribute("sku", ..); }); }
pub(crate) fn event(input: TokenStream) -> TokenStream {
    let Written { name, root, alias, plan, mut errors } = read(input, true);
    if let Some(text) = name.as_ref().and_then(literal).filter(|text| text.value().contains(['{', '}'])) {
        let message = "the name of an event is not formatted: write `event!(\"got\", n)` instead of \
                       `event!(\"got {n}\")`";
        errors.error(text, message);
    }
    let (true, Some(name)) = (errors.len() == 0, &name) else { return mistaken(&plan, errors, name) };
    let Plan { rt, span, .. } = &plan;
    let event = local("__event", *span);
    let attributes = plan.captures.iter().map(|capture| {
        let (key, value) = (&capture.key, value(&plan, capture));
        quote_spanned!(*span=> #event.attribute(#key, #value);)
    });
    let (uses, unique) = (uses_of_redacted(&plan), unique(&plan));
    // A literal name needs no evaluation, so that one look at the current span is enough.
    let condition = match literal(name) {
        Some(_) => quote_spanned!(*span=> #root::ENABLED),
        None => quote_spanned!(*span=> #root::ENABLED && #root::__rt::is_recording()),
    };
    quote_spanned! {*span=>
        if #condition {
            #alias
            #unique
            #rt::event(#name, |#event| { let _ = &#event; #uses #(#attributes)* });
        }
    }
}

fn read(input: TokenStream, has_name: bool) -> Written {
    let mut tokens = input.into_iter();
    let root = match tokens.next() {
        Some(TokenTree::Group(group)) => group.stream(),
        _ => quote!(::traced),
    };
    let (mut args, mut errors, mut name) = (Args::default(), Errors::default(), None);
    args.krate = errors.keep(syn::parse2(root.clone()));
    let parsed = |input: ParseStream<'_>| {
        if has_name {
            name = Some(read_name(input)?);
        }
        entries(input, &mut args.attrs, &mut errors);
        Ok(())
    };
    if let Err(error) = parsed.parse2(tokens.collect()) {
        errors.push(error);
    }
    // Every name in scope may be recorded under its own.
    let known: Vec<_> = args.attrs.iter().filter_map(|entry| entry.bare.clone()).collect();
    let known: Vec<_> =
        known.into_iter().map(|name| Parameter { names: vec![name], options: Vec::new(), cfgs: Vec::new() }).collect();
    let captures = capture::collect(&args, &known, &mut errors);
    let (sig, body) = (syn::parse_quote!(fn body()), Group::new(Delimiter::Brace, TokenStream::new()));
    let mut plan = plan::of_block(&args, &sig, (Form::Guard, &body), captures);
    // Other generic keys are not known here: where there are several keys, they are constants of no type parameter.
    plan.has_generic_keys = args.attrs.iter().any(|entry| match &entry.key {
        Key::Const(path) => mentions(path.to_token_stream(), "Self"),
        Key::Text(..) => false,
    });
    let alias = alias(&root, &mut plan);
    Written { name, root, alias, plan, errors }
}

/// Names the runtime by a name of this macro's own where a trait may be missing: what begins with the `$crate` of another
/// macro is nowhere to the compiler, which would underline all of it.
fn alias(root: &TokenStream, plan: &mut Plan) -> TokenStream {
    let has_bound = |capture: &capture::Capture| matches!(capture.format, Format::Display | Format::Debug);
    if !plan.captures.iter().any(has_bound) {
        return TokenStream::new();
    }
    plan.rt = quote_spanned!(plan.span=> __rt);
    quote_spanned!(plan.span=> use #root::__rt as __rt;)
}

/// The name, and the comma after it.
fn read_name(input: ParseStream<'_>) -> syn::Result<Expr> {
    const USE: &str = "an event begins with a name: `event!(\"name\", key = value)`";
    if input.is_empty() {
        return Err(syn::Error::new(Span::call_site(), USE));
    }
    let name: Expr = input.parse()?;
    if matches!(name, Expr::Assign(_)) {
        return Err(syn::Error::new_spanned(name, USE));
    }
    if input.is_empty() {
        return Ok(name);
    }
    input.parse::<Token![,]>()?;
    Ok(name)
}

/// A name that is written out, also where a `macro_rules` macro passed it on.
fn literal(name: &Expr) -> Option<&syn::LitStr> {
    match name {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text),
        Expr::Group(group) => literal(&group.expr),
        _ => None,
    }
}

/// A mention of what is redacted, which nobody looks at.
fn uses_of_redacted(plan: &Plan) -> TokenStream {
    let is_redacted = |capture: &&capture::Capture| capture.format == Format::Redact;
    mention(plan, &mut plan.captures.iter().filter(is_redacted).map(|capture| &capture.value))
}

/// The mistakes, and a mention of all that would be recorded, so that nothing seems unused besides.
fn mistaken(plan: &Plan, errors: Errors, name: Option<Expr>) -> TokenStream {
    let name = name.map(Expr::into_token_stream);
    let uses = mention(plan, &mut name.iter().chain(plan.captures.iter().map(|capture| &capture.value)));
    let mistakes = errors.into_tokens();
    quote!({ #mistakes #uses })
}

fn mention(plan: &Plan, values: &mut dyn Iterator<Item = &TokenStream>) -> TokenStream {
    let mut values = values.peekable();
    if values.peek().is_none() {
        return TokenStream::new();
    }
    quote_spanned!(plan.span=> if false { #(let _ = &(#values);)* })
}
