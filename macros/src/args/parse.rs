//! Reads what follows the word of each argument.

use syn::ext::IdentExt as _;
use syn::parse::{ParseBuffer, ParseStream};
use syn::{Expr, ExprLit, Ident, Lit, LitStr, Token, parenthesized, token};

use super::entry::Entry;
use super::list::{list, skip_all};
use super::value::{Cancel, Captured, Kind, Links, Location, Name, Rate, Root, Sample, Shape};
use super::written::Args;
use crate::errors::Errors;

pub(super) type Parsed = syn::Result<()>;

pub(super) fn fail<T>(at: &Ident, message: impl std::fmt::Display) -> syn::Result<T> {
    Err(syn::Error::new(at.span(), message))
}

/// The `=` in front of a value.
pub(super) fn equals(word: &Ident, input: ParseStream<'_>, form: &str) -> Parsed {
    if !input.peek(Token![=]) {
        return fail(word, format!("`{word}` needs a value: write `{form}`"));
    }
    let equals = input.parse::<Token![=]>()?;
    if input.is_empty() || input.peek(Token![,]) {
        return Err(syn::Error::new_spanned(equals, format!("expected a value: write `{form}`")));
    }
    Ok(())
}

/// What stands in the parentheses behind a word.
pub(super) fn parens<'a>(word: &Ident, input: &ParseBuffer<'a>, form: &str) -> syn::Result<ParseBuffer<'a>> {
    if !input.peek(token::Paren) {
        return fail(word, format!("`{word}` takes a list: write `{form}`"));
    }
    let content;
    parenthesized!(content in input);
    Ok(content)
}

/// One of a few words, bare or quoted.
pub(super) fn choice<T: Copy>(input: ParseStream<'_>, choices: &[(&str, T)]) -> syn::Result<T> {
    let (found, span) = if input.peek(LitStr) {
        let text: LitStr = input.parse()?;
        (text.value(), text.span())
    } else if input.peek(Ident::peek_any) {
        let ident = input.call(Ident::parse_any)?;
        (ident.to_string(), ident.span())
    } else {
        (String::new(), input.span())
    };
    if let Some((_, value)) = choices.iter().find(|(name, _)| *name == found) {
        return Ok(*value);
    }
    let known: Vec<_> = choices.iter().map(|(name, _)| format!("`{name}`")).collect();
    Err(syn::Error::new(span, format!("expected {}", known.join(", "))))
}

/// A list of names.
pub(super) fn names(input: ParseStream<'_>, errors: &mut Errors) -> Vec<Ident> {
    let mut names = Vec::new();
    list(input, errors, |input, _| {
        names.push(input.call(Ident::parse_any)?);
        Ok(())
    });
    names
}

/// A word without a value.
pub(super) fn flag(word: &Ident, input: ParseStream<'_>) -> Parsed {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(());
    }
    fail(word, format!("`{word}` stands alone, without a value"))
}

pub(crate) fn name(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    equals(word, input, "name = \"checkout\"")?;
    args.name = Some(match input.parse()? {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Name::Text(text),
        constant @ Expr::Path(_) => Name::Const(constant),
        other => {
            let message =
                "a name is a string literal, which may capture (`\"GET {route}\"`), or the path of a constant";
            return Err(syn::Error::new_spanned(other, message));
        }
    });
    Ok(())
}

pub(crate) fn kind(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    equals(word, input, "kind = server")?;
    args.kind = Some(choice(
        input,
        &[
            ("internal", Kind("Internal")),
            ("server", Kind("Server")),
            ("client", Kind("Client")),
            ("producer", Kind("Producer")),
            ("consumer", Kind("Consumer")),
        ],
    )?);
    Ok(())
}

pub(crate) fn scope(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    equals(word, input, "scope = \"my-library\"")?;
    args.scope = Some(match input.parse()? {
        scope @ (Expr::Path(_) | Expr::Lit(ExprLit { lit: Lit::Str(_), .. })) => scope,
        other => {
            return Err(syn::Error::new_spanned(other, "a scope is a string literal or the path of a constant"));
        }
    });
    Ok(())
}

