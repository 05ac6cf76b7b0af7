//! Parameters: their names, the options written on them, and how they move into the closure that runs the body.
//!
//! A body that runs in a closure must drop its parameters as a bare function does: at the end, the last one first,
//! also those that it never mentions. So each parameter is bound again in front of the body, in order.

use proc_macro2::{Group, Ident, Punct, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens as _, quote_spanned};
use syn::punctuated::Punctuated;
use syn::{Attribute, FnArg, Meta, Pat, PatIdent, PatType, Signature, Token, Type};

use crate::args::ParameterOptions;
use crate::errors::Errors;
use crate::item::mentions;

/// One parameter other than `self`.
pub(crate) struct Parameter {
    /// The names that its pattern binds.
    pub(crate) names: Vec<Ident>,
    /// What `#[attr(..)]` says, each with the `cfg` under which it says it.
    pub(crate) options: Vec<(ParameterOptions, Span, Option<TokenStream>)>,
    /// Its own `#[cfg(..)]`.
    pub(crate) cfgs: Vec<Attribute>,
}

/// Takes the helper attributes off the parameters, and reads them.
pub(crate) fn read(sig: &mut Signature, errors: &mut Errors) -> Vec<Parameter> {
    let mut parameters = Vec::new();
    for input in &mut sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                for (_, span, _) in take_options(&mut receiver.attrs, errors) {
                    let message = "`#[attr]` does not stand on `self`; record a field with `attrs(self.field)`";
                    errors.push(syn::Error::new(span, message));
                }
            }
            FnArg::Typed(typed) => parameters.push(Parameter {
                options: take_options(&mut typed.attrs, errors),
                names: names(&typed.pat),
                cfgs: typed.attrs.iter().filter(|attr| attr.path().is_ident("cfg")).cloned().collect(),
            }),
        }
    }
    parameters
}

/// Takes `#[attr]`, `#[attr(..)]` and those in `#[cfg_attr(..)]` away.
fn take_options(attrs: &mut Vec<Attribute>, errors: &mut Errors) -> Vec<(ParameterOptions, Span, Option<TokenStream>)> {
    let mut options = Vec::new();
    attrs.retain_mut(|attr| {
        if attr.path().is_ident("attr") {
            options.extend(read_options(&attr.meta, None, errors));
            return false;
        }
        if !attr.path().is_ident("cfg_attr") || !mentions(attr.meta.to_token_stream(), "attr") {
            return true;
        }
        let parse = Punctuated::<Meta, Token![,]>::parse_terminated;
        let Ok(all) = attr.parse_args_with(parse) else { return true };
        let mut all = all.into_iter();
        let Some(condition) = all.next() else { return true };
        let (ours, others): (Vec<_>, Vec<_>) = all.partition(|meta| meta.path().is_ident("attr"));
        for meta in ours {
            options.extend(read_options(&meta, Some(condition.to_token_stream()), errors));
        }
        attr.meta = syn::parse_quote!(cfg_attr(#condition, #(#others),*));
        !others.is_empty()
    });
    options
}

fn read_options(
    meta: &Meta,
    condition: Option<TokenStream>,
    errors: &mut Errors,
) -> Option<(ParameterOptions, Span, Option<TokenStream>)> {
    let span = meta.path().get_ident().map_or_else(Span::mixed_site, Ident::span);
    let tokens = match meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(other) => {
            errors.error(other, "write `#[attr(\"key\")]`");
            return None;
        }
    };
    Some((ParameterOptions::parse(tokens, errors), span, condition))
}

/// The names of all parameters.
pub(crate) fn all_names(sig: &Signature) -> Vec<Ident> {
    let typed = sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.pat),
        FnArg::Receiver(_) => None,
    });
    typed.flat_map(names).collect()
}

/// The names that a pattern binds, in order.
fn names(pattern: &Pat) -> Vec<Ident> {
    let mut names = Vec::new();
    each_binding(&mut pattern.clone(), &mut |binding| names.push(binding.ident.clone()));
    names
}

/// Shows every binding of a pattern to `visit`, in order.
fn each_binding(pattern: &mut Pat, visit: &mut dyn FnMut(&mut PatIdent)) {
    match pattern {
        Pat::Ident(binding) => {
            visit(binding);
            if let Some((_, inner)) = &mut binding.subpat {
                each_binding(inner, visit);
            }
        }
        Pat::Or(or) => or.cases.first_mut().into_iter().for_each(|case| each_binding(case, visit)),
        Pat::Paren(inner) => each_binding(&mut inner.pat, visit),
        Pat::Reference(inner) => each_binding(&mut inner.pat, visit),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(|elem| each_binding(elem, visit)),
        Pat::Struct(fields) => fields.fields.iter_mut().for_each(|field| each_binding(&mut field.pat, visit)),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|elem| each_binding(elem, visit)),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(|elem| each_binding(elem, visit)),
        _ => {}
    }
}

