//! The environment while it is read: which variables are set, which were understood, and what was wrong with others.
//!
//! Follows the OpenTelemetry specification, "Environment Variable Specification" and "Common Configuration": an empty
//! value counts as unset; so does one that can't be understood, after a warning. Nothing here knows which variables
//! there are: that is `settings`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::time::Duration;

/// Stands for "no limit" where a timeout of 0 was given: a year, which `Instant` can still add.
pub(crate) const NO_LIMIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Variables by name, and what came of reading them.
pub(crate) struct Environment<'a> {
    look_up: &'a dyn Fn(&str) -> Option<OsString>,
    /// The variables that were understood, with their values as they may be shown.
    pub(crate) understood: BTreeMap<&'static str, String>,
    /// Mistakes, in words that repeat no secret.
    pub(crate) problems: Vec<String>,
}

impl<'a> Environment<'a> {
    /// An environment whose variables are found by `look_up`.
    pub(crate) fn new(look_up: &'a dyn Fn(&str) -> Option<OsString>) -> Self {
        Self { look_up, understood: BTreeMap::new(), problems: Vec::new() }
    }

    /// The text of a variable, without the space around it. `None` when it is unset or empty, or is not UTF-8, which
    /// is said.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        let value = (self.look_up)(name)?;
        let Some(text) = value.to_str() else {
            self.problems.push(format!("{name}: the value is not UTF-8 and is ignored"));
            return None;
        };
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    }
}

impl Environment<'static> {
    /// The process's own.
    pub(crate) fn of_process() -> Self {
        Self::new(&of_process)
    }
}

fn of_process(name: &str) -> Option<OsString> {
    std::env::var_os(name)
}

impl fmt::Debug for Environment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment").field("understood", &self.understood).finish_non_exhaustive()
    }
}
