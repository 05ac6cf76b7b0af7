//! Every decision about a function.

mod check;

use proc_macro2::{Group, Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{Expr, LitStr, Signature, Type};

use crate::args::{Args, Err, Key, Kind, Location, Name, Ret, Shape, StartOptions};
use crate::capture::Capture;
use crate::item::{Function, mentions};
use crate::param::{self, Parameter};
use crate::return_type::{self, Boxing, Returns};

pub(crate) use check::{Checked, check};

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
    /// A name that is formatted when the span starts, as the arguments of `format_args!`.
    pub(crate) dynamic_name: Option<TokenStream>,
    pub(crate) options: StartOptions,
    /// Whether a `Result` that is returned decides the outcome.
    pub(crate) reads_outcome: bool,
    pub(crate) err: Option<Err>,
    pub(crate) ret: Option<Ret>,
    /// Whether a part of the return type is an `impl Trait`, which cannot be said a second time.
    pub(crate) is_opaque: bool,
    /// Whether keys name type parameters, so that they are known later than other constants.
    pub(crate) has_generic_keys: bool,
    pub(crate) body: Group,
    /// The parameters bound again, if they have to be.
    pub(crate) rebinds: TokenStream,
    /// Parameters that the start borrows. No `#[cfg(..)]` stands on them.
    pub(crate) borrowed: Vec<Ident>,
    /// The return type inside the body.
    pub(crate) output: TokenStream,
    /// The output of a future that is returned, or the item of a stream, where the signature names it.
    pub(crate) lazy_output: Option<Type>,
}

impl Plan {
    /// Whether nothing is said and nothing is recorded when the span starts.
    pub(crate) fn is_plain_start(&self) -> bool {
        let StartOptions { parent, root, links, sample, cancel, ignores_panic } = &self.options;
        let has_options = parent.is_some() || root.is_some() || links.is_some() || sample.is_some() || cancel.is_some();
        !has_options && !ignores_panic && self.dynamic_name.is_none() && self.captures.is_empty()
    }

    /// The path of the runtime's hidden module, said to be somewhere else.
    pub(crate) fn rt_at(&self, span: Span) -> TokenStream {
        self.rt_with(|own| own.located_at(span))
    }

    /// The same as if the user had written it there.
    pub(crate) fn rt_at_user(&self, span: Span) -> TokenStream {
        self.rt_with(|_| span)
    }

    fn rt_with(&self, place: impl Fn(Span) -> Span) -> TokenStream {
        let moved = |mut token: TokenTree| {
            token.set_span(place(token.span()));
            token
        };
        self.rt.clone().into_iter().map(moved).collect()
    }
}

/// What goes into the static of the call site.
pub(crate) struct SitePlan {
    pub(crate) name: TokenStream,
    pub(crate) function: String,
    /// Whether the spans are called as the function is.
    pub(crate) is_called_as_function: bool,
    pub(crate) at: Span,
    pub(crate) kind: Option<Kind>,
    pub(crate) scope: Option<Expr>,
    pub(crate) location: Option<Location>,
    /// The name of the metric of how long calls last.
    pub(crate) metric: Option<LitStr>,
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
    /// The same for one that never returns.
    AsyncNever,
    /// In a closure that returns a future or a stream.
    Lazy(Shape, Boxing),
}

