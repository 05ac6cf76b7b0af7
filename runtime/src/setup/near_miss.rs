//! Variables whose names are nearly those of ours.

use super::settings::variable_names;

/// Says of each variable of the process that nobody reads, but whose name is nearly one that is read, which may be meant.
pub(crate) fn near_misses() -> impl Iterator<Item = String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter_map(|name| near_miss(&name))
}

/// Says which variable may be meant by one that nobody reads.
fn near_miss(name: &str) -> Option<String> {
    /// Of other signals, whose variables have names like those of spans.
    const OF_OTHERS: [&str; 4] = ["_BLRP_", "_LOG", "_METRIC", "_PROFILES_"];
    let upper = name.to_ascii_uppercase();
    let is_ours = ["OTEL_", "OTLE_", "OLTE_", "TRACED_"].iter().any(|start| upper.starts_with(start));
    let known = variable_names();
    let is_known = known.contains(&name);
    if !is_ours || is_known || OF_OTHERS.iter().any(|other| upper.contains(other)) {
        return None;
    }
    let meant = known.into_iter().find(|known| edits(known, &upper) <= 2)?;
    Some(format!("{name} is not read: is {meant} meant?"))
}

/// How many letters are to be added, removed or replaced to make one name of the other (the Levenshtein distance).
///
/// Two neighbours that are swapped are two replacements.
fn edits(from: &str, to: &str) -> usize {
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, other) in to.bytes().enumerate() {
            let replaced = diagonal + usize::from(letter != other);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::{edits, near_miss};

    #[test]
    fn edits_are_counted() {
        for (from, to, count) in [("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("abcd", "bacd", 2)] {
            assert_eq!((edits(from, to), edits(to, from)), (count, count), "{from} {to}");
        }
    }

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
