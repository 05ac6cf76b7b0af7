//! The `#[traced]` attribute; documented where it is re-exported, in `traced`.
//!
//! One question a file: what was written (`args`), what it means (`plan`, `capture`, `param`, `return_type`), how it is
//! said (`expand`, or `lint` to clippy, or `off` when tracing is compiled out: `traced` knows which). On an `impl`
//! block, a trait or a module its options are defaults (`container`). A mistake never costs the user the item
//! (`fallback`), and all are reported together (`errors`).
#![forbid(unsafe_code)]

use proc_macro2::{Span, TokenStream};

mod args;
mod attributes;
mod block;
mod capture;
mod container;
mod debug;
mod errors;
mod expand;
mod fallback;
mod item;
mod lint;
mod off;
mod param;
mod plan;
mod return_type;
mod span_error;
mod traced;

use args::Args;
use errors::Errors;
use item::{Function, Kind};
use traced::Traced;

/// See `traced::traced`.
#[doc(alias = "instrument")]
#[proc_macro_attribute]
pub fn traced(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let traced = if lint::is_clippy() { Traced::Linted } else { Traced::On };
    debug::show(expand_item(traced, args.into(), item.into())).into()
}

/// What `traced::traced` is when the feature `off` of `traced` is on. An entry point of its own, since a feature of
/// this crate would leak from build scripts into programs and back.
#[doc(alias = "instrument")]
#[proc_macro_attribute]
pub fn traced_off(args: proc_macro::TokenStream, item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug::show(expand_item(Traced::Off, args.into(), item.into())).into()
}

/// See `traced::SpanError`.
#[proc_macro_derive(SpanError, attributes(span_error))]
pub fn span_error(item: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug::show(span_error::derive(item.into())).into()
}

/// See `traced::attrs`.
#[proc_macro]
pub fn attrs(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug::show(attributes::set(input.into())).into()
}

/// See `traced::event`.
#[proc_macro]
pub fn event(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    debug::show(attributes::event(input.into())).into()
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

/// What becomes of an item.
fn expand_item(traced: Traced, args: TokenStream, item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(args, &mut errors);
    if args.opted_out {
        return fallback::fallback(item, errors);
    }
    let (kind, at) = Kind::of(item.clone());
    let expanded = match kind {
        Kind::Impl | Kind::Trait | Kind::Module => container::expand(&args, item.clone(), traced, &mut errors),
        // A function that cannot be read is the user's own mistake, which the compiler reports.
        Kind::Function => match Function::read(item.clone()) {
            Ok(function) => traced.function(&args, function, &mut errors),
            Err(_) => return fallback::fallback(item, errors),
        },
        other => {
            refuse(other, at, &mut errors);
            return fallback::fallback(item, errors);
        }
    };
    let mut tokens = expanded;
    tokens.extend(errors.into_tokens());
    tokens
}

/// What cannot have a span.
fn refuse(kind: Kind, at: Span, errors: &mut Errors) {
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
    errors.push(syn::Error::new(at, message));
}
