//! Every check of what was written against the function that it stands on.

use syn::ReturnType;

use crate::args::{Args, Ret, Shape, contradict};
use crate::capture::{self, Capture};
use crate::errors::Errors;
use crate::item::{self, Body, Function};
use crate::param;
use crate::return_type::{self, Returns};

/// What was found out on the way.
pub(crate) struct Checked {
    pub(crate) captures: Vec<Capture>,
    /// What to record of the returned value, where there is one.
    pub(crate) ret: Option<Ret>,
    /// The parameters' `cfg`s, by name.
    pub(crate) parameters: Vec<param::Parameter>,
}

/// Checks a function, and takes the helper attributes off its parameters.
pub(crate) fn check(args: &Args, function: &mut Function, errors: &mut Errors) -> Checked {
    let parameters = param::read(&mut function.sig, errors);
    check_function(function, errors);
    check_conflicts(args, errors);
    check_shape(args, function, errors);
    let ret = check_result(args, function, errors);
    let captures = capture::collect(args, &parameters, errors);
    Checked { captures, ret, parameters }
}

/// Functions that can't have a span.
fn check_function(function: &Function, errors: &mut Errors) {
    let is_main = function.sig.ident == "main" && function.sig.inputs.is_empty();
    if let Some(init) = function.braces().filter(|_| is_main).and_then(|body| item::init_of(body.stream())) {
        let message = "the span of `main` would start before `init` and be lost: switch recording on in `main` without \
                       `#[traced]`, and put what is to be traced into a function that it calls";
        errors.push(syn::Error::new(init, message));
    }
    if let Some(constness) = &function.sig.constness {
        let message = "`#[traced]` cannot stand on a `const fn`: a span needs a clock, which is there at run time only; \
                       trace its caller, or remove `const`";
        errors.error(constness, message);
    }
    if let Some(variadic) = &function.sig.variadic {
        let message = "`#[traced]` cannot stand on a C-variadic function: its arguments cannot be passed on; trace a \
                       function that it calls";
        errors.error(variadic, message);
    }
    if let Body::Semicolon(semicolon) = &function.body {
        let message =
            "`#[traced]` needs a body: put it on the implementations of this method, or on their `impl` blocks";
        errors.error(semicolon, message);
    }
}

fn check_conflicts(args: &Args, errors: &mut Errors) {
    for (index, (name, span)) in args.written.iter().enumerate() {
        for (other, _) in args.written[..index].iter().filter(|(other, _)| contradict(name, other)) {
            let message = format!("`{name}` and `{other}` contradict each other: keep one of them");
            errors.push(syn::Error::new(*span, message));
        }
    }
    if let (true, Some(span)) = (args.only_pub, args.span_of("only")) {
        errors.push(syn::Error::new(span, "`only(pub)` is for an `impl` block or a module: remove this"));
    }
}

/// `future`, `stream` and `sync` are for functions that are not `async`.
fn check_shape(args: &Args, function: &Function, errors: &mut Errors) {
    let is_async = function.sig.asyncness.is_some();
    let word = match args.shape {
        Some(Shape::Future) => "future",
        Some(Shape::Stream) => "stream",
        Some(Shape::Sync) => "sync",
        None => return,
    };
    let Some(span) = args.span_of(word) else { return };
    let returns_nothing = matches!(function.sig.output, ReturnType::Default);
    let message = if is_async {
        format!("an `async fn` is spanned from its first poll to its end: remove `{word}`")
    } else if returns_nothing && word != "sync" {
        format!("this function returns no {word}: remove this")
    } else {
        return;
    };
    errors.push(syn::Error::new(span, message));
}

/// `ret` and `err(..)` need something to look at. Asking for the default where there is nothing is no mistake.
fn check_result(args: &Args, function: &Function, errors: &mut Errors) -> Option<Ret> {
    if args.ret.is_none() && args.err.as_ref().is_none_or(|err| !err.has_options()) {
        return None;
    }
    let Some(reason) = no_result(args, function) else { return args.ret.clone() };
    let ret = args.ret.as_ref().filter(|ret| ret.has_options() && !ret.is_inherited).map(|ret| ret.span);
    let err = args.err.as_ref().filter(|err| err.has_options() && !err.is_inherited);
    // The items of a stream are looked at, too.
    let err = err.filter(|_| !is_stream(args, function)).map(|err| err.span);
    for span in ret.into_iter().chain(err) {
        errors.push(syn::Error::new(span, format!("{reason}: remove this")));
    }
    None
}

fn is_stream(args: &Args, function: &Function) -> bool {
    args.shape == Some(Shape::Stream) || matches!(return_type::returns(&function.sig), Returns::Lazy(Shape::Stream, _))
}

/// Why there is no result to look at.
fn no_result(args: &Args, function: &Function) -> Option<&'static str> {
    let is_lazy = matches!(return_type::returns(&function.sig), Returns::Lazy(..)) || args.shape.is_some();
    match return_type::returns(&function.sig) {
        _ if matches!(function.sig.output, ReturnType::Default) => Some("this function returns nothing"),
        Returns::Never => Some("this function never returns"),
        _ if is_stream(args, function) => Some("a stream has no single result"),
        _ if function.has_attribute("track_caller") && function.sig.asyncness.is_none() && !is_lazy => {
            Some("the body of a `#[track_caller]` function has to stay where it is, so its result is not seen")
        }
        _ if return_type::hides_closure(&function.sig.output) && function.sig.asyncness.is_none() => {
            Some("a returned closure cannot be looked at")
        }
        _ => None,
    }
}
