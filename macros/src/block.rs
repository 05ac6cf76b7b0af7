//! `span!`: a span for a block, sync or async, in the grammar of the attribute.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use quote::{quote, quote_spanned};
use syn::Signature;

use crate::args::Args;
use crate::capture;
use crate::errors::Errors;
use crate::expand;
use crate::param::Parameter;
use crate::plan::{self, Form, Plan};

/// The arguments that say something of a block.
const FOR_BLOCKS: &[&str] = &[
    "name", "kind", "scope", "prefix", "attrs", "redact", "err", "ret", "panic", "cancel", "parent", "root", "links",
    "sample", "crate",
];

/// What was written: arguments, then a block.
struct Written {
    args: TokenStream,
    /// `async`, `move`, or both.
    is_async: bool,
    head: TokenStream,
    body: Group,
}

/// What becomes of `span!("name", .., { body })`.
pub(crate) fn expand(input: TokenStream, is_off: bool) -> TokenStream {
    let mut errors = Errors::default();
    let Some(written) = read(input) else {
        let message = "`span!` ends with a block: `span!(\"name\", kind = client, { .. })` or `async { .. }`";
        errors.push(syn::Error::new(Span::call_site(), message));
        let mistakes = errors.into_tokens();
        return quote!({ #mistakes });
    };
    let args = Args::parse(written.args.clone(), &mut errors);
    check(&args, &written, &mut errors);
    // Every name in scope may be recorded under its own.
    let known: Vec<_> = args.attrs.iter().filter_map(|entry| entry.bare.clone()).chain(args.redact.clone()).collect();
    let known: Vec<_> =
        known.into_iter().map(|name| Parameter { names: vec![name], options: Vec::new(), cfgs: Vec::new() }).collect();
    let captures = capture::collect(&args, &known, &mut errors);
    let form = if written.is_async { Form::Async } else { Form::Call };
    let sig = signature(written.body.span());
    let plan = plan::of_block(&args, &sig, (form, &written.body), captures);
    if errors.len() == 0 && !is_off {
        return expand::block(&plan, &written.head);
    }
    let mistakes = errors.into_tokens();
    let uses = uses(&args, &plan);
    let bare = bare(&plan, &written.head);
    quote_spanned!(plan.span=> { #mistakes #uses #bare })
}

// Input:   user.rs: span!("x", kind = client, async move { .. })
// Output:  args `"x", kind = client`, head `async move`, body `{ .. }`
fn read(input: TokenStream) -> Option<Written> {
    let mut tokens: Vec<_> = input.into_iter().collect();
    if matches!(tokens.last(), Some(TokenTree::Punct(punct)) if punct.as_char() == ',') {
        tokens.pop();
    }
    let body = match tokens.pop()? {
        TokenTree::Group(group) if group.delimiter() == Delimiter::Brace => group,
        _ => return None,
    };
    let mut head = Vec::new();
    while let Some(TokenTree::Ident(word)) = tokens.last() {
        if *word != "async" && *word != "move" {
            return None;
        }
        head.insert(0, TokenTree::Ident(word.clone()));
        tokens.pop();
    }
    match tokens.pop() {
        Some(TokenTree::Punct(punct)) if punct.as_char() == ',' => {}
        None => {}
        Some(_) => return None,
    }
    let is_async = head.iter().any(|token| token.to_string() == "async");
    Some(Written { args: tokens.into_iter().collect(), is_async, head: head.into_iter().collect(), body })
}

fn check(args: &Args, written: &Written, errors: &mut Errors) {
    if args.name.is_none() {
        let message = "`span!` begins with a name: `span!(\"name\", { .. })`";
        errors.push(syn::Error::new(written.body.span(), message));
    }
    for (word, span) in args.written.iter().filter(|(word, _)| !FOR_BLOCKS.contains(word)) {
        errors.push(syn::Error::new(*span, format!("`{word}` is for functions; a block has none: remove this")));
    }
}

/// Stands for the function that a block is not.
fn signature(at: Span) -> Signature {
    let name = Ident::new("block", at);
    syn::parse_quote!(fn #name())
}

/// The block without a span.
fn bare(plan: &Plan, head: &TokenStream) -> TokenStream {
    let Plan { rt, span, body, form, .. } = plan;
    match form {
        Form::Async => quote!(#head #body),
        _ => quote_spanned!(*span=> #rt::call(#head || #body)),
    }
}

/// A mention of all that would be recorded, in a branch that is never taken.
fn uses(args: &Args, plan: &Plan) -> TokenStream {
    let span = plan.span;
    let values = plan.captures.iter().map(|capture| &capture.value);
    let expressions = args.expressions();
    let expressions = expressions.iter().skip(usize::from(args.name.is_some()));
    quote_spanned!(span=> if false { #(let _ = &(#values);)* #(let _ = &(#expressions);)* })
}
