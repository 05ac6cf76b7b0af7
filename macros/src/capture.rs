//! What is recorded when a span starts: entries of `attrs(..)`, parameters, redaction.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens as _, quote};
use syn::ext::IdentExt as _;
use syn::{Expr, ExprLit, ExprUnary, Lit, LitStr, UnOp};

use crate::args::{Args, Entry, Format, Key};
use crate::errors::Errors;
use crate::param::{self, Parameter};

/// One attribute of the span.
pub(crate) struct Capture {
    pub(crate) key: Key,
    pub(crate) format: Format,
    pub(crate) value: TokenStream,
    /// `#[cfg(..)]` attributes under which it exists.
    pub(crate) cfgs: TokenStream,
    /// The parameter that it is, when it is nothing else.
    parameter: Option<Ident>,
    /// Whether naming it is a use of it.
    pub(crate) is_use: bool,
}

/// A literal that goes into the static of the call site.
pub(crate) enum Literal {
    Bool(bool),
    Int(i64),
    Double(f64),
    Str(LitStr),
    /// What stands for a value that must not be recorded.
    Redacted,
}

impl Capture {
    /// Its value, if every span has the same one.
    pub(crate) fn literal(&self) -> Option<Literal> {
        // A key of the location's own is recorded at the start, where it takes that one's place.
        self.key.text().filter(|key| self.cfgs.is_empty() && !key.starts_with("code."))?;
        match self.format {
            Format::Redact => Some(Literal::Redacted),
            Format::Auto => literal(&syn::parse2(self.value.clone()).ok()?),
            Format::Argument | Format::Display | Format::Debug => None,
        }
    }
}

fn literal(value: &Expr) -> Option<Literal> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(Literal::Str(text.clone())),
        Expr::Lit(ExprLit { lit: Lit::Bool(value), .. }) => Some(Literal::Bool(value.value)),
        Expr::Lit(ExprLit { lit: Lit::Int(value), .. }) => value.base10_parse().ok().map(Literal::Int),
        Expr::Lit(ExprLit { lit: Lit::Float(value), .. }) => value.base10_parse().ok().map(Literal::Double),
        Expr::Unary(ExprUnary { op: UnOp::Neg(_), expr, .. }) => match literal(expr)? {
            Literal::Int(value) => Some(Literal::Int(value.checked_neg()?)),
            Literal::Double(value) => Some(Literal::Double(-value)),
            Literal::Bool(_) | Literal::Str(_) | Literal::Redacted => None,
        },
        _ => None,
    }
}

/// Collects everything that is recorded at the start, in the order in which it was written.
pub(crate) fn collect(args: &Args, parameters: &[Parameter], errors: &mut Errors) -> Vec<Capture> {
    let mut captures = Captures { args, parameters, found: Vec::new() };
    captures.check_names(errors);
    args.attrs.iter().for_each(|entry| captures.add_entry(entry, errors));
    parameters.iter().for_each(|parameter| captures.add_options(parameter, errors));
    captures.add_redacted();
    captures.add_all();
    check_keys(&captures.found, errors);
    captures.found
}

struct Captures<'a> {
    args: &'a Args,
    parameters: &'a [Parameter],
    found: Vec<Capture>,
}

