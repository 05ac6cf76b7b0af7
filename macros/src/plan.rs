//! Every decision about a function, and every check.

use proc_macro2::{Group, Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Expr, Signature, Type};

use crate::args::{ARGUMENTS, Args, Cancel, Err, Key, Kind, Links, Location, Name, Ret, Root, Sample, Shape};
use crate::capture::{self, Capture};
use crate::diag::Diag;
use crate::item::{Body, Function, mentions};
use crate::param;
use crate::ty::{self, Boxing, Returns};

/// What to do with a function.
pub(crate) struct Plan {
    /// The path of the runtime's hidden module.
    pub(crate) rt: TokenStream,
    /// Where generated tokens are said to be: at the body, in the macro's own hygiene.
    pub(crate) span: Span,
    pub(crate) site: SitePlan,
    pub(crate) form: Form,
    /// Whether there is no span of its own.
    pub(crate) is_current: bool,
    pub(crate) captures: Vec<Capture>,
    /// A name with captures.
    pub(crate) dynamic_name: Option<TokenStream>,
    pub(crate) options: OptionsPlan,
    /// Whether a `Result` that is returned decides the outcome.
    pub(crate) reads_outcome: bool,
    pub(crate) err: Option<Err>,
    pub(crate) ret: Option<Ret>,
    /// Whether keys name type parameters, so that they are known later than other constants.
    pub(crate) has_generic_keys: bool,
    pub(crate) body: Group,
    /// The parameters bound again, if they have to be.
    pub(crate) rebinds: TokenStream,
    /// The return type inside the body.
    pub(crate) output: TokenStream,
}

/// What goes into the static of the call site.
pub(crate) struct SitePlan {
    pub(crate) name: TokenStream,
    pub(crate) function: String,
    pub(crate) at: Span,
    pub(crate) kind: Option<Kind>,
    pub(crate) scope: Option<Expr>,
    pub(crate) location: Option<Location>,
}

/// What is said about the start.
#[derive(Default)]
pub(crate) struct OptionsPlan {
    pub(crate) parent: Option<Expr>,
    pub(crate) root: Option<Root>,
    pub(crate) links: Option<Links>,
    pub(crate) sample: Option<Sample>,
    pub(crate) cancel: Option<Cancel>,
    pub(crate) ignores_panic: bool,
}

/// How the body runs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Form {
    /// Under a guard; nobody looks at what it returns.
    Guard,
    /// In a closure whose result is looked at.
    Call,
    /// In a future of its own, inside the `async fn`.
    Async,
    /// In a closure that returns a future or a stream.
    Lazy(Shape, Boxing),
}

