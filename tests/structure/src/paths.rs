//! Every path of a file, wherever it stands.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, Meta, TraitItem, Visibility};

use crate::resolve::Target;
use crate::source::{Definition, FileId, ModuleId, Source, is_for_tests, leaves, line_of, plain};

/// One mention of something of the crate.
pub(crate) struct Mention {
    pub(crate) file: FileId,
    pub(crate) line: usize,
    /// The path as it is written.
    pub(crate) text: String,
    pub(crate) targets: Vec<Target>,
    pub(crate) is_reexport: bool,
    pub(crate) is_test: bool,
}

/// Every mention in all files.
pub(crate) fn mentions(source: &mut Source) -> Vec<Mention> {
    add_imports_of_blocks(source);
    let mut all = Vec::new();
    for (id, file) in source.files.iter().enumerate() {
        let mut reader = Reader { source, file: id, module: file.module, is_test: file.is_test, found: Vec::new() };
        reader.visit_file(&file.syntax);
        all.append(&mut reader.found);
    }
    all
}

/// A `use` inside a function counts as one of the module around it.
fn add_imports_of_blocks(source: &mut Source) {
    let mut found = Vec::new();
    for file in &source.files {
        let mut reader = BlockImports { source, module: file.module, in_block: false, found: &mut found };
        reader.visit_file(&file.syntax);
    }
    for (module, tree) in found {
        source.add_import(module, &tree);
    }
}

struct BlockImports<'a> {
    source: &'a Source,
    module: ModuleId,
    in_block: bool,
    found: &'a mut Vec<(ModuleId, syn::UseTree)>,
}

impl<'a> Visit<'a> for BlockImports<'_> {
    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        let outer = self.module;
        self.module = module_of(self.source, outer, item);
        visit::visit_item_mod(self, item);
        self.module = outer;
    }

    fn visit_block(&mut self, block: &'a syn::Block) {
        let outer = std::mem::replace(&mut self.in_block, true);
        visit::visit_block(self, block);
        self.in_block = outer;
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        if self.in_block && item.leading_colon.is_none() {
            self.found.push((self.module, item.tree.clone()));
        }
    }
}

/// The module of a `mod` item; one within a function counts as what is around it.
fn module_of(source: &Source, parent: ModuleId, item: &syn::ItemMod) -> ModuleId {
    let names = source.modules[parent].names.get(&plain(&item.ident)).map_or(&[][..], Vec::as_slice);
    let module = names.iter().find_map(|definition| match definition {
        Definition::Module(id) => Some(*id),
        _ => None,
    });
    module.unwrap_or(parent)
}

struct Reader<'a> {
    source: &'a Source,
    file: FileId,
    module: ModuleId,
    is_test: bool,
    found: Vec<Mention>,
}

impl Reader<'_> {
    fn mention(&mut self, path: &[String], line: usize, is_reexport: bool) {
        let mut targets = self.source.resolve(self.module, path);
        if path.len() == 1 && !is_reexport {
            // A variable may have the name of a module, and a module alone is no value and no type.
            targets.retain(|target| matches!(target, Target::Item(_)));
        }
        if !targets.is_empty() {
            let text = path.join("::");
            self.found.push(Mention { file: self.file, line, text, targets, is_reexport, is_test: self.is_test });
        }
    }

    fn for_tests_if(&mut self, attributes: &[Attribute], read: impl FnOnce(&mut Self)) {
        let outer = self.is_test;
        self.is_test |= is_for_tests(attributes);
        read(self);
        self.is_test = outer;
    }

    /// The paths among tokens that nobody but their macro understands.
    fn read_tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.read_tokens(group.stream()),
                TokenTree::Ident(_) if !is_field(&tokens, at) => {
                    at = self.read_path(&tokens, at, &[]);
                    continue;
                }
                _ => {}
            }
            at += 1;
        }
    }

    /// The path that begins at `at`, with all branches of a group as in `use`; returns what follows it.
    fn read_path(&mut self, tokens: &[TokenTree], mut at: usize, prefix: &[String]) -> usize {
        let mut path = prefix.to_vec();
        let line = line_of(tokens[at].span());
        while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
            path.push(plain(ident));
            at += 1;
            if !is_separator(tokens, at) {
                break;
            }
            match tokens.get(at + 2) {
                Some(TokenTree::Ident(_)) => at += 2,
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                    self.read_branches(group.stream(), &path);
                    return at + 3;
                }
                // A turbofish, or a glob.
                _ => break,
            }
        }
        let is_value_self = path.len() == 1 && matches!(path[0].as_str(), "self" | "crate" | "super" | "Self");
        if !is_value_self {
            self.mention(&path, line, false);
        }
        at
    }

    fn read_branches(&mut self, tokens: TokenStream, prefix: &[String]) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for branch in tokens.split(|token| matches!(token, TokenTree::Punct(comma) if comma.as_char() == ',')) {
            if matches!(branch.first(), Some(TokenTree::Ident(_))) {
                self.read_path(branch, 0, prefix);
            }
        }
    }
}

