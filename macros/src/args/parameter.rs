//! Reads `#[attr(..)]` on a parameter.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser as _};
use syn::{LitStr, token};

use super::entry::{Format, Key};
use super::list::list;
use super::parse::{Parsed, choice};
use crate::errors::Errors;

/// Options of one parameter: `#[attr]`, `#[attr("key")]`, `#[attr(redact)]`, `#[attr("key", display)]`.
#[derive(Clone)]
pub(crate) struct ParameterOptions {
    pub(crate) key: Option<Key>,
    pub(crate) format: Format,
}

impl ParameterOptions {
    /// Reads what stands in the parentheses of `#[attr(..)]`.
    pub(crate) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut options = Self { key: None, format: Format::Auto };
        let read = |input: ParseStream<'_>| {
            list(input, errors, |input, _| options.parse_one(input));
            Ok(())
        };
        if let Err(error) = read.parse2(tokens) {
            errors.push(error);
        }
        options
    }

    fn parse_one(&mut self, input: ParseStream<'_>) -> Parsed {
        let (key, format) = if input.peek(LitStr) {
            let text: LitStr = input.parse()?;
            (Some(Key::Text(text.value(), text.span())), None)
        } else if input.peek(token::Brace) {
            let content;
            syn::braced!(content in input);
            (Some(Key::Const(content.parse()?)), None)
        } else {
            (
                None,
                Some(choice(
                    input,
                    &[("display", Format::Display), ("debug", Format::Debug), ("redact", Format::Redact)],
                )?),
            )
        };
        self.key = key.or(self.key.take());
        self.format = format.unwrap_or(self.format);
        Ok(())
    }
}
