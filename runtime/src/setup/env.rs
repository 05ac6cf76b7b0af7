//! Environment variables: a table of those that are known, and the rules by which their values are read.
//!
//! Follows the OpenTelemetry specification, "Environment Variable Specification" and "Common Configuration": an empty
//! value counts as unset; so does one that can't be understood, after a warning. Nothing here knows what a value is
//! for: that is `config`.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::setup::pairs;

mod table;

pub(crate) use table::VARIABLES;

/// What stands for "no limit" where a timeout of 0 was given: a year, which `Instant` can still add.
pub(crate) const NO_LIMIT: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// A variable that is read.
#[derive(Debug)]
pub(crate) struct Variable {
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
    /// What is done without it, in words.
    pub(crate) default: &'static str,
}

/// What a variable's value looks like.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Kind {
    /// `true`, or else `false`.
    Bool,
    /// A whole number within these bounds.
    Number(u64, u64),
    /// Whole milliseconds.
    Duration,
    /// Whole milliseconds; 0 is no limit.
    Timeout,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Some of these words.
    Choices(&'static [&'static str]),
    /// Anything.
    Text,
    /// The same, which may hold user name and password, as a URL does.
    Url,
    /// `key=value` pairs, percent-encoded.
    Pairs,
    /// The same, whose values are secret.
    SecretPairs,
    /// Known, but not supported: it is said so.
    Unsupported,
}

/// A value that was understood.
#[derive(Clone, PartialEq, Debug)]
pub(crate) enum Parsed {
    Bool(bool),
    Number(u64),
    Duration(Duration),
    Word(&'static str),
    Words(Vec<&'static str>),
    Text(String),
    Pairs(Vec<(String, String)>),
}

/// What the environment says.
#[derive(Debug, Default)]
pub(crate) struct Environment {
    values: BTreeMap<&'static str, Parsed>,
    /// What could not be understood, in words that repeat no secret.
    pub(crate) problems: Vec<String>,
}

impl Environment {
    /// The process's own.
    pub(crate) fn of_process() -> Self {
        let mut not_text = Vec::new();
        let read = |name: &str| std::env::var_os(name);
        for variable in &VARIABLES {
            if read(variable.name).is_some_and(|value| value.to_str().is_none()) {
                not_text.push(format!("{}: the value is not UTF-8 and is ignored", variable.name));
            }
        }
        let mut environment = Self::read(&|name| read(name)?.into_string().ok());
        environment.problems.append(&mut not_text);
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        environment.problems.extend(names.filter_map(|name| near_miss(&name)));
        environment
    }

    /// Reads all variables of the table through `read`.
    pub(crate) fn read(read: &dyn Fn(&str) -> Option<String>) -> Self {
        let mut environment = Self::default();
        for variable in &VARIABLES {
            let Some(value) = read(variable.name).filter(|value| !value.trim().is_empty()) else { continue };
            match variable.kind.parse(value.trim()) {
                Ok((parsed, ignored)) => {
                    environment.values.extend(parsed.map(|parsed| (variable.name, parsed)));
                    environment.problems.extend(ignored.map(|ignored| format!("{}: {ignored}", variable.name)));
                }
                Err(mistake) => environment
                    .problems
                    .push(format!("{}: {mistake}; it counts as unset (default: {})", variable.name, variable.default)),
            }
        }
        environment
    }

    /// The variables that are set and understood.
    pub(crate) fn understood(&self) -> impl Iterator<Item = (&'static str, &Parsed)> {
        self.values.iter().map(|(name, parsed)| (*name, parsed))
    }

    /// Of several variables, the one named first that is set.
    fn first(&self, names: &[&str]) -> Option<&Parsed> {
        debug_assert!(names.iter().all(|name| VARIABLES.iter().any(|variable| variable.name == *name)), "{names:?}");
        names.iter().find_map(|name| self.values.get(*name))
    }
}

/// One function for each type of value: that of the first of several variables that is set.
macro_rules! getters {
    ($($getter:ident: $variant:ident($value:ident) -> $type:ty = $owned:expr;)*) => {
        impl Environment {$(
            pub(crate) fn $getter(&self, names: &[&str]) -> Option<$type> {
                match self.first(names)? {
                    Parsed::$variant($value) => Some($owned),
                    _ => None,
                }
            }
        )*}
    };
}

getters! {
    bool: Bool(value) -> bool = *value;
    number: Number(value) -> u64 = *value;
    duration: Duration(value) -> Duration = *value;
    word: Word(value) -> &'static str = value;
    words: Words(value) -> Vec<&'static str> = value.clone();
    text: Text(value) -> String = value.clone();
    pairs: Pairs(value) -> Vec<(String, String)> = value.clone();
}

/// A value, unless nothing is left of it, and what had to be ignored.
type Reading = (Option<Parsed>, Option<String>);

impl Kind {
    /// Reads a value that is not empty.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    fn parse(self, value: &str) -> Result<Reading, String> {
        let parsed = match self {
            Self::Bool => return Ok(bool(value)),
            Self::Choices(words) => return choices(value, words),
            Self::Unsupported => {
                return Ok((None, Some("this is not supported; the other variables are used".to_owned())));
            }
            Self::Number(least, most) => Parsed::Number(number(value, least, most)?),
            Self::Duration => Parsed::Duration(millis(value)?),
            Self::Timeout => Parsed::Duration(Some(millis(value)?).filter(|time| !time.is_zero()).unwrap_or(NO_LIMIT)),
            Self::Choice(words) => Parsed::Word(choice(value, words)?),
            Self::Text | Self::Url => Parsed::Text(value.to_owned()),
            Self::Pairs => Parsed::Pairs(pairs::parse(value)?),
            Self::SecretPairs => Parsed::Pairs(pairs::parse(value).map_err(|mistake| {
                format!("{mistake}; write name=value, percent-encoded, as in Authorization=Bearer%20<token>")
            })?),
        };
        Ok((Some(parsed), None))
    }
}

/// What is neither `true` nor `false` is false, and said.
fn bool(value: &str) -> Reading {
    let is_true = value.eq_ignore_ascii_case("true");
    let is_known = is_true || value.eq_ignore_ascii_case("false");
    let problem = (!is_known).then(|| format!("{value:?} is neither true nor false; it counts as false"));
    (Some(Parsed::Bool(is_true)), problem)
}

fn number(value: &str, least: u64, most: u64) -> Result<u64, String> {
    let is_whole = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value.parse::<u64>().ok().filter(|number| is_whole && (least..=most).contains(number));
    number.ok_or_else(|| format!("{value:?} is not a whole number from {least} to {most}"))
}

/// A number from 0 to 1.
pub(crate) fn ratio(value: &str) -> Result<f64, String> {
    let ratio = value.parse::<f64>().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
    ratio.ok_or_else(|| format!("{value:?} is not a number from 0 to 1"))
}

fn millis(value: &str) -> Result<Duration, String> {
    let most = u64::try_from(NO_LIMIT.as_millis()).unwrap_or(u64::MAX);
    number(value, 0, most).map(Duration::from_millis).map_err(|mistake| format!("{mistake}, in milliseconds"))
}

fn choice(value: &str, words: &[&'static str]) -> Result<&'static str, String> {
    let known = words.iter().find(|word| word.eq_ignore_ascii_case(value));
    known.copied().ok_or_else(|| format!("{value:?} is unknown; known are {}", words.join(", ")))
}

/// Each word once, in the order given; unknown ones are ignored, and `none` beside others.
///
/// # Errors
///
/// When none is known.
fn choices(value: &str, words: &[&'static str]) -> Result<Reading, String> {
    let mut known = Vec::new();
    let mut problems = Vec::new();
    for word in value.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match choice(word, words) {
            Ok(word) if !known.contains(&word) => known.push(word),
            Ok(_) => {}
            Err(mistake) => problems.push(mistake),
        }
    }
    if known.len() > 1 && known.contains(&"none") {
        known.retain(|word| *word != "none");
        problems.push("\"none\" is ignored, since others are listed beside it".to_owned());
    }
    let mistakes = problems.join("; ");
    if known.is_empty() && !problems.is_empty() {
        return Err(mistakes);
    }
    let problem = (!problems.is_empty()).then(|| format!("{mistakes}; used: {}", known.join(", ")));
    Ok((Some(known).filter(|known| !known.is_empty()).map(Parsed::Words), problem))
}

/// The value as it may be shown.
impl std::fmt::Display for Parsed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(value) => write!(f, "{value}"),
            Self::Duration(NO_LIMIT) => f.write_str("no limit"),
            Self::Duration(value) => write!(f, "{value:?}"),
            Self::Word(value) => f.write_str(value),
            Self::Words(value) => f.write_str(&value.join(", ")),
            Self::Text(value) => f.write_str(value),
            Self::Pairs(pairs) => {
                let pairs: Vec<String> = pairs.iter().map(|(key, value)| format!("{key}={value}")).collect();
                f.write_str(&pairs.join(", "))
            }
        }
    }
}

