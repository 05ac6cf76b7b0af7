//! What becomes of a function: its span, or what a compiler that looks at it for another reason is to see.

use proc_macro2::TokenStream;
use quote::ToTokens as _;

use crate::args::Args;
use crate::errors::Errors;
use crate::item::Function;
use crate::{expand, lint, off, plan};

/// Whether tracing is compiled in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Traced {
    On,
    /// It would be, but this is clippy, which looks at the function itself.
    Linted,
    Off,
}

impl Traced {
    /// What becomes of a function. With a mistake, it stays as it is.
    pub(crate) fn function(self, args: &Args, mut function: Function, errors: &mut Errors) -> TokenStream {
        let before = errors.len();
        let checked = plan::check(args, &mut function, errors);
        let Some(body) = function.braces().cloned() else { return function.into_token_stream() };
        match self {
            _ if errors.len() > before => off::expand(args, function, &checked),
            Self::On => {
                let plan = plan::plan(args, &mut function, &body, checked);
                expand::expand(&plan, function)
            }
            Self::Linted => lint::expand(args, function, &body, checked),
            Self::Off => off::expand(args, function, &checked),
        }
    }
}
