//! One entry of `attrs(..)`: a key and a value.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Expr, Ident, LitStr, Token, braced, parenthesized, token};

/// How a value becomes an attribute.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// Typed if the type is an attribute value, else by `Display`, else by `Debug`, else the name of its type.
    Auto,
    /// The same, and what has to be formatted stops at a length of the library's own: nobody named the value.
    Argument,
    /// By `Display`.
    Display,
    /// By `Debug`.
    Debug,
    /// As a fixed marker; the value is never looked at.
    Redact,
}

/// The name of an attribute.
#[derive(Clone)]
pub(crate) enum Key {
    /// Written out.
    Text(String, Span),
    /// A constant, written in braces.
    Const(Expr),
}

impl Key {
    /// The text, if it is known here.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text, _) => Some(text),
            Self::Const(_) => None,
        }
    }
}

impl ToTokens for Key {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Text(text, span) => LitStr::new(text, *span).to_tokens(tokens),
            Self::Const(path) => path.to_tokens(tokens),
        }
    }
}

/// One entry of `attrs(..)`.
#[derive(Clone)]
pub(crate) struct Entry {
    pub(crate) key: Key,
    pub(crate) value: TokenStream,
    pub(crate) format: Format,
    /// The name of a parameter, when the entry is nothing else.
    pub(crate) bare: Option<Ident>,
}

impl Parse for Entry {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let sigil = parse_sigil(input)?;
        if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            let key = Key::Text(text.value(), text.span());
            return parse_value(input, key, sigil, &text);
        }
        if input.peek(token::Brace) {
            let content;
            let braces = braced!(content in input).span;
            let path: Expr = content.parse()?;
            return parse_value(input, Key::Const(path), sigil, quote_spanned!(braces.join()=> {}));
        }
        parse_named(input, sigil)
    }
}

/// An entry that starts with a name: `x`, `order.id` or `order.id = value`.
fn parse_named(input: ParseStream<'_>, sigil: Option<Format>) -> syn::Result<Entry> {
    if !input.peek(Ident::peek_any) {
        return Err(input.error("expected an attribute: `x`, `key = value`, `\"key\" = value` or `{CONST} = value`"));
    }
    let first = input.call(Ident::parse_any)?;
    let mut place = first.to_token_stream();
    let mut text = first.unraw().to_string();
    let mut segments = 1;
    while input.peek(Token![.]) {
        input.parse::<Token![.]>()?.to_tokens(&mut place);
        if !input.peek(Ident::peek_any) {
            return Err(input.error("a field without a name needs a key: write `key = value`"));
        }
        let next = input.call(Ident::parse_any)?;
        text = if text == "self" { String::new() } else { text + "." } + &next.unraw().to_string();
        next.to_tokens(&mut place);
        segments += 1;
    }
    if input.peek(Token![=]) {
        return parse_value(input, Key::Text(text, first.span()), sigil, &first);
    }
    if !input.is_empty() && !input.peek(Token![,]) {
        let message = "this is an expression and needs a key: write `key = value`";
        return Err(syn::Error::new_spanned(place, message));
    }
    if text == "self" {
        return Err(syn::Error::new_spanned(place, "`self` needs a key: write `self.field` or `key = value`"));
    }
    Ok(Entry {
        key: Key::Text(text, first.span()),
        value: place,
        format: sigil.unwrap_or(Format::Auto),
        bare: (segments == 1).then_some(first),
    })
}

/// What follows the key: `= value`, `= %value`, `= ?value` or `= redact(value)`.
fn parse_value(input: ParseStream<'_>, key: Key, sigil: Option<Format>, at: impl ToTokens) -> syn::Result<Entry> {
    if key.text() == Some("") {
        return Err(syn::Error::new_spanned(at, "an attribute needs a key that is not empty"));
    }
    if !input.peek(Token![=]) || input.peek(Token![==]) {
        return Err(syn::Error::new_spanned(at, "this key needs a value: write `key = value`"));
    }
    let equals: Token![=] = input.parse()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new_spanned(equals, "expected a value after `=`"));
    }
    let start = input.fork();
    let format = match (sigil, parse_sigil(input)?) {
        (Some(_), Some(_)) => return Err(start.error("the value has two sigils; keep one of them")),
        (before, after) => before.or(after),
    };
    if let Some(value) = parse_redacted(input)? {
        return Ok(Entry { key, value, format: Format::Redact, bare: None });
    }
    let value: Expr = input.parse()?;
    Ok(Entry { key, value: value.into_token_stream(), format: format.unwrap_or(Format::Auto), bare: None })
}

/// `redact(value)`.
fn parse_redacted(input: ParseStream<'_>) -> syn::Result<Option<TokenStream>> {
    if !input.peek(Ident) || !input.peek2(token::Paren) || input.fork().parse::<Ident>()? != "redact" {
        return Ok(None);
    }
    input.parse::<Ident>()?;
    let content;
    parenthesized!(content in input);
    Ok(Some(content.parse::<Expr>()?.into_token_stream()))
}

/// `%` for `Display`, `?` for `Debug`.
fn parse_sigil(input: ParseStream<'_>) -> syn::Result<Option<Format>> {
    if input.peek(Token![%]) {
        input.parse::<Token![%]>()?;
        return Ok(Some(Format::Display));
    }
    if input.peek(Token![?]) {
        input.parse::<Token![?]>()?;
        return Ok(Some(Format::Debug));
    }
    Ok(None)
}
