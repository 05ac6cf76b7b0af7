//! Every variable of the table with every sort of value.

use super::*;

/// Reads one variable of this value.
fn read(name: &str, value: &str) -> (Option<Parsed>, Vec<String>) {
    let environment = Environment::read(&|asked| (asked == name).then(|| value.to_owned()));
    (environment.values.get(name).cloned(), environment.problems)
}

fn understood(name: &str, value: &str) -> Parsed {
    let (parsed, problems) = read(name, value);
    assert_eq!(problems, [""; 0], "{name}={value}");
    parsed.unwrap_or_else(|| panic!("{name}={value} counts as unset"))
}

/// It counts as unset, and there is one message with the variable's name.
fn refused(name: &str, value: &str) {
    let (parsed, problems) = read(name, value);
    assert_eq!(parsed, None, "{name}={value}");
    assert_eq!(problems.len(), 1, "{name}={value}: {problems:?}");
    assert!(problems[0].starts_with(&format!("{name}: ")), "{problems:?}");
}

#[test]
fn unset_and_empty_are_the_same() {
    for variable in &VARIABLES {
        for empty in ["", " ", "\t"] {
            assert_eq!(read(variable.name, empty), (None, Vec::new()), "{}", variable.name);
        }
    }
    let nothing = Environment::read(&|_| None);
    assert!(nothing.values.is_empty() && nothing.problems.is_empty());
}

#[test]
fn booleans() {
    for name in names(|kind| matches!(kind, Kind::Bool)) {
        for (value, expected) in [("true", true), ("TRUE", true), (" True ", true), ("false", false), ("FALSE", false)]
        {
            assert_eq!(understood(name, value), Parsed::Bool(expected));
        }
        for other in ["1", "yes", "-1", "maybe"] {
            let (parsed, problems) = read(name, other);
            assert_eq!(parsed, Some(Parsed::Bool(false)), "{name}={other}");
            assert_eq!(problems.len(), 1, "{name}={other}");
        }
    }
}

#[test]
fn numbers() {
    for variable in &VARIABLES {
        let Kind::Number(least, most) = variable.kind else { continue };
        let name = variable.name;
        for good in [least, least + 1, 512, most] {
            assert_eq!(understood(name, &good.to_string()), Parsed::Number(good));
        }
        assert_eq!(understood(name, " 7 "), Parsed::Number(7));
        for bad in ["-1", "+1", "1.5", "1e3", "0x10", "many", "MANY", "99999999999999999999", "1 2"] {
            refused(name, bad);
        }
        refused(name, &(most + 1).to_string());
        if let Some(below) = least.checked_sub(1) {
            refused(name, &below.to_string());
        }
    }
    assert!(matches!(read("OTEL_SPAN_EVENT_COUNT_LIMIT", "0").0, Some(Parsed::Number(0))));
    refused("OTEL_BSP_MAX_QUEUE_SIZE", "0");
}

#[test]
fn durations_and_timeouts() {
    for name in names(|kind| matches!(kind, Kind::Duration | Kind::Timeout)) {
        assert_eq!(understood(name, "1500"), Parsed::Duration(Duration::from_millis(1500)));
        for bad in ["-1", "1.5", "5s", "SOON", "31536000001", "99999999999999999999"] {
            refused(name, bad);
        }
    }
    for name in names(|kind| matches!(kind, Kind::Duration)) {
        assert_eq!(understood(name, "0"), Parsed::Duration(Duration::ZERO), "{name}: at once");
    }
    for name in names(|kind| matches!(kind, Kind::Timeout)) {
        assert_eq!(understood(name, "0"), Parsed::Duration(NO_LIMIT), "{name}: no limit");
    }
}

#[test]
fn choices_in_any_case() {
    for variable in &VARIABLES {
        let (Kind::Choice(words) | Kind::Choices(words)) = variable.kind else { continue };
        let expected = |word| {
            if matches!(variable.kind, Kind::Choice(_)) { Parsed::Word(word) } else { Parsed::Words(vec![word]) }
        };
        for word in words {
            assert_eq!(understood(variable.name, word), expected(word));
            assert_eq!(understood(variable.name, &word.to_uppercase()), expected(word));
        }
        for bad in ["bogus", "BOGUS", "-1", "0"] {
            refused(variable.name, bad);
        }
    }
}

