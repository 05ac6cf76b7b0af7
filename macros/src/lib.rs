//! The `#[traced]` attribute; documented where it is re-exported, in `traced`.
#![forbid(unsafe_code)]

use proc_macro::TokenStream;

/// See `traced::traced`.
#[proc_macro_attribute]
pub fn traced(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}
