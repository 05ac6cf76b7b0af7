//! `#[derive(SpanError)]`: what each variant of an error means for a span.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::parse::ParseStream;
use syn::{Attribute, Expr, Fields, Generics, Item, LitStr, Path, Token, token};

use crate::args::{Entry, Format, list};
use crate::errors::Errors;
use crate::param::uses;

/// What was said of a variant, or of the whole type.
#[derive(Default, Clone)]
struct Options {
    error_type: Option<LitStr>,
    /// For which kinds it is no failure; for all when the list is empty.
    ok: Option<Vec<Ident>>,
    status: Option<Expr>,
    attrs: Vec<Entry>,
    is_transparent: Option<Span>,
    krate: Option<Path>,
}

/// A variant, or the one shape that a struct has.
struct Arm {
    path: TokenStream,
    name: String,
    fields: Vec<Ident>,
    is_named: bool,
    options: Options,
}

/// The implementation.
pub(crate) fn derive(item: TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let tokens = match syn::parse2::<Item>(item) {
        Ok(Item::Enum(item)) => {
            let whole = options(&item.attrs, &mut errors);
            let arms = item.variants.iter().map(|variant| {
                let own = options(&variant.attrs, &mut errors);
                let name = &variant.ident;
                arm(quote!(Self::#name), &variant.fields, (name, inherited(own, &whole)))
            });
            let arms: Vec<_> = arms.collect();
            implementation((&item.ident, &item.generics), &whole, &arms, &mut errors)
        }
        Ok(Item::Struct(item)) => {
            let whole = options(&item.attrs, &mut errors);
            let arms = [arm(quote!(Self), &item.fields, (&item.ident, whole.clone()))];
            implementation((&item.ident, &item.generics), &whole, &arms, &mut errors)
        }
        Ok(other) => {
            errors.error(other, "`SpanError` can be derived for an enum or a struct; implement it for this");
            TokenStream::new()
        }
        Err(error) => {
            errors.push(error);
            TokenStream::new()
        }
    };
    let mistakes = errors.into_tokens();
    quote!(#tokens #mistakes)
}

fn arm(path: TokenStream, fields: &Fields, (name, options): (&Ident, Options)) -> Arm {
    let names = match fields {
        Fields::Unit => Vec::new(),
        Fields::Named(named) => named.named.iter().filter_map(|field| field.ident.clone()).collect(),
        Fields::Unnamed(unnamed) => (0..unnamed.unnamed.len()).map(|index| format_ident!("_{index}")).collect(),
    };
    let is_named = matches!(fields, Fields::Named(_));
    Arm { path, name: name.unraw().to_string(), fields: names, is_named, options }
}

impl Arm {
    /// Binds the fields that `value` names.
    fn pattern(&self, value: &TokenStream) -> TokenStream {
        let Self { path, fields, .. } = self;
        if self.is_named {
            let used = fields.iter().filter(|field| uses(value, field));
            return quote!(#path { #(#used,)* .. });
        }
        let fields = fields.iter().map(|field| if uses(value, field) { quote!(#field) } else { quote!(_) });
        let fields: Vec<_> = fields.collect();
        if fields.is_empty() { quote!(#path { .. }) } else { quote!(#path(#(#fields),*)) }
    }
}

/// What is said of the type holds for a variant that says nothing of it.
fn inherited(own: Options, whole: &Options) -> Options {
    let attrs = if own.attrs.is_empty() { whole.attrs.clone() } else { own.attrs };
    Options {
        error_type: own.error_type.or_else(|| whole.error_type.clone()),
        ok: own.ok.or_else(|| whole.ok.clone()),
        status: own.status.or_else(|| whole.status.clone()),
        attrs,
        is_transparent: own.is_transparent,
        krate: None,
    }
}

fn options(attrs: &[Attribute], errors: &mut Errors) -> Options {
    let mut options = Options::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("span_error")) {
        let read = attr.parse_args_with(|input: ParseStream<'_>| {
            list(input, errors, |input, errors| option(&mut options, input, errors));
            Ok(())
        });
        errors.keep(read);
    }
    options
}

fn option(options: &mut Options, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
    let word = input.call(Ident::parse_any)?;
    match word.unraw().to_string().as_str() {
        "type" => {
            input.parse::<Token![=]>()?;
            options.error_type = Some(input.parse()?);
        }
        "ok" if input.peek(token::Paren) => options.ok = Some(kinds(input, errors)?),
        "ok" => options.ok = Some(Vec::new()),
        "status" => {
            input.parse::<Token![=]>()?;
            options.status = Some(input.parse()?);
        }
        "attrs" => {
            let entries;
            syn::parenthesized!(entries in input);
            list(&entries, errors, |input, _| {
                options.attrs.push(input.parse()?);
                Ok(())
            });
        }
        "transparent" => options.is_transparent = Some(word.span()),
        "crate" => {
            input.parse::<Token![=]>()?;
            options.krate = Some(input.call(Path::parse_mod_style)?);
        }
        _ => {
            let message = "expected `type = \"..\"`, `ok`, `ok(server)`, `status = 404`, `attrs(..)`, `transparent` or \
                           `crate = path`";
            return Err(syn::Error::new(word.span(), message));
        }
    }
    Ok(())
}

/// The kinds of `ok(..)`.
fn kinds(input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<Vec<Ident>> {
    let kinds;
    syn::parenthesized!(kinds in input);
    let kinds = kinds.parse_terminated(Ident::parse_any, Token![,])?;
    for kind in &kinds {
        if kind_of(kind).is_none() {
            errors.error(kind, "expected `internal`, `server`, `client`, `producer` or `consumer`");
        }
    }
    Ok(kinds.into_iter().collect())
}

fn kind_of(word: &Ident) -> Option<Ident> {
    let kind = match word.to_string().as_str() {
        "internal" => "Internal",
        "server" => "Server",
        "client" => "Client",
        "producer" => "Producer",
        "consumer" => "Consumer",
        _ => return None,
    };
    Some(Ident::new(kind, word.span()))
}

fn implementation(
    (name, generics): (&Ident, &Generics),
    whole: &Options,
    arms: &[Arm],
    errors: &mut Errors,
) -> TokenStream {
    let several = arms.iter().filter(|arm| arm.fields.len() != 1);
    for span in several.filter_map(|arm| arm.options.is_transparent) {
        errors.push(syn::Error::new(span, "`transparent` needs one field, whose `SpanError` counts"));
    }
    let root = whole.krate.as_ref().map_or_else(|| quote!(::traced), |path| quote!(#path));
    let rt = quote!(#root::__rt);
    let (impl_generics, type_generics, wheres) = generics.split_for_impl();
    let each = |value: &dyn Fn(&Arm) -> TokenStream| -> TokenStream {
        let arms = arms.iter().map(|arm| {
            let value = value(arm);
            let pattern = arm.pattern(&value);
            quote!(#pattern => #value,)
        });
        quote!(match self { #(#arms)* })
    };
    let body = |value: &dyn Fn(&Arm) -> TokenStream| {
        if arms.is_empty() { quote!({ match *self {} }) } else { each(value) }
    };
    let is_failure = body(&|arm| is_failure(arm, &rt));
    let error_type = body(&|arm| error_type(arm, (name, arms.len() > 1 || is_enum(arm)), &rt));
    let attributes = body(&|arm| attributes(arm, &rt));
    quote! {
        #[automatically_derived]
        impl #impl_generics #rt::SpanError for #name #type_generics #wheres {
            fn message(&self, __f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                #rt::said(self).write(__f)
            }

            fn is_failure(&self, __kind: #rt::SpanKind) -> bool {
                #is_failure
            }

            fn error_type(&self) -> #rt::Cow<'_, str> {
                #error_type
            }

            fn attributes(&self) -> #rt::Vec<#rt::KeyValue> {
                #attributes
            }
        }
    }
}

fn is_enum(arm: &Arm) -> bool {
    arm.path.to_string().starts_with("Self ::")
}

fn is_failure(arm: &Arm, rt: &TokenStream) -> TokenStream {
    let Options { ok, status, is_transparent, .. } = &arm.options;
    if let (Some(_), Some(field)) = (is_transparent, arm.fields.first()) {
        return quote!(#rt::SpanError::is_failure(#field, __kind));
    }
    match (ok, status) {
        (Some(kinds), _) if kinds.is_empty() => quote!(false),
        (Some(kinds), _) => {
            let kinds: Vec<_> = kinds.iter().filter_map(kind_of).collect();
            if kinds.is_empty() {
                // Each of them was a mistake, and is reported.
                return quote!(true);
            }
            quote!(!::core::matches!(__kind, #(#rt::SpanKind::#kinds)|*))
        }
        (None, Some(status)) => {
            quote_spanned!(at(status)=> #rt::is_http_failure({ let __status: u16 = #status; __status }, __kind))
        }
        (None, None) => quote!(true),
    }
}

fn error_type(arm: &Arm, (name, has_variants): (&Ident, bool), rt: &TokenStream) -> TokenStream {
    let Options { error_type, status, is_transparent, .. } = &arm.options;
    if let (Some(_), Some(field)) = (is_transparent, arm.fields.first()) {
        return quote!(#rt::SpanError::error_type(#field));
    }
    match (error_type, status) {
        (Some(text), _) => quote!(#rt::Cow::Borrowed(#text)),
        (None, Some(status)) => {
            quote_spanned!(at(status)=> #rt::Cow::Owned(#rt::ToString::to_string(&{ let __status: u16 = #status; __status })))
        }
        (None, None) => {
            let name = name.unraw().to_string();
            let name = if has_variants { format!("::{name}::{}", arm.name) } else { format!("::{name}") };
            quote!(#rt::Cow::Borrowed(::core::concat!(::core::module_path!(), #name)))
        }
    }
}

fn attributes(arm: &Arm, rt: &TokenStream) -> TokenStream {
    let Options { status, attrs, is_transparent, .. } = &arm.options;
    if let (Some(_), Some(field)) = (is_transparent, arm.fields.first()) {
        return quote!(#rt::SpanError::attributes(#field));
    }
    let status = status.iter().map(|status| {
        quote_spanned!(at(status)=> #rt::KeyValue::new("http.response.status_code", i64::from({ let __status: u16 = #status; __status })))
    });
    let attrs = attrs.iter().map(|Entry { key, value, format, .. }| {
        let value = match format {
            Format::Display => quote!(#rt::display(&#value)),
            Format::Debug => quote!(#rt::debug(&#value)),
            _ => quote!(#rt::value(&#value).get()),
        };
        quote!(#rt::KeyValue::new(#key, #value))
    });
    quote!(<[_]>::into_vec(#rt::Box::new([#(#status,)* #(#attrs,)*])))
}

fn at(expr: &Expr) -> Span {
    syn::spanned::Spanned::span(expr)
}
