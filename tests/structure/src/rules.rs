//! What holds for a crate, and the sentences that say where it does not.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::circles::{Arrow, Graph, circles, ways_round};
use crate::paths::{Mention, lines_without_tests, mentions};
use crate::resolve::Target;
use crate::source::{FileId, ReadError, Source};

/// The rules of one crate.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules<'a> {
    /// The top-level modules in their order. Empty for a crate without one: only circles and lengths are checked.
    pub rooms: &'a [&'a str],
    /// Rooms that code below `#[cfg(test)]` may use from anywhere.
    pub for_tests: &'a [&'a str],
    /// Files that may import from one room further down all the same.
    pub exceptions: &'a [Exception<'a>],
    /// Files that may import each other.
    pub circles: &'a [Circle<'a>],
    /// How many files a circle may have.
    pub largest_circle: usize,
    /// How many lines a file may have without its tests.
    pub file_lines: usize,
}

/// An import that runs up, with its reason.
#[derive(Clone, Copy, Debug)]
pub struct Exception<'a> {
    /// The file, below `src`.
    pub file: &'a str,
    /// The room that it may import from.
    pub room: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// Files that import each other, with the reason.
#[derive(Clone, Copy, Debug)]
pub struct Circle<'a> {
    /// The files, below `src`: all those of the circle.
    pub files: &'a [&'a str],
    /// Why.
    pub reason: &'a str,
}

/// What was read, and what is wrong with it.
#[derive(Clone, Debug)]
pub struct Report {
    /// How many files were read: all that are on disk.
    pub files: usize,
    /// How many mentions of something of the crate they have.
    pub mentions: usize,
    /// Arrows from file to file.
    pub arrows: usize,
    /// A sentence for each rule that is broken somewhere.
    pub broken: Vec<String>,
}

/// Checks the crate in `root/folder`.
///
/// # Errors
///
/// When its sources cannot be read, or one of them is part of no module.
pub fn check(root: &Path, folder: &str, rules: &Rules<'_>) -> Result<Report, ReadError> {
    let mut source = Source::read(&root.join(folder).join("src"))?;
    let mentions = mentions(&mut source);
    let checker = Checker { source: &source, rules, root, folder };
    let graph = checker.graph(&mentions);
    let broken =
        [checker.rooms_of_files(), checker.order(&mentions), checker.circles(&graph), checker.lengths()].concat();
    let arrows = graph.values().map(BTreeMap::len).sum();
    Ok(Report { files: source.files.len(), mentions: mentions.len(), arrows, broken })
}

struct Checker<'a> {
    source: &'a Source,
    rules: &'a Rules<'a>,
    root: &'a Path,
    folder: &'a str,
}

