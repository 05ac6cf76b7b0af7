//! Lists between commas, and how reading goes on after a mistake.

use proc_macro2::TokenTree;
use syn::Token;
use syn::parse::ParseStream;

use crate::errors::Errors;

/// Parses items between commas. After a mistake it goes on behind the next comma.
pub(crate) fn list(
    input: ParseStream<'_>,
    errors: &mut Errors,
    mut one: impl FnMut(ParseStream<'_>, &mut Errors) -> syn::Result<()>,
) {
    while !input.is_empty() {
        let result = one(input, errors);
        let is_fine = result.is_ok();
        errors.keep(result);
        if is_fine && !input.is_empty() && !input.peek(Token![,]) {
            errors.push(input.error("expected `,`"));
        }
        skip_to_comma(input);
        if !input.is_empty() {
            errors.keep(input.parse::<Token![,]>());
        }
    }
}

/// Skips everything that is left.
pub(super) fn skip_all(input: ParseStream<'_>) {
    while !input.is_empty() && input.parse::<TokenTree>().is_ok() {}
}

/// Skips what belongs to a mistake.
pub(super) fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
