//! What is emitted when something is wrong: every mistake, and the item as it was written, so that the rest of the
//! program still finds it.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use crate::errors::Errors;

/// The item beside the mistakes.
pub(crate) fn fallback(item: TokenStream, errors: Errors) -> TokenStream {
    let is_closure = match item.clone().into_iter().next() {
        Some(TokenTree::Punct(punct)) => punct.as_char() == '|',
        Some(TokenTree::Ident(ident)) => ident == "move",
        _ => false,
    };
    let item = without_helpers(item);
    let mistakes = errors.into_tokens();
    if is_closure { quote!({ #mistakes #item }) } else { quote!(#item #mistakes) }
}

/// The item without `#[attr]` on parameters, which nobody but `#[traced]` understands. An item that has none stays the
/// same tokens: a group put together anew has one span instead of two, and the compiler's errors would point elsewhere.
pub(crate) fn without_helpers(item: TokenStream) -> TokenStream {
    if !has_helpers(item.clone()) {
        return item;
    }
    let mut tokens = item.into_iter().peekable();
    let mut kept = TokenStream::new();
    while let Some(token) = tokens.next() {
        let is_pound = matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#');
        if is_pound && tokens.peek().is_some_and(is_helper) {
            tokens.next();
            continue;
        }
        kept.extend([match token {
            TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis => inside(&group),
            other => other,
        }]);
    }
    kept
}

/// Whether there is a helper here or within parentheses.
fn has_helpers(item: TokenStream) -> bool {
    item.into_iter().any(|token| {
        is_helper(&token)
            || matches!(token, TokenTree::Group(group)
                if group.delimiter() == Delimiter::Parenthesis && has_helpers(group.stream()))
    })
}

fn inside(group: &Group) -> TokenTree {
    let mut inner = Group::new(group.delimiter(), without_helpers(group.stream()));
    inner.set_span(group.span());
    TokenTree::Group(inner)
}

/// `[attr]` or `[attr(..)]`.
fn is_helper(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let mut inner = group.stream().into_iter();
    group.delimiter() == Delimiter::Bracket
        && matches!(inner.next(), Some(TokenTree::Ident(ident)) if ident == "attr")
        && matches!(inner.next(), None | Some(TokenTree::Group(_)))
        && inner.next().is_none()
}
