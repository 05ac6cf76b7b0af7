//! What `#[traced]` does when tracing is compiled out: it checks, and returns the item as it was written.

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};

use crate::args::Args;
use crate::expand::split_inner_attributes;
use crate::item::{Body, Function};
use crate::param;
use crate::plan::{self, Checked};

// Input:   #[traced(attrs(user))] fn f(user: &str, #[attr] id: u8) { work() }
// Output:  fn f(user: &str, id: u8) { if false { let _ = &user; let _ = &id; } work() }
//
// The branch leaves no machine code. It uses the parameters that are used when tracing is compiled in.
pub(crate) fn expand(args: &Args, mut function: Function, checked: &Checked) -> TokenStream {
    let Some(body) = function.braces() else { return function.into_token_stream() };
    let span = Span::mixed_site().located_at(body.span());
    let named = plan::named(args, &checked.captures);
    let uses: TokenStream = checked
        .parameters
        .iter()
        .flat_map(|parameter| parameter.names.iter().map(|name| (name, &parameter.cfgs)))
        .filter(|(name, _)| named.iter().any(|tokens| param::uses(tokens, name)))
        .map(|(name, cfgs)| quote_spanned!(span=> #(#cfgs)* let _ = &#name;))
        .collect();
    if !uses.is_empty() {
        let (attributes, rest) = split_inner_attributes(body);
        let rest = rest.stream();
        let uses = quote_spanned!(span=> if false { #uses });
        let mut braces = Group::new(body.delimiter(), quote!(#attributes #uses #rest));
        braces.set_span(body.span());
        function.body = Body::Braces(braces);
    }
    function.into_token_stream()
}
