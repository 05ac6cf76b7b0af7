//! What `#[traced]` does while clippy looks: the function stays as it was written, so that every lint sees what the
//! user sees, and what the arguments name is checked beside the body.
//!
//! Many of clippy's lints ask what a function does as a whole: what it does with its parameters, how it ends, whether it
//! could be of another form. In any expansion that runs the body in a closure or a future they would find something
//! else, or nothing.

use proc_macro2::{Group, Span, TokenStream};
use quote::{ToTokens as _, quote_spanned};
use syn::parse_quote_spanned;

use crate::args::{Args, Err, Name, Ret};
use crate::expand;
use crate::item::{Body, Function, insert, mentions};
use crate::plan::{self, Checked, Form, Plan};
use crate::return_type::{self, Returns};

/// Whether this is a run of clippy: it does not say so in another way to what it expands.
pub(crate) fn is_clippy() -> bool {
    let program = std::env::args_os().next().unwrap_or_default();
    std::path::Path::new(&program).file_stem().is_some_and(|name| name == "clippy-driver")
}

// Input:   #[traced(attrs(user))] fn f(user: &str) -> u8 { work() }
// Output:  #[allow(clippy::missing_const_for_fn)]
//          fn f(user: &str) -> u8 {
//              let _ = || { let _ = &user; let _ = start_with({ static .. }, ..); };
//              work()
//          }
//
// A traced function cannot be `const`.
pub(crate) fn expand(args: &Args, mut function: Function, body: &Group, mut checked: Checked) -> TokenStream {
    // To record a parameter is no use of it.
    checked.captures.retain(|capture| capture.is_use);
    let sig = function.sig.clone();
    let is_checked = names_something(args, &checked);
    let uses = plan::uses(args, &checked, Span::mixed_site().located_at(body.span()));
    let plan = plan::plan(args, &mut function, body, checked);
    function.sig = sig;
    function.attrs.push(parse_quote_spanned!(plan.span=> #[allow(clippy::missing_const_for_fn)]));
    let mut check = TokenStream::new();
    if is_checked {
        let (start, end) = (expand::start_alone(&plan), end(&plan));
        check = quote_spanned!(plan.span=> let _ = || { #uses #start }; #end);
    }
    check.extend(shape(args, &function, &plan));
    function.body = Body::Braces(insert(body, &check));
    function.into_token_stream()
}

/// Whether the arguments name anything that the compiler has to find.
fn names_something(args: &Args, checked: &Checked) -> bool {
    let is_name = match &args.name {
        Some(Name::Text(text)) => text.value().contains('{'),
        Some(Name::Const(_)) => true,
        None => false,
    };
    let of_outcome =
        args.err.as_ref().is_some_and(Err::has_options) || checked.ret.as_ref().is_some_and(Ret::has_options);
    let options = &args.options;
    let of_start =
        args.scope.is_some() || options.parent.is_some() || options.links.is_some() || options.sample.is_some();
    is_name || of_outcome || of_start || !checked.captures.is_empty()
}

/// What finds out whether a function returns the future or stream that the arguments speak of, where its type can be said a second
/// time.
fn shape(args: &Args, function: &Function, plan: &Plan) -> TokenStream {
    match plan.form {
        Form::Lazy(shape, boxing) if args.shape.is_some() && !plan.is_opaque && !is_seen_lazy(function) => {
            expand::wrapped_alone(plan, (shape, boxing))
        }
        _ => TokenStream::new(),
    }
}

/// Whether a return type looks like a future or a stream.
fn is_seen_lazy(function: &Function) -> bool {
    matches!(return_type::returns(&function.sig), Returns::Lazy(..))
}

/// What looks at the result, where its type can be said a second time.
fn end(plan: &Plan) -> TokenStream {
    let output = match (plan.form, &plan.lazy_output) {
        (Form::Call | Form::Async, _) if !plan.is_opaque => plan.output.clone(),
        (Form::Lazy(..), Some(output)) if !mentions(output.to_token_stream(), "_") => output.to_token_stream(),
        _ => TokenStream::new(),
    };
    if output.is_empty() {
        return TokenStream::new();
    }
    let look = expand::end_alone(plan);
    let ret = expand::local("__ret", plan.span);
    quote_spanned!(plan.span=> let _ = |#ret: #output| { #look };)
}