/// Makes the plan of a function that was checked; edits the signature so that it fits.
pub(crate) fn plan(args: &Args, function: &mut Function, body: &Group, checked: Checked) -> Plan {
    let Checked { captures, ret, parameters } = checked;
    let borrowed = borrowed(args, &captures, &parameters);
    let form = form(args, function, ret.is_some());
    let span = Span::mixed_site().located_at(body.span());
    let root = args.krate.as_ref().map_or_else(|| quote_spanned!(span=> ::traced), quote::ToTokens::to_token_stream);
    let (site, dynamic_name) = site(args, &function.sig);
    let output = output(form, &function.sig);
    let reads_outcome = reads_outcome(args, function);
    let has_generic_keys = args.attrs.iter().any(|entry| match &entry.key {
        Key::Const(path) => depends_on_generics(path, &function.sig),
        Key::Text(..) => false,
    });
    let rebinds = rebinds(args, &captures, form, function, body);
    Plan {
        rt: quote_spanned!(span=> #root::__rt),
        span,
        site,
        form,
        is_current: args.current,
        captures,
        dynamic_name,
        options: args.options.clone(),
        reads_outcome,
        err: args.err.clone(),
        ret,
        is_opaque: mentions(function.sig.output.to_token_stream(), "impl"),
        has_generic_keys,
        body: body.clone(),
        rebinds,
        borrowed,
        output,
        lazy_output: matches!(form, Form::Lazy(..)).then(|| return_type::lazy_output(&function.sig)).flatten(),
    }
}

/// The plan of a block, which has no parameters, and whose result says its own type.
pub(crate) fn of_block(args: &Args, sig: &Signature, (form, body): (Form, &Group), captures: Vec<Capture>) -> Plan {
    let span = Span::mixed_site().located_at(body.span());
    let root = args.krate.as_ref().map_or_else(|| quote_spanned!(span=> ::traced), quote::ToTokens::to_token_stream);
    let (site, dynamic_name) = site(args, sig);
    Plan {
        rt: quote_spanned!(span=> #root::__rt),
        span,
        site: SitePlan { location: Some(Location::Off), ..site },
        form,
        is_current: false,
        captures,
        dynamic_name,
        options: args.options.clone(),
        reads_outcome: args.err.as_ref().is_none_or(|err| !err.is_off),
        err: args.err.clone(),
        ret: args.ret.clone(),
        is_opaque: true,
        has_generic_keys: true,
        body: body.clone(),
        rebinds: TokenStream::new(),
        borrowed: Vec::new(),
        output: TokenStream::new(),
        lazy_output: None,
    }
}

/// The static, and a name that is formatted when the span starts.
fn site(args: &Args, sig: &Signature) -> (SitePlan, Option<TokenStream>) {
    let mut function = sig.ident.unraw().to_string();
    if let Some(owner) = &args.owner {
        function = format!("{owner}::{function}");
    }
    let (name, dynamic) = match &args.name {
        None => (quote!(#function), None),
        Some(Name::Text(text)) if text.value().contains(['{', '}']) => {
            let plain = LitStr::new(&text.value(), Span::mixed_site());
            (quote!(#plain), Some(text.to_token_stream()))
        }
        Some(Name::Text(text)) => (text.to_token_stream(), None),
        Some(Name::Const(path)) if depends_on_generics(path, sig) => (quote!(#function), Some(quote!("{}", #path))),
        Some(Name::Const(path)) => (path.to_token_stream(), None),
    };
    let is_called_as_function = match &args.name {
        Some(Name::Text(text)) => text.value() == function,
        Some(Name::Const(_)) => false,
        None => true,
    };
    let (kind, scope, location) = (args.kind, args.scope.clone(), args.location);
    let (at, metric) = (sig.ident.span(), args.metric.clone());
    (SitePlan { name, function, is_called_as_function, at, kind, scope, location, metric }, dynamic)
}

/// Whether a path needs what a static inside the function cannot name.
fn depends_on_generics(path: &Expr, sig: &Signature) -> bool {
    let tokens = path.to_token_stream();
    let mut generics = sig.generics.params.iter().filter_map(|parameter| match parameter {
        syn::GenericParam::Type(parameter) => Some(&parameter.ident),
        syn::GenericParam::Const(parameter) => Some(&parameter.ident),
        syn::GenericParam::Lifetime(_) => None,
    });
    mentions(tokens.clone(), "Self") || generics.any(|name| mentions(tokens.clone(), &name.to_string()))
}

fn form(args: &Args, function: &Function, watches: bool) -> Form {
    let returns = return_type::returns(&function.sig);
    match (args.shape, returns) {
        _ if function.sig.asyncness.is_some() && returns == Returns::Never => Form::AsyncNever,
        _ if function.sig.asyncness.is_some() => Form::Async,
        (Some(Shape::Sync), Returns::Lazy(..)) | (_, Returns::Never) => Form::Guard,
        (None, Returns::Lazy(..)) if is_handed_out(function) => Form::Guard,
        (_, Returns::Lazy(shape, boxing)) => Form::Lazy(args.shape.unwrap_or(shape), boxing),
        (Some(shape @ (Shape::Future | Shape::Stream)), Returns::Value { .. }) => {
            Form::Lazy(shape, if return_type::is_opaque(&function.sig) { Boxing::Bare } else { Boxing::Pinned })
        }
        (_, Returns::Value { .. }) if function.has_attribute("track_caller") => Form::Guard,
        (_, Returns::Value { .. }) if reads_outcome(args, function) || watches => Form::Call,
        (_, Returns::Value { .. }) => Form::Guard,
    }
}

/// Whether a boxed future or stream is returned that cannot be put into a span.
fn is_handed_out(function: &Function) -> bool {
    function.braces().is_some_and(|body| return_type::is_handed_out(&function.sig, &body.stream()))
}

/// Whether what the function returns, now or later, may be an error that counts.
fn reads_outcome(args: &Args, function: &Function) -> bool {
    let is_off = args.err.as_ref().is_some_and(|err| err.is_off);
    let may_fail = match return_type::returns(&function.sig) {
        Returns::Value { has_outcome } => has_outcome || args.shape.is_some(),
        Returns::Lazy(..) => true,
        Returns::Never => false,
    };
    may_fail && !is_off
}

fn output(form: Form, sig: &Signature) -> TokenStream {
    match form {
        Form::Guard | Form::AsyncNever => TokenStream::new(),
        Form::Async => return_type::as_hint(&sig.output),
        Form::Call | Form::Lazy(..) => return_type::without_impl(&sig.output).into_token_stream(),
    }
}

/// Parameters are bound again where the body runs in a closure, and where `args` records one: that is no use of it.
fn rebinds(args: &Args, captures: &[Capture], form: Form, function: &mut Function, body: &Group) -> TokenStream {
    let span = Span::mixed_site().located_at(body.span());
    if form == Form::Guard && captures.iter().all(|capture| capture.is_use) {
        return TokenStream::new();
    }
    let named = named(args, captures);
    let is_captured = |name: &Ident| captures.iter().any(|capture| param::uses(&capture.value, name));
    let is_named = |name: &Ident| named.iter().any(|tokens| param::uses(tokens, name));
    let mut lets =
        param::rebind(&mut function.sig, body, &|name| (is_captured(name) || is_named(name), is_named(name)));
    let receiver = function.sig.receiver().filter(|receiver| receiver.reference.is_none());
    if let Some(receiver) = receiver.filter(|_| form != Form::Guard && mentions(body.stream(), "self")) {
        // A closure takes only the fields that it mentions, and would drop them before the others.
        let receiver = &receiver.self_token;
        lets.extend(quote_spanned!(span=> let _ = &#receiver;));
    }
    lets
}

fn borrowed(args: &Args, captures: &[Capture], parameters: &[Parameter]) -> Vec<Ident> {
    let named = args.expressions();
    let tokens = || captures.iter().map(|capture| &capture.value).chain(&named);
    let names = parameters.iter().filter(|parameter| parameter.cfgs.is_empty()).flat_map(|parameter| &parameter.names);
    names.filter(|name| tokens().any(|tokens| param::uses(tokens, name))).cloned().collect()
}

/// The expressions in which naming a parameter is a use of it.
pub(crate) fn named(args: &Args, captures: &[Capture]) -> Vec<TokenStream> {
    let used = captures.iter().filter(|capture| capture.is_use).map(|capture| capture.value.clone());
    used.chain(args.expressions()).collect()
}

/// A mention of each parameter that the arguments use.
pub(crate) fn uses(args: &Args, checked: &Checked, span: Span) -> TokenStream {
    let named = named(args, &checked.captures);
    checked
        .parameters
        .iter()
        .flat_map(|parameter| parameter.names.iter().map(|name| (name, &parameter.cfgs)))
        .filter(|(name, _)| named.iter().any(|tokens| param::uses(tokens, name)))
        .map(|(name, cfgs)| quote_spanned!(span=> #(#cfgs)* let _ = &#name;))
        .collect()
}