impl Checker<'_> {
    /// A file as an error names it.
    fn shown(&self, file: FileId) -> String {
        let path = &self.source.files[file].path;
        path.strip_prefix(self.root).unwrap_or(path).display().to_string()
    }

    /// A file as the rules name it.
    fn below_src(&self, file: FileId) -> String {
        let path = &self.source.files[file].path;
        let src = self.root.join(self.folder).join("src");
        path.strip_prefix(src).unwrap_or(path).display().to_string()
    }

    /// The room of a file; `None` for `lib.rs`.
    fn room_of(&self, file: FileId) -> Option<&str> {
        self.source.modules[self.source.files[file].module].path.first().map(String::as_str)
    }

    fn place_of(&self, room: Option<&str>) -> Option<usize> {
        room.map_or(Some(usize::MAX), |room| self.rules.rooms.iter().position(|other| *other == room))
    }

    /// Every room has a place in the list, and every place a room.
    fn rooms_of_files(&self) -> Vec<String> {
        if self.rules.rooms.is_empty() {
            return Vec::new();
        }
        let there: BTreeSet<&str> = (0..self.source.files.len()).filter_map(|file| self.room_of(file)).collect();
        let folder = self.folder;
        let without_place = there.iter().filter(|room| !self.rules.rooms.contains(room));
        let without_place = without_place.map(|room| {
            format!("{folder}/src: `{room}` has no place in the order of rooms: give it one, or move it into a room")
        });
        let gone = self.rules.rooms.iter().filter(|room| !there.contains(**room));
        let gone = gone.map(|room| format!("{folder}/src: the order of rooms names `{room}`, which is not there"));
        without_place.chain(gone).collect()
    }

    /// A room imports only from itself and from those before it.
    fn order(&self, mentions: &[Mention]) -> Vec<String> {
        if self.rules.rooms.is_empty() {
            return Vec::new();
        }
        let mut broken = BTreeMap::new();
        let mut used = BTreeSet::new();
        for mention in mentions {
            let from = self.room_of(mention.file);
            for room in self.rooms_named(mention) {
                let (Some(here), Some(there)) = (self.place_of(from), self.place_of(room)) else { continue };
                let name = room.unwrap_or("lib.rs");
                if there <= here || mention.is_test && self.rules.for_tests.contains(&name) {
                    continue;
                }
                let file = self.below_src(mention.file);
                let exceptions = self.rules.exceptions.iter();
                match exceptions.enumerate().find(|(_, one)| one.file == file && one.room == name) {
                    Some((number, _)) => drop(used.insert(number)),
                    None => {
                        let key = (mention.file, name);
                        broken.entry(key).or_insert_with(|| self.runs_up(mention, from.unwrap_or("lib.rs"), name));
                    }
                }
            }
        }
        let unused = (0..self.rules.exceptions.len()).filter(|number| !used.contains(number));
        let unused = unused.map(|number| {
            let Exception { file, room, .. } = self.rules.exceptions[number];
            format!("{}/src/{file}: may import from `{room}` and does not: take the exception away", self.folder)
        });
        broken.into_values().chain(unused).collect()
    }

    fn runs_up(&self, mention: &Mention, from: &str, to: &str) -> String {
        let (file, line, text) = (self.shown(mention.file), mention.line, &mention.text);
        let tests =
            if mention.is_test { format!(", its tests also from {:?}", self.rules.for_tests) } else { String::new() };
        format!(
            "{file}:{line}: `{text}` is of room `{to}`, which comes after `{from}`: a room imports only from itself and \
             from rooms before it{tests}"
        )
    }

    /// The rooms of what a mention names. The crate itself is none.
    fn rooms_named(&self, mention: &Mention) -> BTreeSet<Option<&str>> {
        let rooms = mention.targets.iter().filter_map(|target| match *target {
            Target::Item(file) => Some(self.room_of(file)),
            Target::Module(module) => self.source.modules[module].path.first().map(|room| Some(room.as_str())),
        });
        rooms.collect()
    }

    /// Which file needs which, apart from tests and from what is only passed on.
    fn graph(&self, mentions: &[Mention]) -> Graph {
        let mut graph: Graph = (0..self.source.files.len()).map(|file| (file, BTreeMap::new())).collect();
        for mention in mentions.iter().filter(|mention| !mention.is_test && !mention.is_reexport) {
            for target in &mention.targets {
                if let Target::Item(file) = *target
                    && file != mention.file
                {
                    let arrows = graph.entry(mention.file).or_default();
                    arrows.entry(file).or_insert_with(|| Arrow { line: mention.line, text: mention.text.clone() });
                }
            }
        }
        graph
    }

    /// Files import each other only where the rules say so.
    fn circles(&self, graph: &Graph) -> Vec<String> {
        let mut broken = Vec::new();
        let mut used = BTreeSet::new();
        for circle in circles(graph) {
            let names: BTreeSet<String> = circle.iter().map(|file| self.below_src(*file)).collect();
            let listed = self.rules.circles.iter().position(|listed| {
                listed.files.iter().map(|file| (*file).to_owned()).collect::<BTreeSet<_>>() == names
            });
            used.extend(listed);
            if listed.is_none() || circle.len() > self.rules.largest_circle {
                broken.push(self.circle(graph, &circle));
            }
        }
        let gone = (0..self.rules.circles.len()).filter(|number| !used.contains(number));
        broken.extend(gone.map(|number| {
            let files = self.rules.circles[number].files.join(", ");
            format!("{}/src: {files} are listed as a circle and are none: take it from the list", self.folder)
        }));
        broken
    }

    fn circle(&self, graph: &Graph, circle: &[FileId]) -> String {
        let files: Vec<String> = circle.iter().map(|file| self.below_src(*file)).collect();
        let mut text = format!(
            "{}/src: {} files import each other in a circle; one is allowed where the list of circles names exactly its \
             files, at most {}: {}",
            self.folder,
            circle.len(),
            self.rules.largest_circle,
            files.join(", ")
        );
        for way in ways_round(graph, circle) {
            for (place, file) in way.iter().enumerate() {
                let next = way[(place + 1) % way.len()];
                let Arrow { line, text: path } = &graph[file][&next];
                let start = if place == 0 { "\n  " } else { " -> " };
                text.push_str(&format!("{start}{}:{line} `{path}`", self.shown(*file)));
            }
            text.push_str(&format!(" -> {}", self.shown(way[0])));
        }
        text
    }

    /// No file is too long.
    fn lengths(&self) -> Vec<String> {
        let limit = self.rules.file_lines;
        let mut broken = Vec::new();
        for (id, file) in self.source.files.iter().enumerate().filter(|(_, file)| !file.is_test) {
            let lines = lines_without_tests(&file.syntax, file.lines);
            if lines > limit {
                broken.push(format!("{}: {lines} lines without its tests, {limit} allowed", self.shown(id)));
            }
        }
        broken
    }
}