/// Makes the plan; edits the signature so that it fits.
pub(crate) fn plan(args: &Args, function: &mut Function, diag: &mut Diag) -> Option<Plan> {
    let parameters = param::read(&mut function.sig, diag);
    check_function(function, diag);
    check_conflicts(args, diag);
    let captures = capture::collect(args, &parameters, diag);
    let form = form(args, function, diag);
    let body = function.braces()?.clone();
    if !diag.is_empty() {
        return None;
    }
    let span = Span::mixed_site().located_at(body.span());
    let root = args.krate.as_ref().map_or_else(|| quote_spanned!(span=> ::traced), |path| path.to_token_stream());
    let rt = quote_spanned!(span=> #root::__rt);
    let (name, dynamic_name) = name(args, &function.sig);
    let output = output(form, &function.sig, &rt, span);
    let rebinds = rebinds(args, &captures, form, function, span);
    Some(Plan {
        rt,
        span,
        site: SitePlan {
            name,
            function: function.sig.ident.unraw().to_string(),
            at: function.sig.ident.span(),
            kind: args.kind.clone(),
            scope: args.scope.clone(),
            location: args.location,
        },
        form,
        is_current: args.current,
        captures,
        dynamic_name,
        options: OptionsPlan {
            parent: args.parent.clone(),
            root: args.root,
            links: args.links.clone(),
            sample: args.sample.clone(),
            cancel: args.cancel,
            ignores_panic: args.panic == Some(false),
        },
        reads_outcome: reads_outcome(args, function),
        err: args.err.clone(),
        ret: args.ret.clone(),
        has_generic_keys: args.attrs.iter().any(|entry| match &entry.key {
            Key::Const(path) => depends_on_generics(path, &function.sig),
            Key::Text(..) => false,
        }),
        body,
        rebinds,
        output,
    })
}

/// The name in the static, and the one that is formatted when the span starts.
fn name(args: &Args, sig: &Signature) -> (TokenStream, Option<TokenStream>) {
    let own = sig.ident.unraw().to_string();
    match &args.name {
        None => (quote!(#own), None),
        Some(Name::Text(text)) if text.value().contains(['{', '}']) => {
            let text_value = text.value();
            (quote!(#text_value), Some(text.to_token_stream()))
        }
        Some(Name::Text(text)) => (text.to_token_stream(), None),
        Some(Name::Const(path)) if depends_on_generics(path, sig) => (quote!(#own), Some(quote!("{}", #path))),
        Some(Name::Const(path)) => (path.to_token_stream(), None),
    }
}

/// Whether a path needs what a static inside the function cannot name.
pub(crate) fn depends_on_generics(path: &Expr, sig: &Signature) -> bool {
    let tokens = path.to_token_stream();
    let generics = sig.generics.params.iter().filter_map(|parameter| match parameter {
        syn::GenericParam::Type(parameter) => Some(&parameter.ident),
        syn::GenericParam::Const(parameter) => Some(&parameter.ident),
        syn::GenericParam::Lifetime(_) => None,
    });
    mentions(tokens.clone(), "Self") || generics.into_iter().any(|name| mentions(tokens.clone(), &name.to_string()))
}

fn form(args: &Args, function: &Function, diag: &mut Diag) -> Form {
    let returns = ty::returns(&function.sig);
    let is_async = function.sig.asyncness.is_some();
    check_outcome(args, function, returns, diag);
    match (args.shape, returns) {
        (Some(shape @ (Shape::Future | Shape::Stream)), _) if is_async => {
            let word = if shape == Shape::Future { "future" } else { "stream" };
            let span = args.span_of(word).unwrap_or_else(Span::mixed_site);
            diag.push(syn::Error::new(
                span,
                "an `async fn` is spanned from its first poll to its end anyway: remove this",
            ));
            Form::Guard
        }
        (Some(Shape::Sync), _) if is_async => {
            let span = args.span_of("sync").unwrap_or_else(Span::mixed_site);
            diag.push(syn::Error::new(
                span,
                "an `async fn` runs when it is polled: `sync` is for functions that return a future",
            ));
            Form::Guard
        }
        _ if is_async => Form::Async,
        (Some(Shape::Sync), Returns::Lazy(..)) => Form::Guard,
        (None | Some(_), Returns::Lazy(shape, boxing)) => Form::Lazy(args.shape.unwrap_or(shape), boxing),
        (Some(shape @ (Shape::Future | Shape::Stream)), Returns::Value { .. }) => {
            let is_opaque = function.sig.output.to_token_stream().to_string().starts_with("-> impl");
            Form::Lazy(shape, if is_opaque { Boxing::Bare } else { Boxing::Pinned })
        }
        (_, Returns::Never) => Form::Guard,
        (_, Returns::Value { .. }) => {
            let looks = reads_outcome(args, function) || args.ret.is_some();
            if looks && !function.has_attribute("track_caller") { Form::Call } else { Form::Guard }
        }
    }
}

/// Whether what the function returns, now or later, may be an error that counts.
fn reads_outcome(args: &Args, function: &Function) -> bool {
    let is_on = !args.err.as_ref().is_some_and(|err| err.is_off);
    let may_fail = match ty::returns(&function.sig) {
        Returns::Value { has_outcome } => has_outcome,
        Returns::Lazy(..) => true,
        Returns::Never => false,
    };
    is_on && (may_fail || args.err.as_ref().is_some_and(Err::has_options))
}

/// Functions that can't have a span.
fn check_function(function: &Function, diag: &mut Diag) {
    if let Some(constness) = &function.sig.constness {
        diag.error(constness, "`#[traced]` cannot stand on a `const fn`: a span needs a clock, which exists at run time only; trace the caller, or remove `const`");
    }
    if let Some(variadic) = &function.sig.variadic {
        diag.error(variadic, "`#[traced]` cannot stand on a C-variadic function; trace a function that it calls");
    }
    if let Body::Semicolon(semicolon) = &function.body {
        diag.error(
            semicolon,
            "`#[traced]` needs a body: put it on the implementations of this method, or on their `impl` blocks",
        );
    }
}

fn check_conflicts(args: &Args, diag: &mut Diag) {
    for argument in ARGUMENTS {
        let Some(span) = args.span_of(argument.name) else { continue };
        for other in argument.conflicts {
            if args.span_of(other).is_some() {
                let message = format!("`{}` and `{other}` contradict each other: keep one of them", argument.name);
                diag.push(syn::Error::new(span, message));
            }
        }
    }
    if let (true, Some(span)) = (args.only_pub, args.span_of("only")) {
        diag.push(syn::Error::new(span, "`only(pub)` is for an `impl` block or a module"));
    }
}

/// `err(..)` and `ret` need something to look at.
fn check_outcome(args: &Args, function: &Function, returns: Returns, diag: &mut Diag) {
    let returns_nothing = matches!(function.sig.output, syn::ReturnType::Default);
    let err = args.err.as_ref().filter(|err| err.has_options()).map(|err| err.span);
    for span in args.ret.as_ref().map(|ret| ret.span).into_iter().chain(err) {
        let reason = match returns {
            _ if returns_nothing => "this function returns nothing",
            Returns::Never => "this function never returns",
            Returns::Lazy(Shape::Stream, _) => "a stream has no single result",
            _ if function.has_attribute("track_caller") => {
                "the body of a `#[track_caller]` function has to stay where it is, so its result is not seen"
            }
            _ => continue,
        };
        diag.push(syn::Error::new(span, format!("{reason}: remove this")));
    }
}

fn output(form: Form, sig: &Signature, rt: &TokenStream, span: Span) -> TokenStream {
    match form {
        Form::Guard => TokenStream::new(),
        Form::Async => ty::as_hint(&sig.output, rt, span),
        Form::Call | Form::Lazy(..) => {
            let ty: Type = ty::without_impl(&sig.output);
            quote!(#ty)
        }
    }
}

/// Parameters are bound again where the body runs in a closure, and where `args` records one: that is no use of it.
fn rebinds(args: &Args, captures: &[Capture], form: Form, function: &mut Function, span: Span) -> TokenStream {
    if form == Form::Guard && captures.iter().all(|capture| capture.is_use) {
        return TokenStream::new();
    }
    let mut outside: Vec<TokenStream> = Vec::new();
    outside.extend(captures.iter().filter(|capture| capture.is_use).map(|capture| capture.value.clone()));
    outside.extend(args.expressions());
    let is_captured = |name: &Ident| captures.iter().any(|capture| param::uses(&capture.value, name));
    let is_named = |name: &Ident| outside.iter().any(|tokens| param::uses(tokens, name));
    let mut lets = param::rebind(&mut function.sig, span, &|name| (is_captured(name), is_named(name)));
    let moves_self = function.sig.receiver().is_some_and(|receiver| receiver.reference.is_none());
    let body = function.braces().map(Group::stream).unwrap_or_default();
    if moves_self && form != Form::Guard && mentions(body, "self") {
        let receiver = function.sig.receiver().map(|receiver| receiver.self_token);
        lets.extend(quote_spanned!(span=> let _ = &#receiver;));
    }
    lets
}
