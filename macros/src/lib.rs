//! The `#[traced]` attribute; documented where it is re-exported, in `traced`.
//!
//! One question a file: what was written (`args`), what it means (`plan`, `capture`, `param`, `ty`), how it is said
//! (`expand`, or `lint` to clippy, or `off` when tracing is compiled out). On an `impl` block, a trait or a module its
//! options are defaults (`container`). A mistake never costs the user the item (`fallback`), and all are reported
//! together (`diag`).
#![forbid(unsafe_code)]

use proc_macro2::{Span, TokenStream};
use quote::ToTokens as _;

mod args;
mod block;
mod capture;
mod container;
mod debug;
mod diag;
mod expand;
mod fallback;
mod item;
mod lint;
mod off;
mod param;
mod plan;
mod ty;

use args::Args;
use diag::Diag;
use item::{Function, Kind};

/// See `traced::traced`.
#[doc(alias = "instrument")]
#[proc_macro_attribute]
pub fn traced(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let traced = if lint::is_clippy() { Traced::Linted } else { Traced::On };
    debug::show(traced.item(args.into(), item.into())).into()
}

/// What `traced::traced` is when the feature `off` of `traced` is on. An entry point of its own, since a feature of
/// this crate would leak from build scripts into programs and back.
#[doc(alias = "instrument")]
#[proc_macro_attribute]
pub fn traced_off(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug::show(Traced::Off.item(args.into(), item.into())).into()
}

/// See `traced::span`.
#[proc_macro]
pub fn span(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug::show(block::expand(input.into(), false)).into()
}

/// What `traced::span` is when the feature `off` of `traced` is on.
#[proc_macro]
pub fn span_off(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug::show(block::expand(input.into(), true)).into()
}

/// Whether tracing is compiled in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Traced {
    On,
    /// It would be, but this is clippy, which looks at the function itself.
    Linted,
    Off,
}

impl Traced {
    /// What becomes of an item.
    fn item(self, args: TokenStream, item: TokenStream) -> TokenStream {
        let mut diag = Diag::default();
        let args = Args::parse(args, &mut diag);
        if args.opted_out {
            return fallback::fallback(item, diag);
        }
        let (kind, at) = Kind::of(item.clone());
        let expanded = match kind {
            Kind::Impl | Kind::Trait | Kind::Module => container::expand(&args, item.clone(), self, &mut diag),
            // A function that cannot be read is the user's own mistake, which the compiler reports.
            Kind::Function => match Function::read(item.clone()) {
                Ok(function) => self.function(&args, function, &mut diag),
                Err(_) => return fallback::fallback(item, diag),
            },
            other => {
                refuse(other, at, &mut diag);
                return fallback::fallback(item, diag);
            }
        };
        let mut tokens = expanded;
        tokens.extend(diag.into_tokens());
        tokens
    }

    /// What becomes of a function. With a mistake, it stays as it is.
    fn function(self, args: &Args, mut function: Function, diag: &mut Diag) -> TokenStream {
        let before = diag.len();
        let checked = plan::check(args, &mut function, diag);
        let Some(body) = function.braces().cloned() else { return function.into_token_stream() };
        match self {
            _ if diag.len() > before => off::expand(args, function, &checked),
            Self::On => {
                let plan = plan::plan(args, &mut function, &body, checked);
                expand::expand(&plan, function)
            }
            Self::Linted => lint::expand(args, function, &body, checked),
            Self::Off => off::expand(args, function, &checked),
        }
    }
}

/// What cannot have a span.
fn refuse(kind: Kind, at: Span, diag: &mut Diag) {
    const PLACES: &str = "it stands on functions and methods, and on `impl` blocks, traits and inline modules";
    let message = match kind {
        Kind::Generator => {
            "`#[traced]` cannot stand on a `gen fn`; return a stream, or trace what consumes it".to_owned()
        }
        Kind::Other(name) => {
            format!("`#[traced]` cannot stand on this ({name}): {PLACES}; trace a function that uses it")
        }
        _ => format!("`#[traced]` cannot stand on this: {PLACES}; for a closure, trace a function that it calls"),
    };
    diag.push(syn::Error::new(at, message));
}
