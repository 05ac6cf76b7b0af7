//! Words of other libraries, and `skip`: what to write instead, or that there is nothing to do.

use syn::parse::ParseStream;
use syn::{Ident, token};

use super::list::skip_to_comma;
use super::parse::{Parsed, fail, flag, names, parens};
use super::written::Args;
use crate::errors::Errors;

/// `skip` alone opts out; `skip(..)` is how `tracing` names what it should not record, which is nothing here anyway.
pub(crate) fn skip(args: &mut Args, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Parsed {
    if input.peek(token::Paren) {
        args.skipped = names(&parens(word, input, "skip")?, errors);
        return Ok(());
    }
    args.opted_out = true;
    flag(word, input)
}

pub(crate) fn skip_all(_: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    flag(word, input)
}

/// Swallows what follows a word of another library, and says what to write instead.
fn instead(word: &Ident, input: ParseStream<'_>, message: &str) -> Parsed {
    skip_to_comma(input);
    fail(word, message)
}

pub(crate) fn level(_: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    instead(word, input, "spans have no level: remove this, or write `sample = ..` to record fewer spans")
}

pub(crate) fn target(_: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    instead(word, input, "spans have no target: write `scope = \"..\"`")
}

pub(crate) fn follows_from(_: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    instead(word, input, "write `links = ..`, which takes the same iterator of contexts")
}

pub(crate) fn short_name(_: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    instead(word, input, "the name is the short one already: remove this")
}

pub(crate) fn enter_on_poll(_: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    instead(word, input, "there is one span for all polls: remove this")
}

pub(crate) fn properties(_: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    instead(word, input, "write `attrs(key = value)`")
}
