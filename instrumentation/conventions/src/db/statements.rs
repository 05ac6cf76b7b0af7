//! What was found out about queries, so that it is found out once: a bounded number, the least used ones go.

use std::collections::HashMap;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::mem;
use std::sync::{Arc, LazyLock, OnceLock, PoisonError, RwLock};

use traced::instrumentation::CallSite;

use super::System;
use crate::sites::TextHasher;
use crate::sql::{sanitized, summary};

/// How many of the queries that were used last are kept; as many of those before them.
const KEPT: usize = 512;

/// Longer queries are not kept: they are lists of values more often than not.
const LONGEST: usize = 16 * 1024;

/// What a span says of a query.
pub(super) struct Statement {
    /// `None` where nothing is known to be done to anything.
    pub(super) summary: Option<Box<str>>,
    pub(super) text: Box<str>,
    /// Where its spans start, once it is known; `None` if there was no room for another call site.
    pub(super) site: OnceLock<Option<&'static CallSite>>,
    of: Box<str>,
    system: System,
    is_parameterized: bool,
}

impl Statement {
    fn new(system: System, text: &str, is_parameterized: bool) -> Self {
        let summary = summary(text, system.dialect());
        let shown = if is_parameterized { text.into() } else { sanitized(text, system.dialect()).into() };
        Self {
            summary: if summary.is_empty() { None } else { Some(summary.into()) },
            text: shown,
            site: OnceLock::new(),
            of: text.into(),
            system,
            is_parameterized,
        }
    }

    fn is_of(&self, system: System, text: &str, is_parameterized: bool) -> bool {
        self.is_parameterized == is_parameterized && self.system == system && *self.of == *text
    }
}

/// By the hash of the text; two texts with the same take turns.
type Map = HashMap<u64, Arc<Statement>, BuildHasherDefault<TextHasher>>;

/// Two generations: what is used moves to the new one, and when that is full, the old one goes.
#[derive(Default)]
struct Generations {
    new: Map,
    old: Map,
}

static STATEMENTS: LazyLock<RwLock<Generations>> = LazyLock::new(RwLock::default);

pub(super) fn get(system: System, text: &str, is_parameterized: bool) -> Arc<Statement> {
    if text.len() > LONGEST {
        return Arc::new(Statement::new(system, text, is_parameterized));
    }
    let hash = BuildHasherDefault::<TextHasher>::default().hash_one(text);
    let is_it = |statement: &&Arc<Statement>| statement.is_of(system, text, is_parameterized);
    let generations = STATEMENTS.read().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = generations.new.get(&hash).filter(is_it) {
        return Arc::clone(known);
    }
    let old = generations.old.get(&hash).filter(is_it).cloned();
    drop(generations);
    let statement = old.unwrap_or_else(|| Arc::new(Statement::new(system, text, is_parameterized)));
    let mut generations = STATEMENTS.write().unwrap_or_else(PoisonError::into_inner);
    if generations.new.len() >= KEPT {
        generations.old = mem::take(&mut generations.new);
    }
    generations.new.insert(hash, Arc::clone(&statement));
    statement
}
