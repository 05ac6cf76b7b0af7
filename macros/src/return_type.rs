//! Questions asked of the return type, and how it is written a second time.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::ToTokens;
use syn::punctuated::Punctuated;
use syn::{
    AngleBracketedGenericArguments, GenericArgument, Generics, PathArguments, PathSegment, ReturnType, Signature,
    Token, Type, TypeParam, TypeParamBound, TypePath, WherePredicate,
};

use crate::args::Shape;
use crate::item::mentions;

/// What a function returns, as far as its span is concerned.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Returns {
    /// A value, whose outcome is read if it may be a `Result`.
    Value { has_outcome: bool },
    /// Never.
    Never,
    /// A future or a stream, and how it is boxed.
    Lazy(Shape, Boxing),
}

/// How a returned future or stream is boxed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Boxing {
    /// Not at all.
    Bare,
    /// In a `Pin<Box<_>>`.
    Pinned,
    /// In a `Box<_>`.
    Boxed,
    /// By a type that is called as an alias for a pinned one usually is.
    Named,
}

/// Looks at a signature's return type.
pub(crate) fn returns(sig: &Signature) -> Returns {
    let ReturnType::Type(_, ty) = &sig.output else { return Returns::Value { has_outcome: false } };
    let ty = peel(ty);
    if matches!(ty, Type::Never(_)) {
        return Returns::Never;
    }
    if sig.asyncness.is_none()
        && let Some((shape, boxing)) = lazy(ty)
    {
        return Returns::Lazy(shape, boxing);
    }
    Returns::Value { has_outcome: may_be_result(ty, sig) }
}

/// Whether the return type is an `impl Trait`.
pub(crate) fn is_opaque(sig: &Signature) -> bool {
    matches!(&sig.output, ReturnType::Type(_, ty) if matches!(peel(ty), Type::ImplTrait(_)))
}

/// A type without the parentheses and groups around it.
fn peel(ty: &Type) -> &Type {
    match ty {
        Type::Paren(inner) => peel(&inner.elem),
        Type::Group(inner) => peel(&inner.elem),
        other => other,
    }
}

/// Whether a type is a future or a stream, by how it is written.
fn lazy(ty: &Type) -> Option<(Shape, Boxing)> {
    match ty {
        Type::ImplTrait(opaque) => Some((lazy_bounds(opaque.bounds.iter())?, Boxing::Bare)),
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            match last.ident.to_string().as_str() {
                "BoxFuture" | "LocalBoxFuture" => Some((Shape::Future, Boxing::Named)),
                "BoxStream" | "LocalBoxStream" => Some((Shape::Stream, Boxing::Named)),
                "Pin" => {
                    let Type::Path(boxed) = peel(only_argument(last)?) else { return None };
                    Some((boxed_bounds(boxed)?, Boxing::Pinned))
                }
                "Box" => Some((boxed_bounds(path)?, Boxing::Boxed)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// What is in a `Box<dyn _>` or `Box<impl _>`.
fn boxed_bounds(path: &TypePath) -> Option<Shape> {
    lazy_bounds(bounds_in_box(path)?.iter())
}

fn bounds_in_box(path: &TypePath) -> Option<&Bounds> {
    let last = path.path.segments.last().filter(|last| last.ident == "Box")?;
    bounds(peel(only_argument(last)?))
}

/// The bounds of an `impl Trait` or a `dyn Trait`.
type Bounds = Punctuated<TypeParamBound, Token![+]>;

fn bounds(ty: &Type) -> Option<&Bounds> {
    match ty {
        Type::TraitObject(object) => Some(&object.bounds),
        Type::ImplTrait(opaque) => Some(&opaque.bounds),
        _ => None,
    }
}

/// The output of the future that is returned, or the item of the stream, where the signature names it. Every
/// `impl Trait` in it is `_`.
pub(crate) fn lazy_output(sig: &Signature) -> Option<Type> {
    let ReturnType::Type(_, ty) = &sig.output else { return None };
    let mut output = match named_by(peel(ty))? {
        Named::Bounds(bounds) => output_in(bounds)?.clone(),
        Named::Argument(ty) => ty.clone(),
    };
    infer_impl(&mut output);
    Some(output)
}

/// What names an output.
enum Named<'a> {
    /// `Future<Output = _>` among these.
    Bounds(&'a Bounds),
    /// The argument of an alias.
    Argument(&'a Type),
}

fn named_by(ty: &Type) -> Option<Named<'_>> {
    let Type::Path(path) = ty else { return bounds(ty).map(Named::Bounds) };
    let last = path.path.segments.last()?;
    if last.ident == "Box" {
        return bounds_in_box(path).map(Named::Bounds);
    }
    match peel(only_argument(last)?) {
        Type::Path(boxed) if last.ident == "Pin" => bounds_in_box(boxed).map(Named::Bounds),
        argument => lazy(ty).map(|_| Named::Argument(argument)),
    }
}

fn output_in(bounds: &Bounds) -> Option<&Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(assoc) if assoc.ident == "Output" || assoc.ident == "Item" => Some(&assoc.ty),
            _ => None,
        })
    })
}