#[test]
fn lists_of_choices() {
    let name = "OTEL_TRACES_EXPORTER";
    assert_eq!(understood(name, "console, OTLP ,,console"), Parsed::Words(vec!["console", "otlp"]));
    assert_eq!(understood(name, "none"), Parsed::Words(vec!["none"]));
    for partly in ["none,console", "console,bogus"] {
        let (parsed, problems) = read(name, partly);
        assert_eq!(parsed, Some(Parsed::Words(vec!["console"])), "{partly}");
        assert_eq!(problems.len(), 1);
    }
    refused(name, "bogus,LOGGING");
    let said = |value| read(name, value).1.concat();
    assert!(said("bogus").ends_with("it counts as unset (default: otlp)"), "{}", said("bogus"));
    assert!(said("console,bogus").ends_with("used: console"), "{}", said("console,bogus"));
}

#[test]
fn pairs_are_decoded_or_discarded_as_a_whole() {
    for name in names(|kind| matches!(kind, Kind::Pairs | Kind::SecretPairs)) {
        let expected = [("a", "x,y"), ("b", "")].map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(understood(name, "a=x%2Cy, b="), Parsed::Pairs(expected.to_vec()));
        for bad in ["a=1,broken", "=1", "a=s3cret%", "a=s3cret%FF"] {
            refused(name, bad);
            assert!(!read(name, bad).1[0].contains("s3cret"));
        }
    }
    for name in names(|kind| matches!(kind, Kind::SecretPairs)) {
        let said = read(name, "Authorization: Bearer s3cret").1.concat();
        assert!(said.contains("Authorization=Bearer%20<token>") && !said.contains("s3cret"), "{said}");
    }
}

#[test]
fn texts_are_taken_as_they_are() {
    for name in names(|kind| matches!(kind, Kind::Text | Kind::Url)) {
        for value in ["a", "A", "-1", "x,y=z%20"] {
            assert_eq!(understood(name, value), Parsed::Text(value.to_owned()));
        }
    }
}

#[test]
fn what_is_not_supported_is_said() {
    for name in names(|kind| matches!(kind, Kind::Unsupported)) {
        refused(name, "file.yaml");
    }
}

#[test]
fn ratios() {
    for (text, expected) in [("0", 0.0), ("1", 1.0), ("0.25", 0.25), ("1e-3", 0.001)] {
        assert_eq!(ratio(text), Ok(expected));
    }
    for bad in ["-0.1", "1.1", "NaN", "inf", "half", "50%"] {
        assert!(ratio(bad).is_err(), "{bad}");
    }
}

#[test]
fn the_first_variable_named_wins() {
    let environment = Environment::read(&|name| match name {
        "OTEL_EXPORTER_OTLP_TIMEOUT" => Some("1".to_owned()),
        "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT" => Some("2".to_owned()),
        _ => None,
    });
    let both = ["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"];
    assert_eq!(environment.duration(&both), Some(Duration::from_millis(2)));
    assert_eq!(environment.duration(&both[1..]), Some(Duration::from_millis(1)));
}

/// The page for users has each variable with its default and the method of the builder that says the same.
#[test]
fn every_variable_is_documented_and_has_a_method() {
    let page = include_str!("../../../../docs/configuration.md");
    let builder = include_str!("../config/builder.rs");
    for Variable { name, kind, default } in &VARIABLES {
        let row = page.lines().find(|line| line.starts_with(&format!("| `{name}` |")));
        let cells: Vec<&str> = row.unwrap_or_else(|| panic!("{name} is missing")).split(" | ").collect();
        assert_eq!(cells[2], *default, "the default of {name}");
        let method = cells[3].trim_matches([' ', '|', '`']);
        let is_method = builder.contains(&format!("    pub fn {method}(mut self"));
        assert!(is_method || matches!(kind, Kind::Unsupported), "{name} has no method `{method}`");
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, VARIABLES.len());
}

fn names(is_meant: impl Fn(Kind) -> bool) -> Vec<&'static str> {
    let names: Vec<_> =
        VARIABLES.iter().filter(|variable| is_meant(variable.kind)).map(|variable| variable.name).collect();
    assert!(!names.is_empty());
    names
}
