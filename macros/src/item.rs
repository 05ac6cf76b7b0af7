//! What the attribute stands on, with the body of a function left as tokens.
//!
//! A body is never parsed: whatever is in it, half-typed or of a syntax that `syn` does not know yet, is passed on
//! as it came.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _};
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::{Attribute, Ident, Signature, Token, Visibility};

/// What kind of item some tokens are.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    Function,
    /// `gen fn` and `async gen fn`.
    Generator,
    Impl,
    Trait,
    Module,
    /// Something else, by name.
    Other(&'static str),
    /// No item, such as a closure.
    Unknown,
}

impl Kind {
    /// By the first keyword that tells, and where that is.
    pub(crate) fn of(tokens: TokenStream) -> (Self, Span) {
        let mut flat = Vec::new();
        flatten(tokens, &mut flat);
        let mut generator = None;
        let mut constness = false;
        let mut tokens = flat.into_iter();
        let mut first = None;
        while let Some(token) = tokens.next() {
            let word = match &token {
                TokenTree::Ident(ident) => ident.to_string(),
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    tokens.next();
                    continue;
                }
                // The restriction of `pub(..)`, and the name of an ABI.
                TokenTree::Group(_) | TokenTree::Literal(_) => continue,
                TokenTree::Punct(_) => break,
            };
            let span = *first.get_or_insert(token.span());
            let kind = match word.as_str() {
                "fn" => generator.map_or(Self::Function, |()| Self::Generator),
                "gen" => {
                    generator = Some(());
                    first = Some(token.span());
                    continue;
                }
                "const" => {
                    constness = true;
                    continue;
                }
                "pub" | "default" | "unsafe" | "safe" | "async" | "extern" | "auto" => continue,
                other => Self::by_keyword(other, constness),
            };
            return (kind, if matches!(kind, Self::Other(_)) { token.span() } else { span });
        }
        (Self::Unknown, first.unwrap_or_else(Span::mixed_site))
    }

    fn by_keyword(word: &str, constness: bool) -> Self {
        match word {
            "impl" => Self::Impl,
            "trait" => Self::Trait,
            "mod" => Self::Module,
            "struct" => Self::Other("struct"),
            "enum" => Self::Other("enum"),
            "union" => Self::Other("union"),
            "static" => Self::Other("static"),
            "type" => Self::Other("type alias"),
            "use" | "crate" => Self::Other("import"),
            "macro_rules" => Self::Other("macro"),
            _ if constness => Self::Other("constant"),
            _ => Self::Unknown,
        }
    }
}

/// Looks into groups without delimiters, in which fragments of `macro_rules` stand.
fn flatten(tokens: TokenStream, flat: &mut Vec<TokenTree>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => flatten(group.stream(), flat),
            other => flat.push(other),
        }
    }
}

/// A function or method.
pub(crate) struct Function {
    pub(crate) attrs: Vec<Attribute>,
    pub(crate) vis: Visibility,
    /// `default`, of specialization.
    pub(crate) defaultness: Option<Ident>,
    pub(crate) sig: Signature,
    pub(crate) body: Body,
}

/// What follows the signature.
pub(crate) enum Body {
    /// The braces and what is in them.
    Braces(Group),
    /// A trait method without a default.
    Semicolon(TokenTree),
}

impl Function {
    /// Reads an item. The body's tokens are not even taken apart.
    pub(crate) fn read(item: TokenStream) -> syn::Result<Self> {
        let mut tokens: Vec<_> = item.into_iter().collect();
        let body = match tokens.last_mut() {
            Some(TokenTree::Group(last)) if last.delimiter() == Delimiter::Brace => {
                let mut empty = Group::new(Delimiter::Brace, TokenStream::new());
                empty.set_span(last.span());
                Some(std::mem::replace(last, empty))
            }
            _ => None,
        };
        let mut function: Self = syn::parse2(tokens.into_iter().collect())?;
        if let Some(body) = body {
            function.body = Body::Braces(body);
        }
        Ok(function)
    }

    /// The braces of the body.
    pub(crate) fn braces(&self) -> Option<&Group> {
        match &self.body {
            Body::Braces(group) => Some(group),
            Body::Semicolon(_) => None,
        }
    }

    /// Whether an attribute of this name stands on the function, also behind `cfg_attr`.
    pub(crate) fn has_attribute(&self, name: &str) -> bool {
        self.attrs.iter().any(|attr| {
            attr.path().is_ident(name) || (attr.path().is_ident("cfg_attr") && mentions(attr.to_token_stream(), name))
        })
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attrs = input.call(Attribute::parse_outer)?;
        let vis = input.parse()?;
        let is_default =
            input.peek(Ident::peek_any) && input.fork().call(Ident::parse_any)? == "default" && !input.peek2(Token![!]);
        let defaultness = if is_default { Some(input.call(Ident::parse_any)?) } else { None };
        let sig = input.parse()?;
        Ok(Self { attrs, vis, defaultness, sig, body: parse_body(input)? })
    }
}

impl ToTokens for Function {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.append_all(&self.attrs);
        self.vis.to_tokens(tokens);
        self.defaultness.to_tokens(tokens);
        self.sig.to_tokens(tokens);
        match &self.body {
            Body::Braces(group) => group.to_tokens(tokens),
            Body::Semicolon(semicolon) => semicolon.to_tokens(tokens),
        }
    }
}

/// The body, also when a `macro_rules` fragment wrapped it in a group without delimiters.
fn parse_body(input: ParseStream<'_>) -> syn::Result<Body> {
    match input.parse()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => Ok(Body::Braces(group)),
        TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
            syn::parse2::<Unwrapped>(group.stream()).map(|it| it.0)
        }
        TokenTree::Punct(punct) if punct.as_char() == ';' => Ok(Body::Semicolon(TokenTree::Punct(punct))),
        other => Err(syn::Error::new(other.span(), "expected the body of a function")),
    }
}

/// What is inside a group without delimiters.
struct Unwrapped(Body);

impl Parse for Unwrapped {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        parse_body(input).map(Self)
    }
}

/// Whether an identifier stands anywhere in the tokens.
pub(crate) fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}
