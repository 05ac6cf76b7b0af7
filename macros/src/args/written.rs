//! The arguments that were written, as values.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Expr, Ident, LitStr, Path};

use super::entry::Entry;
use super::value::{Captured, Err, Kind, Links, Location, Name, Rate, Ret, Sample, Shape, StartOptions};

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
    /// The name of the metric of how long calls last.
    pub(crate) metric: Option<LitStr>,
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
}
