//! `#[traced]` on an `impl` block, a trait or an inline module: its options are defaults for the functions inside.
//!
//! As with bodies, only what has to be read is read: items that are no functions pass through as tokens.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens as _, quote};
use syn::parse::discouraged::Speculative as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Attribute, ItemImpl, ItemMod, ItemTrait, Type, Visibility};

use crate::args::Args;
use crate::errors::Errors;
use crate::item::{Body, Function, Kind};
use crate::param;
use crate::traced::Traced;

/// What the functions inside have in common.
struct Container<'a> {
    defaults: &'a Args,
    /// The type or trait.
    owner: Option<String>,
    /// Whether functions have no visibility of their own, so that `only(pub)` says nothing.
    is_shared: bool,
    is_module: bool,
    traced: Traced,
    /// The parameters of all functions that were seen.
    parameters: Vec<Ident>,
}

/// Expands every function inside.
pub(crate) fn expand(args: &Args, item: TokenStream, traced: Traced, errors: &mut Errors) -> TokenStream {
    check(args, errors);
    let (tokens, parameters) = expand_items(args, item, traced, errors);
    check_names(args, &parameters, errors);
    tokens
}

fn expand_items(args: &Args, item: TokenStream, traced: Traced, errors: &mut Errors) -> (TokenStream, Vec<Ident>) {
    let Some((mut header, body)) = split(item.clone()) else { return (item, Vec::new()) };
    let Some((owner, is_shared, is_module)) = describe(&header) else {
        header.extend([TokenTree::Group(body)]);
        return (header, Vec::new());
    };
    if let (true, true, Some(span)) = (is_shared, args.only_pub, args.span_of("only")) {
        errors.push(syn::Error::new(span, "the functions of a trait are as public as the trait: remove this"));
    }
    let mut container = Container { defaults: args, owner, is_shared, is_module, traced, parameters: Vec::new() };
    let inside = container.items(body.stream(), errors);
    let mut group = Group::new(Delimiter::Brace, inside);
    group.set_span(body.span());
    header.extend([TokenTree::Group(group)]);
    (header, container.parameters)
}

/// What stands before the braces, and the braces.
fn split(item: TokenStream) -> Option<(TokenStream, Group)> {
    let mut tokens: Vec<_> = item.into_iter().collect();
    match tokens.pop()? {
        TokenTree::Group(body) if body.delimiter() == Delimiter::Brace => Some((tokens.into_iter().collect(), body)),
        _ => None,
    }
}

