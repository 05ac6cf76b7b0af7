//! Every variable of the table with every sort of value.

use std::collections::BTreeMap;

use super::reader::*;
use super::*;
use crate::setup::env::NO_LIMIT;
use crate::setup::exporters;
use crate::setup::samplers::{self, SAMPLERS};

/// Reads one variable of this value. Gives the value as it is shown, and the problems.
fn read(name: &str, value: &str) -> (Option<String>, Vec<String>) {
    let look_up = |asked: &str| (asked == name).then(|| value.into());
    let mut environment = Environment::new(&look_up);
    Settings::from_env(&mut environment);
    let shown = environment.understood.remove(name);
    assert_eq!(environment.understood, BTreeMap::new(), "{name}={value}");
    (shown, environment.problems)
}

fn understood(name: &str, value: &str) -> String {
    let (shown, problems) = read(name, value);
    assert_eq!(problems, [""; 0], "{name}={value}");
    shown.unwrap_or_else(|| panic!("{name}={value} counts as unset"))
}

/// The value itself, by the reader of a row.
fn parsed<T>(reader: &Reader<T>, text: &str) -> T {
    let (value, problem) = (reader.parse)(text).unwrap();
    assert_eq!(problem, None, "{text}");
    value.unwrap()
}

/// It counts as unset, and there is one message with the variable's name.
fn refused(name: &str, value: &str) {
    let (shown, problems) = read(name, value);
    assert_eq!(shown, None, "{name}={value}");
    assert_eq!(problems.len(), 1, "{name}={value}: {problems:?}");
    assert!(problems[0].starts_with(&format!("{name}: ")), "{problems:?}");
}

/// The variables that one of these readers reads.
fn names(readers: &[&str]) -> Vec<&'static str> {
    let variables = variables().into_iter().filter(|variable| readers.contains(&variable.reader));
    let names: Vec<_> = variables.map(|variable| variable.name).collect();
    assert!(!names.is_empty(), "{readers:?}");
    names
}

#[test]
fn unset_and_empty_are_the_same() {
    for Variable { name, .. } in variables() {
        for empty in ["", " ", "\t"] {
            assert_eq!(read(name, empty), (None, Vec::new()), "{name}");
        }
    }
    let mut nothing = Environment::new(&|_| None);
    Settings::from_env(&mut nothing);
    assert!(nothing.understood.is_empty() && nothing.problems.is_empty());
}

#[test]
fn booleans() {
    for name in names(&["BOOL"]) {
        for (value, expected) in [("true", true), ("TRUE", true), (" True ", true), ("false", false), ("FALSE", false)]
        {
            assert_eq!(understood(name, value), expected.to_string());
        }
        for other in ["1", "yes", "-1", "maybe"] {
            let (shown, problems) = read(name, other);
            assert_eq!(shown.as_deref(), Some("false"), "{name}={other}");
            assert_eq!(problems.len(), 1, "{name}={other}");
        }
    }
    assert!(parsed(&BOOL, "TRUE") && !parsed(&BOOL, "False"));
}

#[test]
fn numbers() {
    let most = u64::from(u32::MAX);
    for (reader, least) in [("COUNT", 0_u64), ("POSITIVE", 1)] {
        for name in names(&[reader]) {
            for good in [least, least + 1, 512, most] {
                assert_eq!(understood(name, &good.to_string()), good.to_string());
            }
            assert_eq!(understood(name, " 7 "), "7");
            for bad in ["-1", "+1", "1.5", "1e3", "0x10", "many", "MANY", "99999999999999999999", "1 2"] {
                refused(name, bad);
            }
            refused(name, &(most + 1).to_string());
            if let Some(below) = least.checked_sub(1) {
                refused(name, &below.to_string());
            }
        }
    }
    assert_eq!((parsed(&COUNT, "0"), parsed(&COUNT, "4294967295"), parsed(&POSITIVE, "7")), (0, u32::MAX, 7));
    assert_eq!(understood("OTEL_SPAN_EVENT_COUNT_LIMIT", "0"), "0");
    refused("OTEL_BSP_MAX_QUEUE_SIZE", "0");
}

