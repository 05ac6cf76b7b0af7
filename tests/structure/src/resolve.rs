//! What a path names: the file of an item, or a module.

use std::collections::HashSet;

use crate::source::{Definition, FileId, Module, ModuleId, ROOT, Source};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Target {
    Item(FileId),
    Module(ModuleId),
}

/// The imports that are being followed, so that two that name each other end.
type Followed = HashSet<(ModuleId, String, usize)>;

impl Source {
    /// What a path in a module names within this crate; nothing for names from elsewhere.
    ///
    /// Several where the name is defined more than once: a module and a function, or one for each `#[cfg]`.
    pub(crate) fn resolve(&self, from: ModuleId, path: &[String]) -> Vec<Target> {
        self.follow(from, path, &mut Followed::new())
    }

    fn follow(&self, from: ModuleId, path: &[String], followed: &mut Followed) -> Vec<Target> {
        let Some(first) = path.first() else { return Vec::new() };
        let mut rest = &path[1..];
        let mut found = match first.as_str() {
            "crate" => vec![Target::Module(ROOT)],
            "self" => vec![Target::Module(from)],
            "super" => vec![Target::Module(self.modules[from].parent)],
            name => self.look_up(from, name, followed),
        };
        while let Some((name, after)) = rest.split_first() {
            found = self.step(&found, name, followed);
            rest = after;
        }
        found.sort();
        found.dedup();
        found
    }

    /// One segment further.
    fn step(&self, found: &[Target], name: &str, followed: &mut Followed) -> Vec<Target> {
        let modules = found.iter().filter(|target| matches!(target, Target::Module(_)));
        if modules.clone().count() == 0 {
            // An associated item, or a variant: it is where its type is.
            return found.to_vec();
        }
        let mut further = Vec::new();
        for target in modules {
            let Target::Module(module) = *target else { continue };
            if name == "super" {
                further.push(Target::Module(self.modules[module].parent));
                continue;
            }
            let named = self.look_up(module, name, followed);
            if named.is_empty() && !self.is_from_elsewhere(module, name) {
                // What a macro defines there.
                further.extend(self.modules[module].files.iter().map(|file| Target::Item(*file)));
            }
            further.extend(named);
        }
        further
    }

    /// Whether a module may have a name from another crate: by a `use` of it, or by a glob.
    fn is_from_elsewhere(&self, module: ModuleId, name: &str) -> bool {
        let Module { names, globs, .. } = &self.modules[module];
        names.contains_key(name) || globs.iter().any(|path| self.resolve(module, path).is_empty())
    }

    fn look_up(&self, module: ModuleId, name: &str, followed: &mut Followed) -> Vec<Target> {
        let mut found = Vec::new();
        let definitions = self.modules[module].names.get(name).map_or(&[][..], Vec::as_slice);
        for (number, definition) in definitions.iter().enumerate() {
            match definition {
                Definition::Module(id) => found.push(Target::Module(*id)),
                Definition::Item(file) => found.push(Target::Item(*file)),
                Definition::Import(path) => {
                    let key = (module, name.to_owned(), number);
                    if followed.insert(key.clone()) {
                        found.extend(self.follow(module, path, followed));
                        followed.remove(&key);
                    }
                }
            }
        }
        if found.is_empty() && definitions.is_empty() {
            found.extend(self.look_through_globs(module, name, followed));
        }
        found
    }

    fn look_through_globs(&self, module: ModuleId, name: &str, followed: &mut Followed) -> Vec<Target> {
        let mut found = Vec::new();
        for (number, path) in self.modules[module].globs.iter().enumerate() {
            let key = (module, format!("* {name}"), number);
            if !followed.insert(key.clone()) {
                continue;
            }
            for target in self.follow(module, path, followed) {
                if let Target::Module(behind) = target {
                    found.extend(self.look_up(behind, name, followed));
                }
            }
            followed.remove(&key);
        }
        found
    }
}