/// The name for the functions of an item, whether it is a trait or the implementation of one, and whether it is a
/// module.
fn describe(header: &TokenStream) -> Option<(Option<String>, bool, bool)> {
    let empty = quote!(#header {});
    if let Ok(item) = syn::parse2::<ItemImpl>(empty.clone()) {
        return Some((type_name(&item.self_ty), item.trait_.is_some(), false));
    }
    if let Ok(item) = syn::parse2::<ItemTrait>(empty.clone()) {
        return Some((Some(item.ident.to_string()), true, false));
    }
    syn::parse2::<ItemMod>(empty).ok().map(|_| (None, false, true))
}

fn type_name(ty: &Type) -> Option<String> {
    match ty {
        Type::Path(path) => path.path.segments.last().map(|last| last.ident.to_string()),
        Type::Reference(inner) => type_name(&inner.elem),
        Type::Paren(inner) => type_name(&inner.elem),
        Type::Group(inner) => type_name(&inner.elem),
        _ => None,
    }
}

/// Options that make no sense for many functions at once.
fn check(args: &Args, errors: &mut Errors) {
    for word in ["name", "future", "stream", "sync"] {
        if let Some(span) = args.span_of(word) {
            let message = format!("`{word}` is for one function: put it there");
            errors.push(syn::Error::new(span, message));
        }
    }
}

/// A name has to be a parameter's of at least one function.
fn check_names(args: &Args, parameters: &[Ident], errors: &mut Errors) {
    for name in args.parameter_names().filter(|name| !parameters.contains(name)) {
        errors.error(name, format!("`{name}` is not a parameter of any function inside"));
    }
}

impl Container<'_> {
    fn items(&mut self, tokens: TokenStream, errors: &mut Errors) -> TokenStream {
        let read = |input: ParseStream<'_>| {
            let mut expanded: TokenStream =
                input.call(Attribute::parse_inner)?.iter().map(quote::ToTokens::to_token_stream).collect();
            while !input.is_empty() {
                expanded.extend(self.item(input, errors)?);
            }
            Ok(expanded)
        };
        // Whatever cannot be read is the user's own mistake, which the compiler reports.
        read.parse2(tokens.clone()).unwrap_or(tokens)
    }

    fn item(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<TokenStream> {
        let fork = input.fork();
        if let Ok(function) = fork.parse::<Function>() {
            input.advance_to(&fork);
            return Ok(self.function(function, errors));
        }
        let attrs = input.call(Attribute::parse_outer)?;
        let rest = pass(input)?;
        let is_container = matches!(Kind::of(rest.clone()).0, Kind::Impl | Kind::Trait);
        if !(self.is_module && is_container) {
            return Ok(quote!(#(#attrs)* #rest));
        }
        let (own, attrs) = take_own(attrs, errors);
        let mut args = own.unwrap_or_default();
        let item = quote!(#(#attrs)* #rest);
        if args.opted_out {
            return Ok(item);
        }
        args.inherit(self.defaults);
        let is_trait_item = describe(&rest_header(&rest)).is_some_and(|(_, is_shared, _)| is_shared);
        args.only_pub &= !is_trait_item;
        let (tokens, parameters) = expand_items(&args, item, self.traced, errors);
        self.parameters.extend(parameters);
        Ok(tokens)
    }

    fn function(&mut self, mut function: Function, errors: &mut Errors) -> TokenStream {
        let (own, attrs) = take_own(std::mem::take(&mut function.attrs), errors);
        function.attrs = attrs;
        self.parameters.extend(param::all_names(&function.sig));
        let is_hidden = self.defaults.only_pub && !self.is_shared && !matches!(function.vis, Visibility::Public(_));
        let can_have_span = function.sig.constness.is_none()
            && function.sig.variadic.is_none()
            && matches!(function.body, Body::Braces(_));
        let is_wanted = own.as_ref().map_or(can_have_span && !is_hidden, |own| !own.opted_out);
        if !is_wanted {
            param::read(&mut function.sig, errors);
            return function.into_token_stream();
        }
        let mut args = own.unwrap_or_default();
        let mut defaults = self.defaults.clone();
        defaults.only_pub = false;
        defaults.keep_parameters(&param::all_names(&function.sig));
        args.inherit(&defaults);
        args.owner.clone_from(&self.owner);
        self.traced.function(&args, function, errors)
    }
}

/// The tokens before the last braces.
fn rest_header(rest: &TokenStream) -> TokenStream {
    split(rest.clone()).map(|(header, _)| header).unwrap_or_default()
}

/// Takes a function's own `#[traced(..)]` off.
fn take_own(attrs: Vec<Attribute>, errors: &mut Errors) -> (Option<Args>, Vec<Attribute>) {
    let is_own = |attr: &Attribute| attr.path().segments.last().is_some_and(|last| last.ident == "traced");
    let (own, others): (Vec<_>, Vec<_>) = attrs.into_iter().partition(is_own);
    let args = own.first().map(|attr| {
        let tokens = attr.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default();
        Args::parse(tokens, errors)
    });
    (args, others)
}

/// The tokens of one item that is not a function.
fn pass(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let ends_with_semicolon =
        matches!(Kind::of(input.fork().parse()?).0, Kind::Other("constant" | "static" | "type alias" | "import"));
    let mut passed = TokenStream::new();
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let is_end = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => {
                let goes_on = input.peek(syn::Token![>]) || input.peek(syn::Token![,]);
                group.delimiter() == Delimiter::Brace && !ends_with_semicolon && !goes_on
            }
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        passed.extend([token]);
        if is_end {
            break;
        }
    }
    Ok(passed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::{ARGUMENTS, Inherit};

    /// What the functions inside of an item take over, as one may write it.
    const EXAMPLES: [(&str, &str); 19] = [
        ("kind", "kind = server"),
        ("scope", "scope = \"shop\""),
        ("prefix", "prefix = \"order\""),
        ("attrs", "attrs(tier = 1)"),
        ("args", "args"),
        ("redact", "redact(card)"),
        ("err", "err = off"),
        ("ret", "ret"),
        ("panic", "panic = off"),
        ("cancel", "cancel = ok"),
        ("metric", "metric"),
        ("parent", "parent = context"),
        ("root", "root(link)"),
        ("links", "links = contexts"),
        ("sample", "sample = 0.5"),
        ("current", "current"),
        ("location", "location = full"),
        ("crate", "crate = shop::traced"),
        ("only", "only(pub)"),
    ];

    /// A module whose function has arguments that stand on the module, on the `impl` block, and on the function.
    fn expanded([of_module, of_impl, of_function]: [&str; 3]) -> String {
        let item = format!(
            "mod m {{ #[traced({of_impl})] impl T {{ \
                #[traced({of_function})] fn f(#[attr] a: u8, card: u8) -> Result<u8, u8> {{ Ok(a) }} }} }}"
        );
        // The attribute of a function that says nothing would be one to `only(pub)`.
        let item = item.replace("#[traced()] ", "");
        let mut errors = Errors::default();
        let args = Args::parse(of_module.parse().expect("tokens"), &mut errors);
        let tokens = expand(&args, item.parse().expect("tokens"), Traced::On, &mut errors);
        assert_eq!(errors.into_tokens().to_string(), "");
        tokens.to_string()
    }

    #[test]
    fn what_is_inherited_is_as_if_it_stood_on_the_function() {
        let without = expanded([""; 3]);
        for argument in ARGUMENTS.iter().filter(|argument| !matches!(argument.inherit, Inherit::Not)) {
            let example = EXAMPLES.iter().find(|(name, _)| *name == argument.name);
            let (name, text) = example.unwrap_or_else(|| panic!("`{}` needs an example here", argument.name));
            let inherited = expanded([text, "", ""]);
            assert_ne!(inherited, without, "`{name}` is not inherited");
            let on_function = if *name == "only" { ["", text, ""] } else { ["", "", text] };
            assert_eq!(inherited, expanded(on_function), "{name}");
        }
    }
}