/// Whether the name after a dot, a quote or a path's beginning stands here.
fn is_field(tokens: &[TokenTree], at: usize) -> bool {
    let Some(TokenTree::Punct(before)) = at.checked_sub(1).and_then(|before| tokens.get(before)) else { return false };
    let is_range = at > 1 && matches!(&tokens[at - 2], TokenTree::Punct(dot) if dot.as_char() == '.');
    match before.as_char() {
        '.' => !is_range,
        '\'' | ':' => before.as_char() == '\'' || is_separator(tokens, at.saturating_sub(2)),
        '$' => !matches!(&tokens[at], TokenTree::Ident(ident) if ident == "crate"),
        _ => false,
    }
}

fn is_separator(tokens: &[TokenTree], at: usize) -> bool {
    let colon = |at: usize, joint: bool| {
        matches!(tokens.get(at), Some(TokenTree::Punct(punct))
            if punct.as_char() == ':' && (!joint || punct.spacing() == Spacing::Joint))
    };
    colon(at, true) && colon(at + 1, false)
}

impl<'a> Visit<'a> for Reader<'_> {
    fn visit_item(&mut self, item: &'a Item) {
        self.for_tests_if(attributes_of(item), |reader| visit::visit_item(reader, item));
    }

    fn visit_impl_item(&mut self, item: &'a ImplItem) {
        let attributes = match item {
            ImplItem::Const(item) => &item.attrs,
            ImplItem::Fn(item) => &item.attrs,
            ImplItem::Type(item) => &item.attrs,
            ImplItem::Macro(item) => &item.attrs,
            _ => &Vec::new(),
        };
        self.for_tests_if(attributes, |reader| visit::visit_impl_item(reader, item));
    }

    fn visit_trait_item(&mut self, item: &'a TraitItem) {
        let attributes = match item {
            TraitItem::Const(item) => &item.attrs,
            TraitItem::Fn(item) => &item.attrs,
            TraitItem::Type(item) => &item.attrs,
            TraitItem::Macro(item) => &item.attrs,
            _ => &Vec::new(),
        };
        self.for_tests_if(attributes, |reader| visit::visit_trait_item(reader, item));
    }

    fn visit_item_mod(&mut self, item: &'a syn::ItemMod) {
        let outer = self.module;
        self.module = module_of(self.source, outer, item);
        visit::visit_item_mod(self, item);
        self.module = outer;
    }

    fn visit_item_use(&mut self, item: &'a syn::ItemUse) {
        if item.leading_colon.is_some() {
            return;
        }
        let is_reexport = !matches!(item.vis, Visibility::Inherited);
        for leaf in leaves(&item.tree) {
            if leaf.path.len() > 1 || is_reexport || leaf.name.is_none() {
                self.mention(&leaf.path, leaf.line, is_reexport);
            }
        }
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        if path.leading_colon.is_none()
            && let Some(first) = path.segments.first()
        {
            let segments: Vec<String> = path.segments.iter().map(|segment| plain(&segment.ident)).collect();
            if !(segments.len() == 1 && segments[0] == "self") {
                self.mention(&segments, line_of(first.ident.span()), false);
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'a syn::Macro) {
        visit::visit_macro(self, call);
        if let Some(name) = call.path.get_ident()
            && self.source.resolve(self.module, &[plain(name)]).is_empty()
            && let Some(files) = self.source.macros.get(&plain(name))
            && !files.contains(&self.file)
        {
            let targets = files.iter().map(|file| Target::Item(*file)).collect();
            let (line, text) = (line_of(name.span()), format!("{name}!"));
            let (file, is_test) = (self.file, self.is_test);
            self.found.push(Mention { file, line, text, targets, is_reexport: false, is_test });
        }
        self.read_tokens(call.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'a Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.read_tokens(list.tokens.clone());
        }
    }

    // `pub(in path)` says who may use an item; it uses nothing.
    fn visit_visibility(&mut self, _: &'a Visibility) {}
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

/// Lines of a file that are not below `#[cfg(test)]`.
pub(crate) fn lines_without_tests(file: &syn::File, lines: usize) -> usize {
    use syn::spanned::Spanned as _;

    let tests = file.items.iter().filter(|item| is_for_tests(attributes_of(item)));
    let lines_of_tests: usize = tests
        .map(|item| {
            let first = attributes_of(item).first().map_or_else(|| line_of(item.span()), |first| line_of(first.span()));
            item.span().end().line + 1 - first
        })
        .sum();
    lines - lines_of_tests
}