pub(crate) fn prefix(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    equals(word, input, "prefix = \"order\"")?;
    let prefix: LitStr = input.parse()?;
    if prefix.value().is_empty() {
        return Err(syn::Error::new(prefix.span(), "a prefix is not empty"));
    }
    args.prefix = Some(prefix);
    Ok(())
}

pub(crate) fn attrs(args: &mut Args, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Parsed {
    entries(&parens(word, input, "attrs(x, key = value)")?, &mut args.attrs, errors);
    Ok(())
}

/// The entries of `attrs(..)` and `attrs!`.
pub(crate) fn entries(input: ParseStream<'_>, entries: &mut Vec<Entry>, errors: &mut Errors) {
    list(input, errors, |input, _| {
        let entry: Entry = input.parse()?;
        if entry.value.to_string().ends_with("field :: Empty") {
            let message =
                "attributes need no declaration: remove this, and use `traced::attrs!` where the value is known";
            return Err(syn::Error::new_spanned(entry.value, message));
        }
        entries.push(entry);
        Ok(())
    });
}

pub(crate) fn args(args: &mut Args, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Parsed {
    let mut except = Vec::new();
    if input.peek(token::Paren) {
        let content = parens(word, input, "args(except(a, b))")?;
        list(&content, errors, |input, errors| {
            let inner = input.call(Ident::parse_any)?;
            if inner != "except" {
                return fail(&inner, "expected `except(..)`; to record only some arguments, write `attrs(a, b)`");
            }
            except.extend(names(&parens(&inner, input, "args(except(a, b))")?, errors));
            Ok(())
        });
    } else {
        flag(word, input)?;
    }
    args.args = Some(Captured { except });
    Ok(())
}

pub(crate) fn redact(args: &mut Args, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Parsed {
    let content = parens(word, input, "redact(card, pin)")?;
    if content.is_empty() {
        return fail(word, "`redact` needs the names of parameters: write `redact(card, pin)`");
    }
    args.redact = names(&content, errors);
    Ok(())
}

pub(crate) fn panic(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    equals(word, input, "panic = off")?;
    args.options.ignores_panic = choice(input, &[("off", true)])?;
    Ok(())
}

pub(crate) fn cancel(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    equals(word, input, "cancel = ok")?;
    args.options.cancel = Some(choice(input, &[("ok", Cancel::Ok), ("mark", Cancel::Mark), ("error", Cancel::Error)])?);
    Ok(())
}

pub(crate) fn metric(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    let form = "metric = \"shop.checkout.duration\"";
    if input.is_empty() || input.peek(Token![,]) {
        args.metric = Some(LitStr::new(DURATION, word.span()));
        return Ok(());
    }
    equals(word, input, form)?;
    let name: LitStr = input.parse().map_err(|error| syn::Error::new(error.span(), format!("expected `{form}`")))?;
    if !is_instrument(&name.value()) {
        let message =
            "the name of a metric starts with a letter; letters, digits and `_`, `.`, `-`, `/` follow, at most 254";
        return Err(syn::Error::new(name.span(), message));
    }
    args.metric = Some(name);
    Ok(())
}

/// The metric of functions that do not name their own.
const DURATION: &str = "traced.function.duration";

/// OpenTelemetry's syntax of names of instruments.
fn is_instrument(name: &str) -> bool {
    let is_allowed = |letter: char| letter.is_ascii_alphanumeric() || "_.-/".contains(letter);
    name.len() <= 255 && name.starts_with(|first: char| first.is_ascii_alphabetic()) && name.chars().all(is_allowed)
}

pub(crate) fn parent(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    equals(word, input, "parent = context")?;
    let parent: Expr = input.parse()?;
    if matches!(&parent, Expr::Path(path) if path.path.is_ident("None")) {
        return Err(syn::Error::new_spanned(parent, "for a span without a parent, write `root`"));
    }
    args.options.parent = Some(parent);
    Ok(())
}

pub(crate) fn root(args: &mut Args, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Parsed {
    let mut root = Root { is_linked: false, drops_baggage: false };
    if input.peek(token::Paren) {
        let content = parens(word, input, "root(link)")?;
        list(&content, errors, |input, _| {
            match choice(input, &[("link", true), ("no_baggage", false)])? {
                true => root.is_linked = true,
                false => root.drops_baggage = true,
            }
            Ok(())
        });
    } else {
        flag(word, input)?;
    }
    args.options.root = Some(root);
    Ok(())
}

pub(crate) fn links(args: &mut Args, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Parsed {
    if !input.peek(token::Paren) {
        equals(word, input, "links = iterator")?;
        args.options.links = Some(Links::All(input.parse()?));
        return Ok(());
    }
    let mut each = Vec::new();
    list(&parens(word, input, "links(a, b)")?, errors, |input, _| {
        each.push(input.parse()?);
        Ok(())
    });
    args.options.links = Some(Links::Each(each));
    Ok(())
}

pub(crate) fn sample(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    const FORM: &str = "sample = 0.05";
    if !input.peek(token::Paren) {
        equals(word, input, FORM)?;
        args.options.sample = Some(Sample { rate: rate(input)?, is_forced: false });
        return Ok(());
    }
    let content = parens(word, input, FORM)?;
    let option = content.call(Ident::parse_any)?;
    let sample = match option.to_string().as_str() {
        "when" => {
            equals(&option, &content, "sample(when = condition)")?;
            Sample { rate: Rate::When(content.parse()?), is_forced: false }
        }
        "force" => {
            equals(&option, &content, "sample(force = always)")?;
            Sample { rate: rate(&content)?, is_forced: true }
        }
        _ => {
            skip_all(&content);
            return fail(&option, "expected `when = condition` or `force = ..`");
        }
    };
    args.options.sample = Some(sample);
    if content.is_empty() { Ok(()) } else { Err(content.error("`sample` takes one option")) }
}

fn rate(input: ParseStream<'_>) -> syn::Result<Rate> {
    let rate: Expr = input.parse()?;
    if let Expr::Path(path) = &rate {
        if path.path.is_ident("always") {
            return Ok(Rate::Always);
        }
        if path.path.is_ident("never") {
            return Ok(Rate::Never);
        }
    }
    if let Expr::Lit(ExprLit { lit, .. }) = &rate {
        let share = match lit {
            Lit::Float(share) => share.base10_parse::<f64>().ok(),
            Lit::Int(share) => share.base10_parse::<f64>().ok(),
            _ => None,
        };
        if !share.is_some_and(|share| (0.0..=1.0).contains(&share)) {
            let message = "expected `always`, `never` or a share between 0 and 1";
            return Err(syn::Error::new_spanned(rate, message));
        }
        let share = share.unwrap_or_default();
        return Ok(Rate::Ratio(syn::parse_quote_spanned!(lit.span()=> #share)));
    }
    Ok(Rate::Ratio(rate))
}

pub(crate) fn current(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    args.current = true;
    flag(word, input)
}

pub(crate) fn location(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    equals(word, input, "location = full")?;
    args.location =
        Some(choice(input, &[("off", Location::Off), ("function", Location::Function), ("full", Location::Full)])?);
    Ok(())
}

pub(crate) fn future(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    args.shape = Some(Shape::Future);
    flag(word, input)
}

pub(crate) fn stream(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    args.shape = Some(Shape::Stream);
    flag(word, input)
}

pub(crate) fn sync(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    args.shape = Some(Shape::Sync);
    flag(word, input)
}

pub(crate) fn krate(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    equals(word, input, "crate = my_sdk::traced")?;
    args.krate = Some(if input.peek(LitStr) {
        input.parse::<LitStr>()?.parse_with(syn::Path::parse_mod_style)?
    } else {
        let wrong = input.error("expected the path of the crate, such as `crate = my_sdk::traced`");
        input.call(syn::Path::parse_mod_style).map_err(|_| wrong)?
    });
    Ok(())
}

pub(crate) fn only(args: &mut Args, word: &Ident, input: ParseStream<'_>, _: &mut Errors) -> Parsed {
    let content = parens(word, input, "only(pub)")?;
    if content.parse::<Token![pub]>().is_err() || !content.is_empty() {
        skip_all(&content);
        return fail(word, "write `only(pub)`: the functions that are `pub`");
    }
    args.only_pub = true;
    Ok(())
}
