//! A crate as a tree of modules, each with the names that it defines and imports.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use syn::{Attribute, Item, Meta, UseTree};

pub(crate) type FileId = usize;
pub(crate) type ModuleId = usize;

pub(crate) const ROOT: ModuleId = 0;

/// Sources that cannot be read as a crate.
#[derive(Debug)]
pub enum ReadError {
    /// A file or folder could not be read.
    Io(PathBuf, io::Error),
    /// A file is not Rust.
    Syntax(PathBuf, syn::Error),
    /// No file for a `mod` item: the file that declares it, and the module.
    NoFile(PathBuf, String),
    /// A file on disk that no module declares.
    NotDeclared(PathBuf),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Syntax(path, error) => write!(f, "{}:{}: {error}", path.display(), error.span().start().line),
            Self::NoFile(path, module) => write!(f, "{}: no file for `mod {module}`", path.display()),
            Self::NotDeclared(path) => {
                write!(f, "{}: no module declares this file, so nothing reads it", path.display())
            }
        }
    }
}

impl std::error::Error for ReadError {}

pub(crate) struct File {
    pub(crate) path: PathBuf,
    pub(crate) syntax: syn::File,
    pub(crate) module: ModuleId,
    /// Declared below `#[cfg(test)]`.
    pub(crate) is_test: bool,
    pub(crate) lines: usize,
}

#[derive(Clone, Debug)]
pub(crate) enum Definition {
    Module(ModuleId),
    Item(FileId),
    /// What a `use` names, as it is written.
    Import(Vec<String>),
}

#[derive(Default)]
pub(crate) struct Module {
    pub(crate) path: Vec<String>,
    pub(crate) parent: ModuleId,
    /// Several where `#[cfg]` chooses one of two files for a module.
    pub(crate) files: Vec<FileId>,
    pub(crate) names: HashMap<String, Vec<Definition>>,
    pub(crate) globs: Vec<Vec<String>>,
}

/// All files and modules of one crate.
pub(crate) struct Source {
    pub(crate) files: Vec<File>,
    pub(crate) modules: Vec<Module>,
    /// `macro_rules!` by name, for calls without a path.
    pub(crate) macros: HashMap<String, Vec<FileId>>,
}

impl Source {
    /// Reads the crate whose `lib.rs` is in `folder`, and checks that no file of the folder is left out.
    pub(crate) fn read(folder: &Path) -> Result<Self, ReadError> {
        let root = Module::default();
        let mut source = Self { files: Vec::new(), modules: vec![root], macros: HashMap::new() };
        source.read_file(&folder.join("lib.rs"), ROOT, false)?;
        let left_out =
            files_below(folder)?.into_iter().find(|path| !source.files.iter().any(|file| &file.path == path));
        left_out.map_or(Ok(source), |path| Err(ReadError::NotDeclared(path)))
    }

    fn read_file(&mut self, path: &Path, module: ModuleId, is_test: bool) -> Result<(), ReadError> {
        let text = fs::read_to_string(path).map_err(|error| ReadError::Io(path.to_owned(), error))?;
        let syntax = syn::parse_file(&text).map_err(|error| ReadError::Syntax(path.to_owned(), error))?;
        let id = self.files.len();
        let items = syntax.items.clone();
        self.files.push(File { path: path.to_owned(), syntax, module, is_test, lines: text.lines().count() });
        self.modules[module].files.push(id);
        self.read_items(&items, &Place { module, file: id, folder: folder_of_children(path), is_test })
    }

    fn read_items(&mut self, items: &[Item], place: &Place) -> Result<(), ReadError> {
        for item in items {
            match item {
                Item::Mod(item) => self.read_module(item, place)?,
                Item::Use(item) => self.add_import(place.module, &item.tree),
                Item::Macro(item) => self.add_macro(item, place),
                Item::ExternCrate(item) if item.ident == "self" => {
                    let name = item.rename.as_ref().map_or_else(|| "self".to_owned(), |(_, name)| name.to_string());
                    self.define(place.module, name, Definition::Module(ROOT));
                }
                item => {
                    if let Some(name) = name_of(item) {
                        self.define(place.module, name, Definition::Item(place.file));
                    }
                }
            }
        }
        Ok(())
    }

    fn read_module(&mut self, item: &syn::ItemMod, place: &Place) -> Result<(), ReadError> {
        let name = plain(&item.ident);
        let module = self.module_below(place.module, &name);
        let is_test = place.is_test || is_for_tests(&item.attrs);
        if let Some((_, items)) = &item.content {
            self.modules[module].files.push(place.file);
            let folder = place.folder.join(&name);
            return self.read_items(items, &Place { module, file: place.file, folder, is_test });
        }
        let declaring = self.files[place.file].path.clone();
        let named = path_attributes(&item.attrs);
        let beside = declaring.parent().unwrap_or(Path::new("")).to_owned();
        let candidates = if named.is_empty() {
            vec![place.folder.join(format!("{name}.rs")), place.folder.join(&name).join("mod.rs")]
        } else {
            named.into_iter().map(|path| beside.join(path)).collect()
        };
        let mut found = false;
        for path in candidates.into_iter().filter(|path| path.is_file()) {
            self.read_file(&path, module, is_test)?;
            found = true;
        }
        if found { Ok(()) } else { Err(ReadError::NoFile(declaring, name)) }
    }

