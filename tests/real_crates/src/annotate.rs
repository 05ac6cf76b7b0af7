//! Source code with an attribute on every function.

use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItemFn, ItemFn, Signature, TraitItemFn, Visibility};

/// Writes `attribute` in front of every function of a file that can have one, behind the attributes it has. Gives the
/// source and how many they are, or none where it does not parse.
pub(crate) fn annotate(source: &str, attribute: &str) -> Option<(String, usize)> {
    let file = syn::parse_file(source).ok()?;
    let mut found = Functions::default();
    found.visit_file(&file);
    let mut annotated = source.to_owned();
    // From the last one on, so that the places before it stay where they are.
    found.places.sort_unstable();
    for place in found.places.iter().rev() {
        annotated.insert_str(*place, &format!("{attribute} "));
    }
    Some((annotated, found.places.len()))
}

/// Where functions begin.
#[derive(Default)]
struct Functions {
    places: Vec<usize>,
}

impl Functions {
    fn add(&mut self, attrs: &[Attribute], first: Option<proc_macro2::Span>, sig: &Signature) {
        // Some attributes make a function `const`, which cannot have a span.
        let becomes_const =
            attrs.iter().any(|attr| attr.path().segments.iter().any(|part| part.ident == "rustversion"));
        if sig.constness.is_none() && sig.variadic.is_none() && !becomes_const {
            self.places.push(first.unwrap_or_else(|| sig.span()).byte_range().start);
        }
    }
}

fn of(vis: &Visibility) -> Option<proc_macro2::Span> {
    (!matches!(vis, Visibility::Inherited)).then(|| vis.span())
}

impl<'ast> Visit<'ast> for Functions {
    fn visit_item_fn(&mut self, function: &'ast ItemFn) {
        self.add(&function.attrs, of(&function.vis), &function.sig);
        visit::visit_item_fn(self, function);
    }

    fn visit_impl_item_fn(&mut self, function: &'ast ImplItemFn) {
        let first = of(&function.vis).or_else(|| function.defaultness.map(|word| word.span()));
        self.add(&function.attrs, first, &function.sig);
        visit::visit_impl_item_fn(self, function);
    }

    fn visit_trait_item_fn(&mut self, function: &'ast TraitItemFn) {
        if function.default.is_some() {
            self.add(&function.attrs, None, &function.sig);
        }
        visit::visit_trait_item_fn(self, function);
    }
}

#[cfg(test)]
mod tests {
    use super::annotate;

    #[test]
    fn functions_of_every_place_are_annotated_and_others_are_not() {
        let source = "/// Text.\n#[inline]\npub async fn a() { fn b() {} }\nconst fn c() {}\n\
                      trait T { fn d(&self); unsafe fn e(&self) {} }\nimpl S { pub(crate) fn f() {} }\n\
                      extern \"C\" { fn g(); }\nmacro_rules! m { () => { fn h() {} } }\n";
        let annotated = "/// Text.\n#[inline]\n#[x] pub async fn a() { #[x] fn b() {} }\nconst fn c() {}\n\
                         trait T { fn d(&self); #[x] unsafe fn e(&self) {} }\nimpl S { #[x] pub(crate) fn f() {} }\n\
                         extern \"C\" { fn g(); }\nmacro_rules! m { () => { fn h() {} } }\n";
        assert_eq!(annotate(source, "#[x]"), Some((annotated.to_owned(), 4)));
    }
}
