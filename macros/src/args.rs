//! What was written between the parentheses of `#[traced(..)]`.
//!
//! One table, [`table::ARGUMENTS`], declares every argument; unknown and repeated ones are found by it alone. Nothing is
//! decided here: what the arguments mean for a function is [`crate::plan`]'s question.

mod entry;
mod migration;
mod outcome;
mod parameter;
mod parse;
mod table;
mod value;

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::ext::IdentExt as _;
use syn::parse::{ParseStream, Parser as _};
use syn::{Expr, Ident, LitStr, Path, Token};

pub(crate) use entry::{Entry, Format, Key};
pub(crate) use parameter::ParameterOptions;
#[cfg(test)]
pub(crate) use table::ARGUMENTS;
pub(crate) use table::{Inherit, contradict};
pub(crate) use value::{Cancel, Captured, Err, Kind, Links, Location, Name, Rate, Ret, Sample, Shape, StartOptions};

use crate::errors::Errors;

/// Everything that was written, each with the word that it stands under.
#[derive(Default, Clone)]
pub(crate) struct Args {
    pub(crate) name: Option<Name>,
    pub(crate) kind: Option<Kind>,
    pub(crate) scope: Option<Expr>,
    pub(crate) prefix: Option<LitStr>,
    pub(crate) attrs: Vec<Entry>,
    pub(crate) args: Option<Captured>,
    pub(crate) skipped: Vec<Ident>,
    pub(crate) redact: Vec<Ident>,
    pub(crate) err: Option<Err>,
    pub(crate) ret: Option<Ret>,
    pub(crate) options: StartOptions,
    pub(crate) location: Option<Location>,
    pub(crate) shape: Option<Shape>,
    pub(crate) current: bool,
    pub(crate) opted_out: bool,
    pub(crate) only_pub: bool,
    pub(crate) krate: Option<Path>,
    /// The type or trait that the function belongs to, where that is known.
    pub(crate) owner: Option<String>,
    /// The words, in the order in which they were written: the canonical name of each, and where.
    pub(crate) written: Vec<(&'static str, Span)>,
}

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

    /// Where an argument was written.
    pub(crate) fn span_of(&self, name: &str) -> Option<Span> {
        self.written.iter().find(|(written, _)| *written == name).map(|(_, span)| *span)
    }

    /// The names that have to be parameters.
    pub(crate) fn parameter_names(&self) -> impl Iterator<Item = &Ident> {
        let excepted = self.args.iter().flat_map(|captured| &captured.except);
        let bare = self.attrs.iter().filter_map(|entry| entry.bare.as_ref());
        excepted.chain(&self.redact).chain(bare).chain(self.skipped.iter().filter(|name| *name != "self"))
    }

    /// Forgets what is said of other parameters than these.
    pub(crate) fn keep_parameters(&mut self, known: &[Ident]) {
        self.attrs.retain(|entry| entry.bare.as_ref().is_none_or(|name| known.contains(name)));
        self.redact.retain(|name| known.contains(name));
        self.skipped.retain(|name| known.contains(name));
        if let Some(captured) = &mut self.args {
            captured.except.retain(|name| known.contains(name));
        }
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

    /// The expressions that are evaluated outside the body, other than attributes.
    pub(crate) fn expressions(&self) -> Vec<TokenStream> {
        let mut all: Vec<&dyn ToTokens> = Vec::new();
        match &self.name {
            Some(Name::Text(text)) => all.push(text),
            Some(Name::Const(path)) => all.push(path),
            None => {}
        }
        all.extend(self.options.parent.iter().map(|parent| parent as &dyn ToTokens));
        match &self.options.links {
            Some(Links::All(links)) => all.push(links),
            Some(Links::Each(links)) => all.extend(links.iter().map(|link| link as &dyn ToTokens)),
            None => {}
        }
        if let Some(Sample { rate: Rate::Ratio(rate) | Rate::When(rate), .. }) = &self.options.sample {
            all.push(rate);
        }
        all.into_iter().map(ToTokens::to_token_stream).collect()
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
pub(crate) fn skip_all(input: ParseStream<'_>) {
    while !input.is_empty() && input.parse::<TokenTree>().is_ok() {}
}

/// Skips what belongs to a mistake.
fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}