/// Whether a function hands out a box that it has, which cannot be put into another one: its output is not known to
/// live as long as the box may.
///
/// A function that boxes something itself, by any of the usual words, could not be written so.
pub(crate) fn is_handed_out(sig: &Signature, body: &TokenStream) -> bool {
    const MAKING: [&str; 5] = ["async", "Box", "boxed", "boxed_local", "pin"];
    let ReturnType::Type(_, ty) = &sig.output else { return false };
    let (Some((_, boxing)), Some(output)) = (lazy(peel(ty)), lazy_output(sig)) else { return false };
    let lifetime = match named_by(peel(ty)) {
        Some(Named::Bounds(bounds)) => bounds.iter().find_map(|bound| match bound {
            TypeParamBound::Lifetime(lifetime) => Some(lifetime.ident.to_string()),
            _ => None,
        }),
        _ => only_lifetime(peel(ty)),
    };
    let lifetime = lifetime.unwrap_or_else(|| "static".to_owned());
    boxing != Boxing::Bare
        && may_be_short_lived(output.to_token_stream(), &lifetime, &sig.generics)
        && !MAKING.iter().any(|word| mentions(body.clone(), word))
}

/// The lifetime among the arguments of an alias.
fn only_lifetime(ty: &Type) -> Option<String> {
    let Type::Path(path) = ty else { return None };
    let PathArguments::AngleBracketed(arguments) = &path.path.segments.last()?.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Lifetime(lifetime) => Some(lifetime.ident.to_string()),
        _ => None,
    })
}

/// Whether a type has a part that may not live as long as `lifetime`: a type parameter without a bound that says so, or
/// a borrow for another lifetime. Parameters of the enclosing item are known by their names, of one letter.
fn may_be_short_lived(ty: TokenStream, lifetime: &str, generics: &Generics) -> bool {
    let mut after_quote = false;
    ty.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => {
            after_quote = punct.as_char() == '\'';
            // A borrow without a name is of the lifetime without a name.
            punct.as_char() == '&' && lifetime == "static"
        }
        TokenTree::Ident(ident) if std::mem::take(&mut after_quote) => ident != "static" && ident != lifetime,
        TokenTree::Ident(ident) => {
            let name = ident.to_string();
            let own = generics.type_params().find(|parameter| parameter.ident == ident);
            let is_letter = name.len() == 1 && name.starts_with(|c: char| c.is_ascii_uppercase());
            own.is_some_and(|own| !outlives(own, generics)) || own.is_none() && is_letter
        }
        TokenTree::Group(group) => may_be_short_lived(group.stream(), lifetime, generics),
        TokenTree::Literal(_) => false,
    })
}

/// Whether a type parameter has a bound that is a lifetime.
fn outlives(parameter: &TypeParam, generics: &Generics) -> bool {
    let has_lifetime = |bounds: &Bounds| bounds.iter().any(|bound| matches!(bound, TypeParamBound::Lifetime(_)));
    let is_own = |ty: &Type| matches!(ty, Type::Path(path) if path.path.is_ident(&parameter.ident));
    has_lifetime(&parameter.bounds)
        || generics.where_clause.iter().flat_map(|clause| &clause.predicates).any(|predicate| match predicate {
            WherePredicate::Type(predicate) => is_own(&predicate.bounded_ty) && has_lifetime(&predicate.bounds),
            _ => false,
        })
}

/// The first type among the arguments of a path segment.
fn only_argument(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(AngleBracketedGenericArguments { args, .. }) = &segment.arguments else {
        return None;
    };
    args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `Future` or `Stream` among traits that a wrapper has as well; with any other trait it could not stand in.
fn lazy_bounds<'a>(bounds: impl Iterator<Item = &'a TypeParamBound>) -> Option<Shape> {
    let mut shape = None;
    for bound in bounds {
        let TypeParamBound::Trait(bound) = bound else { continue };
        match bound.path.segments.last()?.ident.to_string().as_str() {
            "Future" => shape = Some(Shape::Future),
            "Stream" => shape = Some(Shape::Stream),
            "Send" | "Sync" | "Unpin" | "Sized" => {}
            _ => return None,
        }
    }
    shape
}