#[test]
fn durations_and_timeouts() {
    for name in names(&["DURATION", "TIMEOUT"]) {
        assert_eq!(understood(name, "1500"), format!("{:?}", Duration::from_millis(1500)));
        for bad in ["-1", "1.5", "5s", "SOON", "31536000001", "99999999999999999999"] {
            refused(name, bad);
        }
    }
    for name in names(&["DURATION"]) {
        assert_eq!(understood(name, "0"), format!("{:?}", Duration::ZERO), "{name}: at once");
    }
    for name in names(&["TIMEOUT"]) {
        assert_eq!(understood(name, "0"), "no limit", "{name}");
    }
    assert_eq!((parsed(&DURATION, "1500"), parsed(&DURATION, "0")), (Duration::from_millis(1500), Duration::ZERO));
    assert_eq!((parsed(&TIMEOUT, "1500"), parsed(&TIMEOUT, "0")), (Duration::from_millis(1500), NO_LIMIT));
}

/// Each word, as it is and in capitals, is understood as `shown`.
fn words_in_any_case<'a>(reader: &str, words: impl IntoIterator<Item = (&'a str, &'a str)>) {
    let words: Vec<_> = words.into_iter().collect();
    for name in names(&[reader]) {
        for (word, shown) in &words {
            assert_eq!(understood(name, word), *shown);
            assert_eq!(understood(name, &word.to_uppercase()), *shown);
        }
        for bad in ["bogus", "BOGUS", "-1", "0"] {
            refused(name, bad);
            let known = words.iter().all(|(word, _)| read(name, bad).1[0].contains(word));
            assert!(known, "{:?}", read(name, bad).1);
        }
    }
}

#[test]
fn choices_in_any_case() {
    let same = |word: &'static str| (word, word);
    words_in_any_case(
        "LEVEL",
        LEVELS.iter().map(|(word, level)| {
            assert_eq!(parsed(&LEVEL, word), *level, "{word}");
            (*word, LEVELS.iter().find(|row| row.1 == *level).unwrap().0)
        }),
    );
    words_in_any_case("PROTOCOL", ["http/protobuf", "grpc", "http/json"].map(same));
    words_in_any_case("COMPRESSION", ["none", "gzip"].map(same));
    words_in_any_case("SAMPLER", SAMPLERS.iter().map(|sampler| same(sampler.word)));
    words_in_any_case("EXPORTERS", exporters::EXPORTERS.iter().map(|exporter| same(exporter.word)));
    words_in_any_case("EXPORTERS", [same("none")]);
    for protocol in OtlpProtocol::ALL {
        assert_eq!(parsed(&PROTOCOL, protocol.as_str()), protocol);
    }
    assert!(parsed(&COMPRESSION, "GZIP") && !parsed(&COMPRESSION, "None"));
}

#[test]
fn lists_of_choices() {
    let name = "OTEL_TRACES_EXPORTER";
    assert_eq!(understood(name, "console, OTLP ,,console"), "console, otlp");
    assert_eq!(understood(name, "none"), "none");
    for partly in ["none,console", "console,bogus"] {
        let (shown, problems) = read(name, partly);
        assert_eq!(shown.as_deref(), Some("console"), "{partly}");
        assert_eq!(problems.len(), 1);
    }
    assert_eq!(read(name, " , "), (None, Vec::new()));
    refused(name, "bogus,LOGGING");
    let said = |value| read(name, value).1.concat();
    assert!(said("bogus").ends_with("it counts as unset (default: otlp)"), "{}", said("bogus"));
    assert!(said("console,bogus").ends_with("used: console"), "{}", said("console,bogus"));
}