/// Edits the signature so that its parameters can be bound again, and says how.
///
/// `uses` says of a name whether it is used outside the body, where the signature has to go on binding it, and
/// whether that counts as a use.
pub(crate) fn rebind(sig: &mut Signature, body: &Group, uses: &dyn Fn(&Ident) -> (bool, bool)) -> TokenStream {
    let span = Span::mixed_site().located_at(body.span());
    let mut assigned = Vec::new();
    may_assign(body.stream(), &mut assigned);
    let mut rebinds = Rebinds { span, assigned, uses, lets: TokenStream::new(), used: TokenStream::new() };
    for (index, input) in sig.inputs.iter_mut().enumerate() {
        if let FnArg::Typed(typed) = input {
            rebinds.add(typed, index);
        }
    }
    rebinds.finish()
}

/// The statements that bind parameters again.
struct Rebinds<'a> {
    span: Span,
    /// Names that the body may assign to.
    assigned: Vec<Ident>,
    uses: &'a dyn Fn(&Ident) -> (bool, bool),
    lets: TokenStream,
    /// Mentions of names whose use outside the body counts.
    used: TokenStream,
}

impl Rebinds<'_> {
    // Input:   fn f(mut a: u8, b: u8, (c, _): (u8, Guard))
    // Output:  fn f(a: u8, b: u8, __arg2: (u8, Guard))
    //          let mut a = a;  let b = b;  let __arg2 = __arg2;  let (c, _) = __arg2;
    fn add(&mut self, typed: &mut PatType, index: usize) {
        let names = names(&typed.pat);
        if self.stays(typed) {
            return self.mention(names, &TokenStream::new());
        }
        let is_used = names.iter().any(|name| (self.uses)(name) != (false, false));
        let attrs = let_attributes(&mut typed.attrs);
        if binds_parts(&typed.pat) && !is_used {
            let argument = Ident::new(&format!("__arg{index}"), self.span);
            let mut pattern = std::mem::replace(&mut *typed.pat, syn::parse_quote!(#argument));
            // What `ref mut` binds is borrowed from it, unless it stands behind a reference.
            let binding = match borrows_mutably(&mut pattern) {
                true => quote_spanned!(self.span=> #[allow(unused_mut)] let mut #argument = #argument;),
                false => quote_spanned!(self.span=> let #argument = #argument;),
            };
            let lets = quote_spanned!(self.span=> #attrs #binding #attrs let #pattern = #argument;);
            self.lets.extend(lets);
            return;
        }
        for PatIdent { by_ref, mutability, ident, .. } in take_mutability(&mut typed.pat) {
            // What `ref mut` binds is a reference, which is not mutable itself.
            let mutability = mutability.filter(|_| by_ref.is_none());
            self.lets.extend(quote_spanned!(self.span=> #attrs let #mutability #ident = #ident;));
        }
        self.mention(names, &attrs);
    }

    /// What counts as a use is one, also where the value is never looked at.
    fn mention(&mut self, names: Vec<Ident>, attrs: &TokenStream) {
        let used = names.into_iter().filter(|name| (self.uses)(name).1);
        self.used.extend(used.map(|name| quote_spanned!(self.span=> #attrs let _ = &#name;)));
    }

    /// Whether it does not matter when a parameter is dropped, so that the body may find it where it is. One that is recorded
    /// without being used is bound again, so that the compiler can say that nobody uses it.
    fn stays(&self, typed: &PatType) -> bool {
        let Pat::Ident(name) = &*typed.pat else { return false };
        let is_plain = name.by_ref.is_none() && name.mutability.is_none() && name.subpat.is_none();
        let is_recorded_only = (self.uses)(&name.ident) == (true, false);
        is_plain
            && !is_recorded_only
            && typed.attrs.is_empty()
            && needs_no_drop(&typed.ty)
            && !self.assigned.contains(&name.ident)
    }

    fn finish(mut self) -> TokenStream {
        self.lets.extend(self.used);
        self.lets
    }
}

/// The names that tokens may assign to. It is a mistake where one is not `mut`, of which the compiler has something else to say
/// inside a closure. To look through the body once is a good part of what the macro costs.
fn may_assign(tokens: TokenStream, assigned: &mut Vec<Ident>) {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        match token {
            TokenTree::Group(group) => may_assign(group.stream(), assigned),
            TokenTree::Ident(ident) => {
                let is_operator = |punct: &Punct| "=+-*/%^&|<>".contains(punct.as_char());
                if matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if is_operator(punct)) && assigns(&mut tokens)
                {
                    assigned.push(ident);
                }
            }
            _ => {}
        }
    }
}

/// Whether the punctuation that comes next is of an assignment.
fn assigns(tokens: &mut impl Iterator<Item = TokenTree>) -> bool {
    let mut operator = String::new();
    for token in tokens {
        let TokenTree::Punct(punct) = token else { break };
        operator.push(punct.as_char());
        if punct.spacing() == Spacing::Alone {
            break;
        }
    }
    let is_comparison = ["==", "=>", "<=", ">="].iter().any(|it| operator.starts_with(it));
    operator.contains('=') && !is_comparison
}

/// Whether a type has nothing to drop, by how it is written. Who calls a type of their own `u32` has it dropped with what the
/// body mentions, before the others.
fn needs_no_drop(ty: &Type) -> bool {
    match ty {
        Type::Reference(_) | Type::Ptr(_) | Type::BareFn(_) => true,
        Type::Paren(inner) => needs_no_drop(&inner.elem),
        Type::Group(inner) => needs_no_drop(&inner.elem),
        Type::Array(array) => needs_no_drop(&array.elem),
        Type::Tuple(tuple) => tuple.elems.iter().all(needs_no_drop),
        Type::Path(path) => path.qself.is_none() && PRIMITIVES.iter().any(|name| path.path.is_ident(name)),
        _ => false,
    }
}

const PRIMITIVES: [&str; 16] = [
    "bool", "char", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "f32",
    "f64",
];

/// The attributes that speak of the binding: `cfg` is copied, lint levels are moved.
fn let_attributes(attrs: &mut Vec<Attribute>) -> TokenStream {
    const LEVELS: [&str; 5] = ["allow", "expect", "warn", "deny", "forbid"];
    let mut copied = TokenStream::new();
    attrs.retain(|attr| {
        let is_level = LEVELS.iter().any(|name| attr.path().is_ident(name));
        let is_conditional_level =
            attr.path().is_ident("cfg_attr") && LEVELS.iter().any(|name| mentions(attr.meta.to_token_stream(), name));
        if is_level || is_conditional_level || attr.path().is_ident("cfg") {
            attr.to_tokens(&mut copied);
        }
        !is_level && !is_conditional_level
    });
    copied
}

/// Whether a pattern may leave a part of its value unbound, or borrows from it: then the value itself has to move.
fn binds_parts(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(name) => name.by_ref.is_some() || name.subpat.is_some(),
        Pat::Paren(inner) => binds_parts(&inner.pat),
        Pat::Reference(_) => false,
        Pat::Tuple(tuple) => tuple.elems.iter().any(binds_parts),
        Pat::TupleStruct(tuple) => tuple.elems.iter().any(binds_parts),
        Pat::Slice(slice) => slice.elems.iter().any(binds_parts),
        Pat::Struct(fields) => fields.rest.is_some() || fields.fields.iter().any(|field| binds_parts(&field.pat)),
        _ => true,
    }
}

/// Whether a pattern has a `ref mut`.
fn borrows_mutably(pattern: &mut Pat) -> bool {
    let mut found = false;
    each_binding(pattern, &mut |binding| found |= binding.by_ref.is_some() && binding.mutability.is_some());
    found
}

/// Removes `mut` from every binding of a pattern, and says what they were.
fn take_mutability(pattern: &mut Pat) -> Vec<PatIdent> {
    let mut bindings = Vec::new();
    each_binding(pattern, &mut |binding| {
        bindings.push(binding.clone());
        if binding.by_ref.is_none() {
            binding.mutability = None;
        }
    });
    bindings
}

/// Whether tokens mention a name, also as an inline capture of a format string.
pub(crate) fn uses(tokens: &TokenStream, name: &Ident) -> bool {
    let text = name.to_string();
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == *name,
        TokenTree::Group(group) => uses(&group.stream(), name),
        TokenTree::Literal(literal) => captures(&literal.to_string()).any(|capture| capture == text),
        TokenTree::Punct(_) => false,
    })
}

/// The names that a format string captures.
pub(crate) fn captures(text: &str) -> impl Iterator<Item = &str> {
    let inside = text.split('{').skip(1).filter_map(|part| part.split(['}', ':']).next());
    inside.filter(|name| name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
}