/// Types that are no results, as far as one can tell by their names.
const PLAIN: [&str; 21] = [
    "bool", "char", "str", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize",
    "f32", "f64", "String", "Vec", "Option", "Box",
];

/// Whether a type may be a `Result`: a path, unless it is one of the language's own types, or a type parameter.
fn may_be_result(ty: &Type, sig: &Signature) -> bool {
    match ty {
        Type::Path(path) => {
            let is_parameter = |name: &Ident| sig.generics.type_params().any(|parameter| parameter.ident == *name);
            let one = path.qself.is_none() && path.path.segments.len() == 1;
            let is_plain =
                |segment: &PathSegment| PLAIN.contains(&&*segment.ident.to_string()) || is_parameter(&segment.ident);
            !(one && path.path.segments.first().is_some_and(is_plain) || hides_closure(ty))
        }
        Type::Macro(_) | Type::Verbatim(_) => true,
        _ => false,
    }
}

/// Whether an `impl Fn(..)` stands inside: written as `_`, it would no longer tell a closure its lifetimes.
pub(crate) fn hides_closure(ty: &impl ToTokens) -> bool {
    fn scan(tokens: TokenStream, after_impl: bool) -> bool {
        let mut after_impl = after_impl;
        tokens.into_iter().any(|token| match token {
            TokenTree::Ident(ident) => {
                let word = ident.to_string();
                let is_closure = after_impl && ["Fn", "FnMut", "FnOnce"].contains(&&*word);
                after_impl |= word == "impl";
                is_closure
            }
            TokenTree::Group(group) => scan(group.stream(), after_impl),
            _ => false,
        })
    }
    scan(ty.to_token_stream(), false)
}

/// The return type as it can be written inside the body: every `impl Trait` is `_`.
pub(crate) fn without_impl(output: &ReturnType) -> Type {
    match output {
        ReturnType::Default => syn::parse_quote!(()),
        ReturnType::Type(_, ty) => {
            let mut ty = (**ty).clone();
            infer_impl(&mut ty);
            ty
        }
    }
}

fn infer_impl(ty: &mut Type) {
    match ty {
        Type::ImplTrait(opaque) => {
            let span = opaque.impl_token.span;
            *ty = Type::Infer(syn::TypeInfer { underscore_token: syn::Token![_](span) });
        }
        Type::Array(inner) => infer_impl(&mut inner.elem),
        Type::Group(inner) => infer_impl(&mut inner.elem),
        Type::Paren(inner) => infer_impl(&mut inner.elem),
        Type::Ptr(inner) => infer_impl(&mut inner.elem),
        Type::Reference(inner) => infer_impl(&mut inner.elem),
        Type::Slice(inner) => infer_impl(&mut inner.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer_impl),
        Type::Path(path) => path.path.segments.iter_mut().for_each(infer_arguments),
        Type::TraitObject(object) => object.bounds.iter_mut().for_each(|bound| {
            if let TypeParamBound::Trait(bound) = bound {
                bound.path.segments.iter_mut().for_each(infer_arguments);
            }
        }),
        _ => {}
    }
}

fn infer_arguments(segment: &mut PathSegment) {
    let PathArguments::AngleBracketed(arguments) = &mut segment.arguments else { return };
    for argument in &mut arguments.args {
        match argument {
            GenericArgument::Type(ty) => infer_impl(ty),
            GenericArgument::AssocType(assoc) => infer_impl(&mut assoc.ty),
            _ => {}
        }
    }
}

/// The same with every lifetime as `'_`, for where a lifetime of the function cannot be named.
pub(crate) fn as_hint(output: &ReturnType) -> TokenStream {
    anonymous_lifetimes(without_impl(output).into_token_stream(), false)
}

fn anonymous_lifetimes(tokens: TokenStream, in_binder: bool) -> TokenStream {
    if in_binder || tokens.to_string().contains("for <") {
        return tokens;
    }
    let mut after_quote = false;
    tokens
        .into_iter()
        .map(|token| {
            let was_quote = std::mem::replace(
                &mut after_quote,
                matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '\''),
            );
            match token {
                TokenTree::Ident(ident) if was_quote && ident != "static" => {
                    TokenTree::Ident(Ident::new("_", ident.span()))
                }
                TokenTree::Group(group) => {
                    let mut inner = Group::new(group.delimiter(), anonymous_lifetimes(group.stream(), false));
                    inner.set_span(group.span());
                    TokenTree::Group(inner)
                }
                other => other,
            }
        })
        .collect()
}
