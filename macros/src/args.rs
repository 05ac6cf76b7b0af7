//! What was written between the parentheses of `#[traced(..)]`.
//!
//! One table, [`table::ARGUMENTS`], declares every argument; unknown and repeated ones are found by it alone. Nothing is
//! decided here: what the arguments mean for a function is [`crate::plan`]'s question.

mod entry;
mod list;
mod migration;
mod outcome;
mod parameter;
mod parse;
mod table;
mod value;
mod written;

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Ident, LitStr};

pub(crate) use entry::{Entry, Format, Key};
pub(crate) use list::list;
pub(crate) use parameter::ParameterOptions;
pub(crate) use parse::entries;
#[cfg(test)]
pub(crate) use table::ARGUMENTS;
pub(crate) use table::{Inherit, contradict};
pub(crate) use value::{Cancel, Err, Kind, Links, Location, Name, Rate, Ret, Shape, StartOptions};
pub(crate) use written::Args;

use list::skip_to_comma;

use crate::errors::Errors;

impl Args {
    /// Reads the arguments; mistakes go to `errors`, the rest is kept.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let read = |input: ParseStream<'_>| {
            list(input, errors, |input, errors| args.parse_one(input, errors));
            Ok(())
        };
        if let Err(error) = read.parse2(tokens) {
            errors.push(error);
        }
        args
    }

    /// Takes what is not said here from the arguments of an enclosing item; what is said here contradicts nothing.
    pub(crate) fn inherit(&mut self, defaults: &Self) {
        let own: Vec<_> = self.written.iter().map(|(name, _)| *name).collect();
        let is_wanted = |name: &str| !own.contains(&name) && !own.iter().any(|own| contradict(own, name));
        for (name, span) in &defaults.written {
            if is_wanted(name) {
                self.written.push((name, *span));
            }
        }
        let written = |name: &str| defaults.written.iter().any(|(written, _)| *written == name);
        for argument in table::ARGUMENTS {
            match argument.inherit {
                Inherit::Replaced(take) if written(argument.name) && is_wanted(argument.name) => take(self, defaults),
                Inherit::Joined(take) => take(self, defaults),
                Inherit::Replaced(_) | Inherit::Not => {}
            }
        }
    }

    fn parse_one(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        if input.peek(LitStr) {
            return self.parse_positional(&input.parse()?);
        }
        if !input.peek(Ident::peek_any) {
            return Err(input.error("expected an argument, such as `kind = server` or `attrs(..)`"));
        }
        let word = input.call(Ident::parse_any)?;
        let Some(argument) = table::find(&word.unraw().to_string()) else {
            skip_to_comma(input);
            return Err(syn::Error::new(word.span(), table::unknown(&word)));
        };
        if self.span_of(argument.name).is_some() {
            skip_to_comma(input);
            return Err(syn::Error::new(word.span(), format!("`{}` is given more than once", argument.name)));
        }
        self.written.push((argument.name, word.span()));
        (argument.parse)(self, &word, input, errors)
    }

    /// A name without `name =`.
    fn parse_positional(&mut self, text: &LitStr) -> syn::Result<()> {
        if self.span_of("name").is_some() {
            return Err(syn::Error::new(text.span(), "`name` is given more than once"));
        }
        if !self.written.is_empty() {
            return Err(syn::Error::new(text.span(), "a name without `name =` comes first"));
        }
        self.written.push(("name", text.span()));
        self.name = Some(Name::Text(text.clone()));
        Ok(())
    }
}
