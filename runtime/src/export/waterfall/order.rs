//! Which spans of a trace are shown, and in what order.

use std::collections::{HashMap, VecDeque};

use super::Row;

/// A line of the tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Entry {
    /// The row shown; `None` for the note that spans are left out here.
    pub(super) row: Option<usize>,
    /// For each ancestor below the root and the entry itself, whether a sibling follows.
    pub(super) more_siblings: Vec<bool>,
    /// Whether entries below follow.
    pub(super) has_children: bool,
    /// Whether the parent is not among the rows.
    pub(super) orphan: bool,
    /// How many spans are left out here.
    pub(super) hidden: usize,
}

/// Guides further out than this are not kept: no terminal has the room.
const MAX_GUIDES: usize = 64;

/// The entries, parents before children and siblings by start.
pub(super) fn entries(rows: &[Row], max_rows: usize) -> Vec<Entry> {
    let tree = Tree::new(rows);
    let shown = tree.choose(rows, max_rows);
    let hidden = tree.count_hidden(&shown);
    tree.walk(&shown, &hidden)
}

/// The rows by index; the index `rows.len()` stands above all roots.
struct Tree {
    top: usize,
    parents: Vec<usize>,
    children: Vec<Vec<usize>>,
    /// Every row, no child before its parent, nearest to the root first.
    breadth_first: Vec<usize>,
    orphans: Vec<bool>,
}

impl Tree {
    fn new(rows: &[Row]) -> Self {
        let top = rows.len();
        let by_id = rows.iter().enumerate().map(|(index, row)| (row.span_id, index)).collect::<HashMap<_, _>>();
        let find = |row: &Row| row.parent.map_or(Some(top), |parent| by_id.get(&parent).copied());
        let found = rows.iter().map(find).collect::<Vec<_>>();
        let orphans = found.iter().map(Option::is_none).collect();
        let parents = found.into_iter().map(|parent| parent.unwrap_or(top)).collect();
        let mut tree = Self { top, parents, children: Vec::new(), breadth_first: Vec::new(), orphans };
        tree.link(rows);
        tree.break_cycles(rows);
        tree
    }

    /// Fills what follows from the parents.
    fn link(&mut self, rows: &[Row]) {
        let mut order = (0..self.top).collect::<Vec<_>>();
        order.sort_by_key(|&row| (rows[row].start_unix_nanos, rows[row].span_id));
        self.children = vec![Vec::new(); self.top + 1];
        for row in order {
            self.children[self.parents[row]].push(row);
        }
        let mut queue = VecDeque::from([self.top]);
        self.breadth_first.clear();
        while let Some(row) = queue.pop_front() {
            queue.extend(&self.children[row]);
            self.breadth_first.extend(Some(row).filter(|row| *row != self.top));
        }
    }

    /// Spans that are their own ancestors hang below no root: each such ring is cut open at its first span.
    fn break_cycles(&mut self, rows: &[Row]) {
        if self.breadth_first.len() == self.top {
            return;
        }
        let mut seen = vec![false; self.top];
        self.breadth_first.iter().for_each(|&row| seen[row] = true);
        for row in 0..self.top {
            if !std::mem::replace(&mut seen[row], true) {
                self.parents[row] = self.top;
                self.orphans[row] = true;
                let mut below = vec![row];
                while let Some(row) = below.pop() {
                    let unseen = self.children[row].iter().filter(|child| !std::mem::replace(&mut seen[**child], true));
                    below.extend(unseen);
                }
            }
        }
        self.link(rows);
    }

    /// Up to `max_rows` rows: half of them for errors and what is above them, the rest by nearness to the root.
    fn choose(&self, rows: &[Row], max_rows: usize) -> Vec<bool> {
        if self.top <= max_rows {
            return vec![true; self.top];
        }
        let mut shown = vec![false; self.top];
        let mut left = max_rows;
        for &row in self.breadth_first.iter().filter(|&&row| rows[row].error.is_some()) {
            let path = self.path_to_shown(row, &shown);
            if path.len() <= left.saturating_sub(max_rows / 2) {
                left -= path.len();
                path.into_iter().for_each(|row| shown[row] = true);
            }
        }
        for &row in &self.breadth_first {
            if left > 0 && !std::mem::replace(&mut shown[row], true) {
                left -= 1;
            }
        }
        shown
    }

    /// The row and its ancestors, up to the first that is shown.
    fn path_to_shown(&self, row: usize, shown: &[bool]) -> Vec<usize> {
        let hidden = |row: &usize| *row != self.top && !shown[*row];
        std::iter::successors(Some(row).filter(hidden), |row| Some(self.parents[*row]).filter(hidden)).collect()
    }

    /// For each row and the top, how many spans below it are left out of what is shown directly under it.
    fn count_hidden(&self, shown: &[bool]) -> Vec<usize> {
        let mut nearest_shown = (0..=self.top).collect::<Vec<_>>();
        let mut hidden = vec![0; self.top + 1];
        for &row in self.breadth_first.iter().filter(|&&row| !shown[row]) {
            nearest_shown[row] = nearest_shown[self.parents[row]];
            hidden[nearest_shown[row]] += 1;
        }
        hidden
    }

    fn walk(&self, shown: &[bool], hidden: &[usize]) -> Vec<Entry> {
        let mut entries = Vec::new();
        let mut open = vec![Open::new(self, self.top, shown, Vec::new())];
        while let Some(parent) = open.last_mut() {
            let Some(row) = parent.children.next() else {
                let parent_row = parent.row;
                let guides = parent.guides(false, parent_row == self.top);
                open.pop();
                entries.extend(Some(hidden[parent_row]).filter(|hidden| *hidden > 0).map(|hidden| Entry {
                    row: None,
                    more_siblings: guides,
                    has_children: false,
                    orphan: false,
                    hidden,
                }));
                continue;
            };
            let is_root = parent.row == self.top;
            let more = parent.children.len() > 0 || hidden[parent.row] > 0;
            let guides = parent.guides(more, is_root);
            let below = Open::new(self, row, shown, guides.clone());
            let has_children = below.children.len() > 0 || hidden[row] > 0;
            entries.push(Entry {
                row: Some(row),
                more_siblings: guides,
                has_children,
                orphan: self.orphans[row],
                hidden: 0,
            });
            open.push(below);
        }
        entries
    }
}

/// A row whose children are being walked.
struct Open {
    row: usize,
    children: std::vec::IntoIter<usize>,
    more_siblings: Vec<bool>,
}

impl Open {
    fn new(tree: &Tree, row: usize, shown: &[bool], more_siblings: Vec<bool>) -> Self {
        let children = tree.children[row].iter().copied().filter(|&row| shown[row]).collect::<Vec<_>>();
        Self { row, children: children.into_iter(), more_siblings }
    }

    /// The guides of a child; roots have none.
    fn guides(&self, more: bool, is_root: bool) -> Vec<bool> {
        let skip = (self.more_siblings.len() + 1).saturating_sub(MAX_GUIDES);
        let own = Some(more).filter(|_| !is_root);
        self.more_siblings.iter().copied().skip(skip).chain(own).collect()
    }
}