/// What to say of a variable that nobody reads, if its name is nearly one that is read.
fn near_miss(name: &str) -> Option<String> {
    /// Of other signals, whose variables have names like those of spans.
    const OF_OTHERS: [&str; 4] = ["_BLRP_", "_LOG", "_METRIC", "_PROFILES_"];
    let upper = name.to_ascii_uppercase();
    let is_ours = ["OTEL_", "OTLE_", "OLTE_", "TRACED_"].iter().any(|start| upper.starts_with(start));
    let is_known = VARIABLES.iter().any(|variable| variable.name == name);
    if !is_ours || is_known || OF_OTHERS.iter().any(|other| upper.contains(other)) {
        return None;
    }
    let near = |variable: &&Variable| strsim::osa_distance(variable.name, &upper) <= 2;
    let meant = VARIABLES.iter().find(near)?;
    Some(format!("{name} is not read: is {} meant?", meant.name))
}

#[cfg(test)]
mod tests;

#[cfg(test)]
mod near_misses {
    use super::near_miss;

    #[test]
    fn are_found_and_those_of_other_signals_are_none() {
        for (written, meant) in [
            ("OTEL_TRACE_EXPORTER", "OTEL_TRACES_EXPORTER"),
            ("otel_service_name", "OTEL_SERVICE_NAME"),
            ("OTEL_EXPORTER_OTLP_ENDPONT", "OTEL_EXPORTER_OTLP_ENDPOINT"),
            ("OTLE_SERVICE_NAME", "OTEL_SERVICE_NAME"),
            ("TRACED_FILTERS", "TRACED_FILTER"),
        ] {
            assert_eq!(near_miss(written), Some(format!("{written} is not read: is {meant} meant?")));
        }
        for other in [
            "OTEL_SERVICE_NAME",
            "OTEL_LOGS_EXPORTER",
            "OTEL_METRICS_EXPORTER",
            "OTEL_BLRP_SCHEDULE_DELAY",
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT",
            "OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT",
            "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL",
            "PATH",
            "TRACED_MACROS_DEBUG",
        ] {
            assert_eq!(near_miss(other), None, "{other}");
        }
    }
}
