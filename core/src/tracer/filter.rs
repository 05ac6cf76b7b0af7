//! Call sites switched off and on while the program runs.

use std::fmt;
use std::sync::{PoisonError, RwLock};

use crate::process::fork::{PerProcess, per_process};
use crate::wire::site::{Place, Site};

static RULES: PerProcess<RwLock<Vec<Rule>>> = per_process!(RwLock::new(Vec::new()));

/// What the next process goes on with: its parent's rules.
pub(super) fn carry() -> impl FnOnce() {
    RULES.carry()
}

/// `target=on` or `target=off`.
#[derive(Clone, PartialEq, Eq, Debug)]
struct Rule {
    target: String,
    is_on: bool,
}

impl Rule {
    /// A target is a module path with what is below it, a function's full path, or a bare function or span name.
    fn applies(&self, name: &str, place: Place) -> bool {
        let below = |path: &str| {
            path.strip_prefix(self.target.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
        };
        let is_in_function = || {
            let rest = self.target.strip_prefix(place.module).and_then(|rest| rest.strip_prefix("::"));
            rest == Some(place.function)
        };
        self.target == name || self.target == place.function || below(place.module) || is_in_function()
    }
}

/// A filter that cannot be understood.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct FilterError {
    rule: String,
}

impl fmt::Display for FilterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rule = &self.rule;
        write!(f, "the filter rule `{rule}` is not understood; write `my_crate::module=off`, `function=off` or `..=on`")
    }
}

impl std::error::Error for FilterError {}

/// Takes the rules of a filter, unless one of them is not understood.
pub(super) fn set(filter: &str) -> Result<(), FilterError> {
    let rules: Result<Vec<_>, _> =
        filter.split(',').map(str::trim).filter(|rule| !rule.is_empty()).map(parse).collect();
    let rules = rules?;
    // The old ones are freed when nothing is locked: the program's allocator may be annotated.
    let _old = std::mem::replace(&mut *RULES.write().unwrap_or_else(PoisonError::into_inner), rules);
    Ok(())
}

fn parse(rule: &str) -> Result<Rule, FilterError> {
    let error = || FilterError { rule: rule.to_owned() };
    let (target, switch) = rule.rsplit_once('=').ok_or_else(error)?;
    let is_on = match switch.trim().to_ascii_lowercase().as_str() {
        "on" => true,
        "off" => false,
        _ => return Err(error()),
    };
    let target = target.trim();
    if target.is_empty() { Err(error()) } else { Ok(Rule { target: target.to_owned(), is_on }) }
}

/// Whether the filter leaves a call site on.
pub(crate) fn allows(site: &Site) -> bool {
    let rules = RULES.read().unwrap_or_else(PoisonError::into_inner);
    rules.iter().rfind(|rule| rule.applies(site.name, site.place())).is_none_or(|rule| rule.is_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applies(target: &str) -> bool {
        let place = Place { module: "shop::db", function: "load", file: "", line: 1 };
        Rule { target: target.to_owned(), is_on: false }.applies("load order", place)
    }

    #[test]
    fn targets() {
        for target in ["shop", "shop::db", "shop::db::load", "load", "load order"] {
            assert!(applies(target), "{target}");
        }
        for target in ["sho", "shop::d", "db", "shop::db::loa", "order", "shop::db::load::x"] {
            assert!(!applies(target), "{target}");
        }
    }

    #[test]
    fn rules_that_are_not_understood() {
        for rule in ["x", "x=maybe", "=off"] {
            assert!(parse(rule).is_err(), "{rule}");
        }
        assert_eq!(parse("a::b = OFF"), Ok(Rule { target: "a::b".into(), is_on: false }));
    }
}
