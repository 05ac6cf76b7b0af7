//! A plan as tokens. Nothing is decided here, and nothing can fail.

mod outcome;
mod start;

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};

use crate::args::Shape;
use crate::item::{Body, Function, split_inner_attributes};
use crate::plan::{Form, Plan};
use crate::return_type::Boxing;

pub(crate) use start::{set_current, unique, value};

/// The function with its span.
///
/// The outermost braces and the label carry the user's span. Otherwise lints would take the function for generated,
/// and the body's temporaries would live as long as this crate's edition says, not the user's.
pub(crate) fn expand(plan: &Plan, mut function: Function) -> TokenStream {
    let (inner_attributes, user) = split_inner_attributes(&plan.body);
    let label = syn::Lifetime::new("'__body", plan.body.span());
    let body = quote!(#label: #user);
    let inside = match plan.form {
        Form::Lazy(shape, boxing) => lazy(plan, &body, (shape, boxing)),
        _ if plan.is_current => current(plan, &body),
        Form::Guard => guard(plan, &body),
        Form::Call => call(plan, &body),
        Form::Async | Form::AsyncNever => in_async(plan, &body),
    };
    let inside = braces(inside, plan.span);
    let mut outer = Group::new(Delimiter::Brace, quote!(#inner_attributes #inside));
    outer.set_span(plan.body.span());
    function.body = Body::Braces(outer);
    function.into_token_stream()
}

// Input:   fn f(a: u8) { work(a) }
// Output:  fn f(a: u8) { {
//              let __span = enter({ static .. });
//              '__body: { work(a) }
//          } }
fn guard(plan: &Plan, body: &TokenStream) -> TokenStream {
    let start = start::enter(plan);
    let rt_span = local("__span", plan.span);
    let rebinds = &plan.rebinds;
    quote_spanned!(plan.span=> let #rt_span = #start; #rebinds #body)
}

// Input:   fn f(a: u8) -> Result<u8, E> { work(a) }
// Output:  fn f(a: u8) -> Result<u8, E> { {
//              let __span = enter({ static .. });
//              let __ret = call(move || -> Result<u8, E> { let a = a; '__body: { work(a) } });
//              probe(&__ret).end(__span);
//              return __ret
//          } }
fn call(plan: &Plan, body: &TokenStream) -> TokenStream {
    let Plan { rt, span, output, rebinds, .. } = plan;
    let (guard, ret) = (local("__span", *span), local("__ret", *span));
    let start = start::enter(plan);
    let watch = outcome::watch(plan, &ret);
    let end = outcome::end(plan, &guard, &ret);
    let body = braces(quote!(#rebinds #body), plan.body.span());
    let head = quote_spanned!(plan.body.span()=> move ||);
    quote_spanned! {*span=>
        let #guard = #start;
        let #ret = #rt::call(#head -> #output #body);
        #watch
        #end
        return #ret
    }
}

// Input:   async fn f(a: Data) -> Result<u8, E> { work(a).await }
// Output:  async fn f(a: Data) -> Result<u8, E> { {
//              return in_span(start({ static .. }), async move {
//                  if false { return hint::<Result<u8, E>>(); }
//                  let a = a;
//                  '__body: { work(a).await }
//              }, ends::<Result<u8, E>>().end()).await
//          } }
fn in_async(plan: &Plan, body: &TokenStream) -> TokenStream {
    let Plan { rt, span, .. } = plan;
    let guard = local("__span", *span);
    let start = start::start(plan);
    let body = async_body(plan, body);
    // What was borrowed, even for a moment, has its place in the future for as long as it has its name: so it has another
    // one while the start borrows it.
    let borrowed = &plan.borrowed;
    let bind_start = match borrowed.is_empty() {
        true => quote_spanned!(*span=> let #guard = #start;),
        false => quote_spanned! {*span=>
            let (#guard, #(#borrowed),*) = { #(let #borrowed = #borrowed;)* let #guard = #start; (#guard, #(#borrowed),*) };
        },
    };
    if plan.form == Form::AsyncNever {
        return quote_spanned!(*span=> #bind_start #rt::in_span_forever(#guard, #body).await);
    }
    let (in_span, end) = match outcome::end_of_type(plan) {
        Some(end) => ("in_span", end),
        None => ("in_span_by", outcome::end_closure(plan)),
    };
    let in_span = Ident::new(in_span, *span);
    if plan.is_plain_start() {
        return quote_spanned!(*span=> return #rt::#in_span(#start, #body, #end).await);
    }
    quote_spanned!(*span=> #bind_start return #rt::#in_span(#guard, #body, #end).await)
}

/// The body of an `async fn` as a block, with a dead return that says what it returns.
fn async_body(plan: &Plan, body: &TokenStream) -> TokenStream {
    let Plan { rt, span, output, rebinds, .. } = plan;
    let hint = match output.is_empty() {
        true => TokenStream::new(),
        false => quote_spanned!(*span=> if false { return #rt::hint::<#output>(); }),
    };
    // Braces of edition 2024: in those of 2021, temporaries of the body's tail would go after the parameters.
    let block = braces(quote!(#hint #rebinds #body), *span);
    quote_spanned!(plan.body.span()=> async move #block)
}

// Input:   fn f(a: u8) -> impl Future<Output = u8> { work(a) }
// Output:  fn f(a: u8) -> impl Future<Output = u8> { {
//              let __span = start({ static .. });
//              return future(__span, move || -> _ { let a = a; '__body: { work(a) } }, ends::<u8>().end())
//          } }
fn lazy(plan: &Plan, body: &TokenStream, form: (Shape, Boxing)) -> TokenStream {
    let Plan { rt, span, output, rebinds, .. } = plan;
    let body = braces(quote!(#rebinds #body), *span);
    let body = quote_spanned!(*span=> move || -> #output #body);
    let guard = local("__span", *span);
    let start = if plan.is_current {
        let set = start::set_current(plan);
        quote_spanned!(*span=> { #set #rt::Pending::default() })
    } else {
        start::start(plan)
    };
    let made = wrapped(plan, &guard, &body, form);
    quote_spanned!(*span=> let #guard = #start; return #made)
}

/// What a closure makes, in a span.
fn wrapped(plan: &Plan, guard: &Ident, body: &TokenStream, (shape, boxing): (Shape, Boxing)) -> TokenStream {
    let Plan { rt, span, output, .. } = plan;
    let name = if shape == Shape::Stream { "stream" } else { "future" };
    let (suffix, end) = match outcome::end_of_lazy(plan, shape) {
        Some(end) => ("", end),
        None => ("_by", outcome::end_closure(plan)),
    };
    let wrap = Ident::new(&format!("{name}{suffix}"), *span);
    match boxing {
        Boxing::Bare => quote_spanned!(*span=> #rt::#wrap(#guard, #body, #end)),
        Boxing::Pinned => quote_spanned!(*span=> #rt::pinned(#rt::#wrap(#guard, #body, #end))),
        Boxing::Boxed => quote_spanned!(*span=> #rt::boxed(#rt::#wrap(#guard, #rt::unboxed(#body), #end))),
        Boxing::Named => quote_spanned!(*span=> #rt::named::<#output>().is().#wrap(#guard, #body, #end)),
    }
}

// Input:   #[traced(current, attrs(a))] fn f(a: u8) -> Result<u8, E> { work(a) }
// Output:  fn f(a: u8) -> Result<u8, E> { {
//              if is_recording() { set("a", ..); }
//              let __ret = call(move || -> Result<u8, E> { let a = a; '__body: { work(a) } });
//              fail(probe(&__ret).failure());
//              return __ret
//          } }
fn current(plan: &Plan, body: &TokenStream) -> TokenStream {
    let Plan { rt, span, output, rebinds, .. } = plan;
    let set = start::set_current(plan);
    let ret = local("__ret", *span);
    let run = match plan.form {
        Form::Async | Form::AsyncNever => {
            let body = async_body(plan, body);
            quote_spanned!(*span=> #body.await)
        }
        Form::Call => {
            let body = braces(quote!(#rebinds #body), *span);
            quote_spanned!(*span=> #rt::call(move || -> #output #body))
        }
        Form::Guard | Form::Lazy(..) => return quote!(#set #rebinds #body),
    };
    let watch = outcome::watch(plan, &ret);
    let failure = outcome::failure(plan, &ret);
    quote_spanned!(*span=> #set let #ret = #run; #watch #rt::fail(#failure); return #ret)
}

// Input:   span!("x", { work() })
// Output:  {
//              let __span = enter({ static .. });
//              let __ret = call(|| { work() });
//              end(__span, probe(&__ret).failure());
//              __ret
//          }
//
// Input:   span!("x", async { work().await })
// Output:  in_span_by(start({ static .. }), async { work().await }, |__ret| probe(__ret).failure())
pub(crate) fn block(plan: &Plan, head: &TokenStream) -> TokenStream {
    let Plan { rt, span, body, .. } = plan;
    if plan.form == Form::Async {
        let (start, end) = (start::start(plan), outcome::end_closure(plan));
        let guard = local("__span", *span);
        return quote_spanned!(*span=> { let #guard = #start; #rt::in_span_by(#guard, #head #body, #end) });
    }
    let (guard, ret) = (local("__span", *span), local("__ret", *span));
    let start = start::enter(plan);
    let (watch, failure) = (outcome::watch(plan, &ret), outcome::failure(plan, &ret));
    quote_spanned! {*span=> {
        let #guard = #start;
        let #ret = #rt::call(#head || #body);
        #watch
        #rt::end(#guard, #failure);
        #ret
    }}
}

/// What happens at the start, for itself.
pub(crate) fn start_alone(plan: &Plan) -> TokenStream {
    if plan.is_current {
        return start::set_current(plan);
    }
    let start = start::start(plan);
    quote_spanned!(plan.span=> let _ = #start;)
}

/// What becomes of a value that is said to be a future or a stream, for itself. Assigned to its own name, since there is no other
/// way to say its type twice, lifetimes and all.
pub(crate) fn wrapped_alone(plan: &Plan, form: (Shape, Boxing)) -> TokenStream {
    let Plan { rt, span, output, .. } = plan;
    let (guard, ret) = (local("__span", *span), local("__ret", *span));
    let made = wrapped(plan, &guard, &quote_spanned!(*span=> move || #ret), form);
    quote_spanned! {*span=>
        let _ = |mut #ret: #output| { let #guard = #rt::Pending::default(); #ret = #made; let _ = &#ret; };
    }
}

/// What happens at the end, for itself.
pub(crate) fn end_alone(plan: &Plan) -> TokenStream {
    let ret = local("__ret", plan.span);
    let (watch, failure) = (outcome::watch(plan, &ret), outcome::failure(plan, &ret));
    quote_spanned!(plan.span=> #watch let _ = #failure;)
}

/// A name that the user's code can neither see nor shadow.
pub(crate) fn local(name: &str, span: Span) -> Ident {
    Ident::new(name, span)
}

fn braces(tokens: TokenStream, span: Span) -> Group {
    let mut group = Group::new(Delimiter::Brace, tokens);
    group.set_span(span);
    group
}
