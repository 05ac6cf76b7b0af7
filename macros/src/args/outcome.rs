//! Reads `err` and `ret`: how what a function returns is recorded.

use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Ident, LitStr, Token, token};

use super::entry::{Entry, Format, Key};
use super::list::list;
use super::parse::{Parsed, choice, equals, fail, flag, parens};
use super::value::{Err, Ret};
use super::written::Args;
use crate::errors::Errors;

pub(crate) fn err(args: &mut Args, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Parsed {
    let mut err = Err {
        span: word.span(),
        is_off: false,
        format: Format::Auto,
        with: None,
        when: None,
        is_status_only: false,
        has_backtrace: false,
        is_inherited: false,
    };
    if input.peek(Token![=]) {
        equals(word, input, "err = off")?;
        err.is_off = choice(input, &[("off", true)])?;
    } else if input.peek(token::Paren) {
        let content = parens(word, input, "err(Debug)")?;
        list(&content, errors, |input, _| parse_err_option(&mut err, input));
    } else {
        flag(word, input)?;
    }
    args.err = Some(err);
    Ok(())
}

fn parse_err_option(err: &mut Err, input: ParseStream<'_>) -> Parsed {
    let option = input.call(Ident::parse_any)?;
    match option.to_string().as_str() {
        "Debug" => err.format = Format::Debug,
        "Display" => err.format = Format::Display,
        "status_only" => err.is_status_only = true,
        "backtrace" => err.has_backtrace = true,
        "with" => {
            equals(&option, input, "err(with = describe)")?;
            err.with = Some(input.parse()?);
        }
        "when" => {
            equals(&option, input, "err(when = |error| true)")?;
            err.when = Some(input.parse()?);
        }
        "level" => return fail(&option, "spans have no level: remove this"),
        _ => {
            let message = "expected `Debug`, `Display`, `with = ..`, `when = ..`, `status_only` or `backtrace`";
            return fail(&option, message);
        }
    }
    if err.is_status_only && err.has_backtrace {
        return fail(&option, "`backtrace` goes into the event that `status_only` leaves out: keep one of them");
    }
    Ok(())
}

pub(crate) fn ret(args: &mut Args, word: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> Parsed {
    let mut ret = Ret { span: word.span(), format: Format::Auto, key: None, with: None, is_inherited: false };
    if input.peek(token::Paren) {
        let content = parens(word, input, "ret(\"row.count\" = Vec::len)")?;
        list(&content, errors, |input, _| parse_ret_option(&mut ret, input));
    } else {
        flag(word, input)?;
    }
    args.ret = Some(ret);
    Ok(())
}

fn parse_ret_option(ret: &mut Ret, input: ParseStream<'_>) -> Parsed {
    let format = match input.fork().call(Ident::parse_any).map(|it| it.to_string()).as_deref() {
        Ok("Debug") => Format::Debug,
        Ok("Display") => Format::Display,
        Ok("level") => return Err(input.error("spans have no level: remove this")),
        _ if input.peek(LitStr) && !input.peek2(Token![=]) => {
            let key: LitStr = input.parse()?;
            ret.key = Some(Key::Text(key.value(), key.span()));
            return Ok(());
        }
        _ => {
            let entry: Entry = input.parse()?;
            if entry.bare.is_some() {
                let message = "expected `Debug`, `Display`, `\"key\"` or `\"key\" = function`";
                return Err(syn::Error::new_spanned(entry.value, message));
            }
            ret.format = entry.format;
            ret.key = Some(entry.key);
            ret.with = Some(syn::parse2(entry.value)?);
            return Ok(());
        }
    };
    input.call(Ident::parse_any)?;
    ret.format = format;
    Ok(())
}
