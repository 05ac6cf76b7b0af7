//! What `#[traced]` does when tracing is compiled out: it checks, and returns the item as it was written.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};

use crate::args::Args;
use crate::item::{Body, Function, insert};
use crate::plan::{self, Checked};

// Input:   #[traced(attrs(user))] fn f(user: &str, #[attr] id: u8) { work() }
// Output:  fn f(user: &str, id: u8) { if false { let _ = &user; let _ = &id; } work() }
//
// The branch leaves no machine code. It uses the parameters that are used when tracing is compiled in.
pub(crate) fn expand(args: &Args, mut function: Function, checked: &Checked) -> TokenStream {
    let Some(body) = function.braces() else { return function.into_token_stream() };
    let span = Span::mixed_site().located_at(body.span());
    let uses = plan::uses(args, checked, span);
    if !uses.is_empty() {
        let uses = quote_spanned!(span=> if false { #uses });
        function.body = Body::Braces(insert(body, &uses));
    }
    function.into_token_stream()
}