    /// The module of that name, which exists already where `#[cfg]` chooses one of two.
    fn module_below(&mut self, parent: ModuleId, name: &str) -> ModuleId {
        let known = self.modules[parent].names.get(name).into_iter().flatten();
        let known = known.filter_map(|definition| match definition {
            Definition::Module(id) if *id != ROOT => Some(*id),
            _ => None,
        });
        if let Some(id) = known.into_iter().next() {
            return id;
        }
        let id = self.modules.len();
        let path = [self.modules[parent].path.as_slice(), &[name.to_owned()]].concat();
        self.modules.push(Module { path, parent, ..Module::default() });
        self.define(parent, name.to_owned(), Definition::Module(id));
        id
    }

    fn define(&mut self, module: ModuleId, name: String, definition: Definition) {
        self.modules[module].names.entry(name).or_default().push(definition);
    }

    fn add_macro(&mut self, item: &syn::ItemMacro, place: &Place) {
        let Some(name) = &item.ident else { return };
        self.macros.entry(plain(name)).or_default().push(place.file);
        if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
            self.define(ROOT, plain(name), Definition::Item(place.file));
        }
    }

    /// Adds the names that a `use` brings into a module.
    pub(crate) fn add_import(&mut self, module: ModuleId, tree: &UseTree) {
        for leaf in leaves(tree) {
            match leaf.name {
                Some(name) if name == "_" => {}
                Some(name) => self.define(module, name, Definition::Import(leaf.path)),
                None => self.modules[module].globs.push(leaf.path),
            }
        }
    }
}

struct Place {
    module: ModuleId,
    file: FileId,
    /// Where the files of modules are that are declared here.
    folder: PathBuf,
    is_test: bool,
}

/// One name, or glob, of a `use`.
pub(crate) struct Leaf {
    pub(crate) path: Vec<String>,
    /// `None` for a glob.
    pub(crate) name: Option<String>,
    pub(crate) line: usize,
}

pub(crate) fn leaves(tree: &UseTree) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    collect_leaves(tree, &mut Vec::new(), &mut leaves);
    leaves
}

fn collect_leaves(tree: &UseTree, prefix: &mut Vec<String>, leaves: &mut Vec<Leaf>) {
    match tree {
        UseTree::Path(path) => {
            prefix.push(plain(&path.ident));
            collect_leaves(&path.tree, prefix, leaves);
            prefix.pop();
        }
        UseTree::Name(name) => leaves.push(leaf(prefix, &name.ident, &name.ident)),
        UseTree::Rename(rename) => leaves.push(leaf(prefix, &rename.ident, &rename.rename)),
        UseTree::Glob(glob) => {
            leaves.push(Leaf { path: prefix.clone(), name: None, line: line_of(glob.star_token.spans[0]) });
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| collect_leaves(tree, prefix, leaves)),
    }
}

fn leaf(prefix: &[String], ident: &syn::Ident, name: &syn::Ident) -> Leaf {
    let mut path = prefix.to_vec();
    let mut name = plain(name);
    if ident != "self" || prefix.is_empty() {
        path.push(plain(ident));
    } else if name == "self" {
        name = prefix.last().cloned().unwrap_or_default();
    }
    Leaf { path, name: Some(name), line: line_of(ident.span()) }
}

pub(crate) fn line_of(span: proc_macro2::Span) -> usize {
    span.start().line
}

/// An identifier without `r#`.
pub(crate) fn plain(ident: &syn::Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map_or(text.clone(), str::to_owned)
}

/// Whether `#[cfg(test)]` stands here, alone or as one of the conditions of an `all`.
pub(crate) fn is_for_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg") && attribute.parse_args::<Meta>().is_ok_and(|meta| requires_test(&meta))
    })
}

fn requires_test(meta: &Meta) -> bool {
    match meta {
        Meta::Path(path) => path.is_ident("test"),
        Meta::List(list) if list.path.is_ident("all") => list
            .parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated)
            .is_ok_and(|parts| parts.iter().any(requires_test)),
        _ => false,
    }
}

/// The files of `#[path = ".."]`, also within `cfg_attr`.
fn path_attributes(attributes: &[Attribute]) -> Vec<String> {
    let mut found = Vec::new();
    for attribute in attributes {
        let mut metas = vec![attribute.meta.clone()];
        if let (true, Meta::List(list)) = (attribute.path().is_ident("cfg_attr"), &attribute.meta) {
            let parts = list.parse_args_with(syn::punctuated::Punctuated::<Meta, syn::Token![,]>::parse_terminated);
            metas.extend(parts.into_iter().flatten().skip(1));
        }
        for meta in metas {
            if let Meta::NameValue(pair) = meta
                && pair.path.is_ident("path")
                && let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) = pair.value
            {
                found.push(text.value());
            }
        }
    }
    found
}

fn folder_of_children(path: &Path) -> PathBuf {
    let folder = path.parent().unwrap_or(Path::new(""));
    let is_folder_itself = path.file_name().is_some_and(|name| name == "lib.rs" || name == "mod.rs");
    if is_folder_itself { folder.to_owned() } else { path.with_extension("") }
}

fn files_below(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let failed = |error| ReadError::Io(folder.to_owned(), error);
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.is_dir() {
            files.extend(files_below(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn name_of(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::TraitAlias(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(plain(ident))
}
