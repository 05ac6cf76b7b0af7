//! What the attribute stands on, with the body of a function left as tokens.
//!
//! A body is never parsed: whatever is in it, half-typed or of a syntax that `syn` does not know yet, is passed on
//! as it came.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, TokenStreamExt as _, quote};
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

/// `#![..]` is for a function's own braces: takes it out of the body, which becomes a block.
pub(crate) fn split_inner_attributes(body: &Group) -> (TokenStream, Group) {
    let mut tokens = body.stream().into_iter().peekable();
    let mut attributes = TokenStream::new();
    let mut rest = TokenStream::new();
    while let Some(token) = tokens.next() {
        let is_pound = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        let is_inner = matches!(tokens.peek(), Some(TokenTree::Punct(punct)) if punct.as_char() == '!');
        if !(is_pound && is_inner) {
            rest.extend([token]);
            break;
        }
        attributes.extend([token]);
        attributes.extend(tokens.by_ref().take(2));
    }
    if attributes.is_empty() {
        return (attributes, body.clone());
    }
    rest.extend(tokens);
    let mut user = Group::new(Delimiter::Brace, rest);
    user.set_span(body.span());
    (attributes, user)
}

/// The body with a statement in front of its own ones: behind inner attributes and behind items, which come before
/// statements.
///
/// Tokens that are not looked at stay as they are: taking apart what came out of `macro_rules` would move its spans.
pub(crate) fn insert(body: &Group, statement: &TokenStream) -> Group {
    let (attributes, rest) = split_inner_attributes(body);
    let (mut items, mut statements) = (Vec::new(), rest.stream());
    if !statement.is_empty() {
        let mut tokens: Vec<_> = statements.clone().into_iter().collect();
        let length = leading_items(&tokens);
        if length > 0 {
            statements = tokens.split_off(length).into_iter().collect();
            items = tokens;
        }
    }
    let mut braces = Group::new(body.delimiter(), quote!(#attributes #(#items)* #statement #statements));
    braces.set_span(body.span());
    braces
}

/// How many tokens belong to items that a body starts with.
fn leading_items(tokens: &[TokenTree]) -> usize {
    let mut end = 0;
    while let Some(length) = item_length(&tokens[end..]) {
        end += length;
    }
    end
}

/// The length of an item, if the tokens start with one.
fn item_length(tokens: &[TokenTree]) -> Option<usize> {
    let is_punct = |token: &TokenTree, c| matches!(token, TokenTree::Punct(punct) if punct.as_char() == c);
    let mut start = 0;
    while tokens.get(start).is_some_and(|token| is_punct(token, '#')) {
        start += 2;
    }
    let word = |index: usize| match tokens.get(index) {
        Some(TokenTree::Ident(ident)) => ident.to_string(),
        _ => String::new(),
    };
    let (first, second) = (word(start), word(start + 1));
    let ends_with_semicolon = match (first.as_str(), second.as_str()) {
        ("const", "fn" | "unsafe" | "async" | "extern") => false,
        ("const" | "static" | "type", _) if !second.is_empty() => true,
        ("use", _) => true,
        ("fn" | "struct" | "enum" | "trait" | "impl" | "mod", _) => false,
        ("async" | "unsafe", "fn" | "impl" | "trait") => false,
        _ => return None,
    };
    let is_end = |token: &TokenTree| {
        let is_brace = matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        is_punct(token, ';') || (is_brace && !ends_with_semicolon)
    };
    tokens[start..].iter().position(is_end).map(|last| start + last + 1)
}

/// Where a body calls `traced::init` or `traced::builder`.
pub(crate) fn init_of(body: TokenStream) -> Option<Span> {
    let tokens: Vec<_> = body.into_iter().collect();
    let is = |token: &TokenTree, words: &[&str]| matches!(token, TokenTree::Ident(ident) if words.iter().any(|word| ident == word));
    let is_colon = |token: &TokenTree| matches!(token, TokenTree::Punct(punct) if punct.as_char() == ':');
    let here = tokens.windows(4).find_map(|four| match four {
        [path, a, b, name] if is(path, &["traced"]) && is_colon(a) && is_colon(b) => {
            is(name, &["init", "builder"]).then(|| name.span())
        }
        _ => None,
    });
    here.or_else(|| {
        tokens.into_iter().find_map(|token| match token {
            TokenTree::Group(group) => init_of(group.stream()),
            _ => None,
        })
    })
}
