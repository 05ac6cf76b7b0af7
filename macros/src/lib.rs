//! The `#[traced]` attribute; documented where it is re-exported, in `traced`.
//!
//! One question a file: what was written ([`args`]), what it means ([`plan`], [`capture`], [`param`], [`ty`]), how it
//! is said ([`expand`]). A mistake never costs the user the item ([`fallback`]), and all are reported together
//! ([`diag`]).
#![forbid(unsafe_code)]

use proc_macro2::TokenStream;

mod args;
mod capture;
mod diag;
mod expand;
mod fallback;
mod item;
mod param;
mod plan;
mod ty;

/// See `traced::traced`.
#[proc_macro_attribute]
pub fn traced(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    expand_traced(args.into(), item.into()).into()
}

fn expand_traced(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diag = diag::Diag::default();
    let args = args::Args::parse(args, &mut diag);
    let Some(mut function) = diag.keep(syn::parse2::<item::Function>(item.clone())) else {
        return fallback::fallback(item, diag);
    };
    match plan::plan(&args, &mut function, &mut diag) {
        Some(plan) => expand::expand(&plan, function),
        None => fallback::fallback(item, diag),
    }
}
