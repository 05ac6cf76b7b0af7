//! Files that need each other: the strongly connected parts of the graph of imports.

use std::collections::{BTreeMap, VecDeque};

use crate::source::FileId;

/// Who imports whom, with the line that does it first.
pub(crate) type Graph = BTreeMap<FileId, BTreeMap<FileId, Arrow>>;

#[derive(Clone, Debug)]
pub(crate) struct Arrow {
    pub(crate) line: usize,
    pub(crate) text: String,
}

/// The largest sets of two files or more in which each reaches each.
pub(crate) fn circles(graph: &Graph) -> Vec<Vec<FileId>> {
    let reached: BTreeMap<FileId, Vec<FileId>> = graph.keys().map(|file| (*file, reachable(graph, *file))).collect();
    let reaches = |from: FileId, to: FileId| reached.get(&from).is_some_and(|files| files.contains(&to));
    let mut circles: Vec<Vec<FileId>> = Vec::new();
    for &file in graph.keys() {
        if circles.iter().flatten().any(|other| *other == file) {
            continue;
        }
        let circle: Vec<FileId> =
            graph.keys().copied().filter(|&other| reaches(file, other) && reaches(other, file)).collect();
        if circle.len() > 1 {
            circles.push(circle);
        }
    }
    circles
}

fn reachable(graph: &Graph, from: FileId) -> Vec<FileId> {
    let mut found = Vec::new();
    let mut open = vec![from];
    while let Some(file) = open.pop() {
        for next in graph.get(&file).into_iter().flat_map(BTreeMap::keys) {
            if !found.contains(next) {
                found.push(*next);
                open.push(*next);
            }
        }
    }
    found
}

/// For each file of a circle the shortest way round through it, each way once.
pub(crate) fn ways_round(graph: &Graph, circle: &[FileId]) -> Vec<Vec<FileId>> {
    let mut ways: Vec<Vec<FileId>> = Vec::new();
    for &file in circle {
        let Some(mut way) = shortest_way_round(graph, file) else { continue };
        let first = (0..way.len()).min_by_key(|place| way[*place]).unwrap_or(0);
        way.rotate_left(first);
        if !ways.contains(&way) {
            ways.push(way);
        }
    }
    ways
}

fn shortest_way_round(graph: &Graph, start: FileId) -> Option<Vec<FileId>> {
    let mut ways = VecDeque::from([vec![start]]);
    let mut seen = Vec::new();
    while let Some(way) = ways.pop_front() {
        for &next in graph.get(way.last()?)?.keys() {
            if next == start {
                return Some(way);
            }
            if !seen.contains(&next) {
                seen.push(next);
                ways.push_back([way.as_slice(), &[next]].concat());
            }
        }
    }
    None
}