impl Captures<'_> {
    /// The key of a parameter that is recorded under its own name.
    fn own_key(&self, name: &Ident) -> Key {
        let prefix = self.args.prefix.as_ref().map(|prefix| prefix.value() + ".").unwrap_or_default();
        Key::Text(prefix + &name.unraw().to_string(), Span::mixed_site().located_at(name.span()))
    }

    fn parameter_of(&self, name: &Ident) -> Option<&Parameter> {
        self.parameters.iter().find(|parameter| parameter.names.contains(name))
    }

    fn cfgs_of(&self, name: &Ident) -> TokenStream {
        self.parameter_of(name)
            .map(|parameter| parameter.cfgs.iter().map(quote::ToTokens::to_token_stream).collect())
            .unwrap_or_default()
    }

    fn is_redacted(&self, name: &Ident) -> bool {
        self.args.redact.contains(name)
    }

    fn has_key(&self, key: &Key) -> bool {
        self.found.iter().any(|capture| capture.key.text() == key.text())
    }

    /// Every name that has to be a parameter's.
    fn check_names(&self, errors: &mut Errors) {
        for name in self.args.parameter_names().filter(|name| self.parameter_of(name).is_none()) {
            let is_bare = self.args.attrs.iter().any(|entry| entry.bare.as_ref().is_some_and(|bare| bare == name));
            let hint =
                if is_bare { format!("; for another value, write `{name} = expression`") } else { String::new() };
            errors.error(name, format!("`{name}` is not a parameter of this function{}{hint}", self.known()));
        }
    }

    fn known(&self) -> String {
        let names: Vec<_> = self.parameters.iter().flat_map(|parameter| &parameter.names).collect();
        if names.is_empty() {
            return ", which has none".to_owned();
        }
        let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
        format!(", which has {}", names.join(", "))
    }

    fn add_entry(&mut self, entry: &Entry, errors: &mut Errors) {
        let Entry { key, value, format, bare } = entry.clone();
        let Some(name) = bare else {
            let capture = Capture { key, format, value, cfgs: TokenStream::new(), parameter: None, is_use: true };
            self.found.push(capture);
            return;
        };
        if self.found.iter().any(|capture| capture.parameter.as_ref() == Some(&name)) {
            errors.error(&name, format!("`{name}` is recorded already"));
            return;
        }
        self.add_parameter(&name, self.own_key(&name), (format, true));
    }

    /// What `#[attr(..)]` on a parameter asks for.
    fn add_options(&mut self, parameter: &Parameter, errors: &mut Errors) {
        for (options, span, condition) in &parameter.options {
            if parameter.names.len() != 1 && (options.key.is_some() || parameter.names.is_empty()) {
                let message = "`#[attr]` needs a parameter with one name; for a part, write `attrs(key = part)`";
                errors.push(syn::Error::new(*span, message));
                continue;
            }
            for name in &parameter.names {
                let key = options.key.clone().unwrap_or_else(|| match self.own_key(name) {
                    Key::Text(text, _) => Key::Text(text, *span),
                    other => other,
                });
                self.add_parameter(name, key, (options.format, true));
                if let (Some(condition), Some(capture)) = (condition, self.found.last_mut()) {
                    capture.cfgs.extend(quote!(#[cfg(#condition)]));
                }
            }
        }
    }

    /// Parameters that only `redact(..)` names are recorded as the marker.
    fn add_redacted(&mut self) {
        for name in &self.args.redact {
            let key = self.own_key(name);
            if !self.found.iter().any(|capture| capture.parameter.as_ref() == Some(name)) && !self.has_key(&key) {
                self.add_parameter(name, key, (Format::Redact, false));
            }
        }
    }

    /// Parameters that `args` records: all others, but those that are declared unused by an underscore.
    fn add_all(&mut self) {
        let Some(captured) = &self.args.args else { return };
        for name in self.parameters.iter().flat_map(|parameter| &parameter.names) {
            let is_wanted = !captured.except.contains(name) && !name.to_string().starts_with('_');
            let is_known = self.found.iter().any(|capture| {
                let is_redacted = capture.format == Format::Redact && param::uses(&capture.value, name);
                is_redacted || capture.parameter.as_ref() == Some(name)
            });
            if is_wanted && !is_known && !self.has_key(&self.own_key(name)) {
                self.add_parameter(name, self.own_key(name), (Format::Argument, false));
            }
        }
    }

    fn add_parameter(&mut self, name: &Ident, key: Key, (format, is_use): (Format, bool)) {
        let format = if self.is_redacted(name) { Format::Redact } else { format };
        let value = name.to_token_stream();
        let cfgs = self.cfgs_of(name);
        self.found.push(Capture { key, format, value, cfgs, parameter: Some(name.clone()), is_use });
    }
}

/// Keys that are known here must be unique; constants are compared when the code is compiled.
fn check_keys(captures: &[Capture], errors: &mut Errors) {
    for (index, capture) in captures.iter().enumerate() {
        let Key::Text(text, span) = &capture.key else { continue };
        if let Some(instead) = says_something_of_the_span(text) {
            errors.push(syn::Error::new(*span, format!("`{text}` is no attribute here: {instead}")));
        }
        let is_repeated = capture.cfgs.is_empty()
            && captures[..index].iter().any(|other| other.cfgs.is_empty() && other.key.text() == Some(text));
        if is_repeated {
            errors.push(syn::Error::new(*span, format!("the attribute `{text}` is recorded already")));
        }
    }
}

/// What to write instead of the fields by which `tracing` spans say something to OpenTelemetry.
fn says_something_of_the_span(key: &str) -> Option<&'static str> {
    match key {
        "otel.kind" => Some("write `kind = client` or another kind"),
        "otel.name" => Some("write `name = \"GET {route}\"`"),
        "otel.status_code" | "otel.status_description" => {
            Some("an `Err` sets the status; `traced::set_status(..)` sets another one in the body")
        }
        _ => None,
    }
}