#[test]
fn pairs_are_decoded_or_discarded_as_a_whole() {
    let expected = [("a", "x,y"), ("b", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
    assert_eq!(parsed(&HEADERS, "a=x%2Cy, b="), expected);
    assert_eq!(parsed(&RESOURCE, "a=x%2Cy, b=").get("a"), Some(&"x,y".into()));
    for (reader, shown) in [("RESOURCE", "a=x,y, b="), ("HEADERS", "a=***, b=***")] {
        for name in names(&[reader]) {
            assert_eq!(understood(name, "a=x%2Cy, b="), shown);
            for bad in ["a=1,broken", "=1", "a=s3cret%", "a=s3cret%FF"] {
                refused(name, bad);
                assert!(!read(name, bad).1[0].contains("s3cret"));
            }
        }
    }
    for name in names(&["HEADERS"]) {
        let said = read(name, "Authorization: Bearer s3cret").1.concat();
        assert!(said.contains("Authorization=Bearer%20<token>") && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn texts_are_taken_as_they_are() {
    for value in ["a", "A", "-1", "x,y=z%20"] {
        for name in names(&["TEXT", "PATH"]) {
            assert_eq!(understood(name, value), value);
        }
        assert_eq!((parsed(&TEXT, value), parsed(&URL, value)), (value.to_owned(), value.to_owned()));
        assert_eq!(parsed(&PATH, value), PathBuf::from(value));
    }
    for name in names(&["URL"]) {
        assert_eq!(understood(name, "http://u:s3cret@h:1/p?k=s3cret"), "http://h:1/p");
        assert_eq!(understood(name, "s3cret"), "(not a URL)");
    }
}

#[test]
fn what_is_not_supported_is_said() {
    for name in names(&["UNSUPPORTED"]) {
        refused(name, "file.yaml");
    }
    for word in ["logs", "LOGS/dup", "bogus"] {
        names(&["EXCEPTION_SIGNAL"]).iter().for_each(|name| refused(name, word));
    }
}

/// A reader that is in none of the tests above would be missing here.
#[test]
fn every_reader_is_tested() {
    let tested = [
        "BOOL",
        "COUNT",
        "POSITIVE",
        "DURATION",
        "TIMEOUT",
        "LEVEL",
        "PROTOCOL",
        "COMPRESSION",
        "SAMPLER",
        "EXPORTERS",
        "RESOURCE",
        "HEADERS",
        "TEXT",
        "PATH",
        "URL",
        "UNSUPPORTED",
        "EXCEPTION_SIGNAL",
    ];
    for variable in variables() {
        assert!(tested.contains(&variable.reader), "{variable:?}");
    }
}

#[test]
fn ratios() {
    for (text, expected) in [("0", 0.0), ("1", 1.0), ("0.25", 0.25), ("1e-3", 0.001)] {
        assert_eq!(samplers::ratio(text), Ok(expected));
    }
    for bad in ["-0.1", "1.1", "NaN", "inf", "half", "50%"] {
        assert!(samplers::ratio(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_first_variable_named_wins_and_the_others_are_read() {
    let timeout = |general: &str, traces: &str| {
        let look_up = |name: &str| match name {
            "OTEL_EXPORTER_OTLP_TIMEOUT" => Some(general.into()),
            "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT" => Some(traces.into()),
            _ => None,
        };
        let mut environment = Environment::new(&look_up);
        let timeout = Settings::from_env(&mut environment).otlp_timeout;
        (timeout.map(|time| time.as_millis()), environment.understood.len(), environment.problems.len())
    };
    assert_eq!(timeout("1", "2"), (Some(2), 2, 0));
    assert_eq!(timeout("1", ""), (Some(1), 1, 0));
    assert_eq!(timeout("1", "soon"), (Some(1), 1, 1));
    assert_eq!(timeout("soon", "2"), (Some(2), 1, 1));
}

/// No variable is in two rows: its mistakes would be said twice.
#[test]
fn every_variable_is_in_one_row() {
    let mut names: Vec<_> = variables().iter().map(|variable| variable.name).collect();
    let rows = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), rows);
}

/// The page for users has each variable with its default and the method of the builder that says the same.
#[test]
fn every_variable_is_documented_and_has_a_method() {
    let page = include_str!("../../../../docs/configuration.md");
    for Variable { name, reader, default, method } in variables() {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let cells: Vec<&str> = row.unwrap_or_else(|| panic!("{name} is missing")).split(" | ").collect();
        assert_eq!(cells[2], default, "the default of {name}");
        assert_eq!(cells[3].trim_matches([' ', '|', '`']), method, "the method of {name}");
        assert_eq!(method.is_empty(), ["UNSUPPORTED", "EXCEPTION_SIGNAL"].contains(&reader), "{name} has no method");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, variables().len());
}

/// Each row has a method of the builder that sets something.
#[test]
fn every_row_has_its_method_in_the_builder() {
    let builder = include_str!("../builder.rs");
    for method in METHODS.iter().filter(|method| !method.is_empty()) {
        let after = builder.split_once(&format!("    pub fn {method}(mut self"));
        let after = after.or_else(|| builder.split_once(&format!("    pub fn {method}<K: Into<String>>(mut self")));
        let body = after.unwrap_or_else(|| panic!("the builder has no method `{method}`")).1;
        let body = body.split("\n    }\n").next().unwrap();
        assert!(body.contains("self.settings.") || *method == "propagator", "{method} sets no setting:{body}");
    }
}
