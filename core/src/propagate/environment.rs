//! Environment variables, by which context reaches child processes.
//!
//! Follows the OpenTelemetry specification, "Environment Variables as Context Propagation Carriers".

use std::collections::BTreeMap;
use std::process::Command;

use super::format::{Extractor, Injector};

/// Environment variables as a carrier: `traceparent` is `TRACEPARENT`, `x-b3-traceid` is `X_B3_TRACEID`.
///
/// A parent process writes into the variables of its child, here or straight into a [`Command`]; the child reads its
/// own when it starts:
///
/// ```no_run
/// use traced::propagation::{self, EnvironmentVariables};
/// # fn main() -> std::io::Result<()> {
/// // the parent
/// let mut command = std::process::Command::new("worker");
/// propagation::inject(&mut command);
/// command.status()?;
///
/// // the child
/// let _parent = propagation::extract(&EnvironmentVariables::of_this_process()).attach();
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct EnvironmentVariables {
    variables: BTreeMap<String, String>,
}

impl EnvironmentVariables {
    /// No variables; to be written to, and given to whatever starts the child.
    #[must_use]
    pub const fn new() -> Self {
        Self { variables: BTreeMap::new() }
    }

    /// A copy of this process's variables.
    #[must_use]
    pub fn of_this_process() -> Self {
        std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.to_string_lossy().into_owned())))
            .collect()
    }

    /// Names and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.variables.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl FromIterator<(String, String)> for EnvironmentVariables {
    fn from_iter<I: IntoIterator<Item = (String, String)>>(variables: I) -> Self {
        Self { variables: variables.into_iter().collect() }
    }
}

impl Injector for EnvironmentVariables {
    fn set(&mut self, key: &str, value: String) {
        self.variables.insert(variable_name(key), value);
    }

    fn remove(&mut self, key: &str) {
        self.variables.remove(&variable_name(key));
    }
}

impl Extractor for EnvironmentVariables {
    fn get_all(&self, key: &str) -> Vec<&str> {
        self.variables.get(&variable_name(key)).map(String::as_str).into_iter().collect()
    }

    fn keys(&self) -> Vec<&str> {
        self.variables.keys().map(String::as_str).collect()
    }
}

/// Sets the variables of the process that the command will start. What this process had received itself, and the child
/// would inherit, is replaced.
impl Injector for Command {
    fn set(&mut self, key: &str, value: String) {
        self.env(variable_name(key), value);
    }

    fn remove(&mut self, key: &str) {
        self.env_remove(variable_name(key));
    }
}

/// Upper case, anything but letters, digits and `_` replaced by `_`, and no digit in front.
fn variable_name(key: &str) -> String {
    let valid = |character: char| match character.to_ascii_uppercase() {
        upper @ ('A'..='Z' | '0'..='9') => upper,
        _ => '_',
    };
    let prefix = if key.starts_with(|first: char| first.is_ascii_digit()) || key.is_empty() { "_" } else { "" };
    prefix.chars().chain(key.chars().map(valid)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_normalised() {
        for (key, name) in [
            ("traceparent", "TRACEPARENT"),
            ("x-b3-traceid", "X_B3_TRACEID"),
            ("uber.trace id", "UBER_TRACE_ID"),
            ("already_OK", "ALREADY_OK"),
            ("1st", "_1ST"),
            ("é", "_"),
            ("", "_"),
        ] {
            assert_eq!(variable_name(key), name, "{key:?}");
        }
    }

    #[test]
    fn a_command_gets_and_loses_variables() {
        let mut command = Command::new("never started");
        command.set("traceparent", "value".to_owned());
        Injector::remove(&mut command, "tracestate");
        let variables: Vec<_> = command.get_envs().map(|(name, value)| (name.to_str(), value.is_some())).collect();
        assert_eq!(variables, [(Some("TRACEPARENT"), true), (Some("TRACESTATE"), false)]);
    }
}
