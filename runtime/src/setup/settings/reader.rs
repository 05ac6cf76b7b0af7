//! How the text of an environment variable is read, and how its value may be shown: one reader for each sort.

use std::path::PathBuf;
use std::time::Duration;

use crate::export::otlp::shown_url;
use crate::setup::env::NO_LIMIT;
use crate::setup::exporters::{EXPORTERS as NAMED_EXPORTERS, NamedExporter};
use crate::setup::log_level::LogLevel;
use crate::setup::otlp::OtlpProtocol;
use crate::setup::pairs;
use crate::setup::samplers::{NamedSampler, SAMPLERS};
use traced_core::Resource;
use traced_core::Value;

/// How a value is read and shown. What must stay secret, `show` masks and the mistakes of `parse` do not repeat.
pub(crate) struct Reader<T> {
    /// Reads a text that is not empty.
    pub(crate) parse: fn(&str) -> Reading<T>,
    /// The value as it may be shown.
    pub(crate) show: fn(&T) -> String,
}

/// A value, unless nothing is left of it, and what had to be ignored; or why the text counts as unset.
pub(crate) type Reading<T> = Result<(Option<T>, Option<String>), String>;

/// There is no value of a setting that is known but not supported.
#[derive(Debug)]
pub(crate) enum Unsupported {}

/// Stands for what must not be shown.
const MASK: &str = "***";

/// `true` in any case, or else `false`.
pub(crate) const BOOL: Reader<bool> = Reader { parse: boolean, show: ToString::to_string };
/// A whole number of 32 bits.
pub(crate) const COUNT: Reader<u32> = Reader { parse: |text| understood(number(text, 0)), show: ToString::to_string };
/// A whole number of 32 bits from 1 on.
pub(crate) const POSITIVE: Reader<usize> = Reader {
    parse: |text| understood(number(text, 1).map(|number| usize::try_from(number).unwrap_or(usize::MAX))),
    show: ToString::to_string,
};
/// Whole milliseconds.
pub(crate) const DURATION: Reader<Duration> = Reader { parse: |text| understood(millis(text)), show: shown_time };
/// Whole milliseconds; 0 is no limit.
pub(crate) const TIMEOUT: Reader<Duration> =
    Reader { parse: |text| understood(millis(text).map(no_limit_if_zero)), show: shown_time };
/// Anything.
pub(crate) const TEXT: Reader<String> = Reader { parse: |text| understood(Ok(text.to_owned())), show: Clone::clone };
/// A file or a directory.
pub(crate) const PATH: Reader<PathBuf> =
    Reader { parse: |text| understood(Ok(PathBuf::from(text))), show: |path| path.display().to_string() };
/// A URL, whose user name, password and query are secret.
pub(crate) const URL: Reader<String> =
    Reader { parse: TEXT.parse, show: |url| shown_url(url).unwrap_or_else(|| "(not a URL)".to_owned()) };
/// Attributes as `key=value` pairs, percent-encoded.
pub(crate) const RESOURCE: Reader<Resource> =
    Reader { parse: |text| understood(pairs::parse(text).map(Resource::of_pairs)), show: shown_resource };
/// Names and values of header fields as pairs; the values are secret.
pub(crate) const HEADERS: Reader<Vec<(String, String)>> = Reader { parse: headers, show: |headers| masked(headers) };
/// The words for how much the library says.
pub(crate) const LEVEL: Reader<LogLevel> = Reader {
    parse: |text| understood(choice(text, &LEVELS, |row| row.0).map(|row| row.1)),
    show: |level| LEVELS.iter().find(|row| row.1 == *level).map_or("", |row| row.0).to_owned(),
};
/// How OTLP is spoken, by the specification's words.
pub(crate) const PROTOCOL: Reader<OtlpProtocol> = Reader {
    parse: |text| understood(choice(text, &OtlpProtocol::ALL, |protocol| protocol.as_str()).copied()),
    show: |protocol| protocol.as_str().to_owned(),
};
/// Whether to compress, by the name of the method.
pub(crate) const COMPRESSION: Reader<bool> = Reader {
    parse: |text| understood(choice(text, &["none", "gzip"], |word| word).map(|word| *word == "gzip")),
    show: |gzip| if *gzip { "gzip" } else { "none" }.to_owned(),
};
/// A sampler by its name.
pub(crate) const SAMPLER: Reader<NamedSampler> = Reader {
    parse: |text| understood(choice(text, &SAMPLERS, |sampler| sampler.word).copied()),
    show: |sampler| sampler.word.to_owned(),
};
/// Exporters by their names, each once, or `none`.
pub(crate) const EXPORTERS: Reader<Vec<NamedExporter>> =
    Reader { parse: exporters, show: |exporters| shown_exporters(exporters) };
/// Any value of a setting that is known but not supported: it is said so.
pub(crate) const UNSUPPORTED: Reader<Unsupported> = Reader {
    parse: |_| Ok((None, Some("this is not supported; the other variables are used".to_owned()))),
    show: |never| match *never {},
};
/// Where exceptions are recorded; semantic conventions, "Exceptions". Only span events are built in.
pub(crate) const EXCEPTION_SIGNAL: Reader<Unsupported> = Reader {
    parse: |text| {
        choice(text, &["logs", "logs/dup"], |word| word)?;
        Ok((None, Some("there is no sink for logs, so exceptions are recorded as span events".to_owned())))
    },
    show: |never| match *never {},
};

/// Of several words for one level, the one that is shown stands first.
pub(crate) const LEVELS: [(&str, LogLevel); 10] = [
    ("off", LogLevel::Off),
    ("none", LogLevel::Off),
    ("error", LogLevel::Error),
    ("fatal", LogLevel::Error),
    ("warn", LogLevel::Warn),
    ("warning", LogLevel::Warn),
    ("info", LogLevel::Info),
    ("debug", LogLevel::Debug),
    ("trace", LogLevel::Debug),
    ("verbose", LogLevel::Debug),
];

/// A timeout of zero means that there is none.
pub(crate) fn no_limit_if_zero(timeout: Duration) -> Duration {
    if timeout.is_zero() { NO_LIMIT } else { timeout.min(NO_LIMIT) }
}

/// The names of header fields.
pub(crate) fn masked(headers: &[(String, String)]) -> String {
    let headers: Vec<String> = headers.iter().map(|(name, _)| format!("{name}={MASK}")).collect();
    headers.join(", ")
}

/// The text of an attribute's value.
pub(crate) fn shown_value(value: &Value) -> String {
    match value {
        Value::String(text) => text.to_string(),
        other => format!("{other:?}"),
    }
}

fn shown_time(time: &Duration) -> String {
    if *time == NO_LIMIT { "no limit".to_owned() } else { format!("{time:?}") }
}

fn shown_resource(resource: &Resource) -> String {
    let attributes = resource.attributes().iter();
    let pairs: Vec<String> = attributes.map(|one| format!("{}={}", one.key, shown_value(&one.value))).collect();
    pairs.join(", ")
}

fn shown_exporters(exporters: &[NamedExporter]) -> String {
    let words: Vec<&str> = exporters.iter().map(|exporter| exporter.word).collect();
    if words.is_empty() { NONE.to_owned() } else { words.join(", ") }
}

fn understood<T>(value: Result<T, String>) -> Reading<T> {
    value.map(|value| (Some(value), None))
}

/// Text that is neither `true` nor `false` is false, and said.
fn boolean(text: &str) -> Reading<bool> {
    let is_true = text.eq_ignore_ascii_case("true");
    let is_known = is_true || text.eq_ignore_ascii_case("false");
    let problem = (!is_known).then(|| format!("{text:?} is neither true nor false; it counts as false"));
    Ok((Some(is_true), problem))
}

fn number(text: &str, least: u32) -> Result<u32, String> {
    whole(text, least.into(), u32::MAX.into()).map(|number| u32::try_from(number).unwrap_or(u32::MAX))
}

fn whole(text: &str, least: u64, most: u64) -> Result<u64, String> {
    let is_whole = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse::<u64>().ok().filter(|number| is_whole && (least..=most).contains(number));
    number.ok_or_else(|| format!("{text:?} is not a whole number from {least} to {most}"))
}

fn millis(text: &str) -> Result<Duration, String> {
    let most = u64::try_from(NO_LIMIT.as_millis()).unwrap_or(u64::MAX);
    whole(text, 0, most).map(Duration::from_millis).map_err(|mistake| format!("{mistake}, in milliseconds"))
}

fn headers(text: &str) -> Reading<Vec<(String, String)>> {
    understood(pairs::parse(text).map_err(|mistake| {
        format!("{mistake}; write name=value, percent-encoded, as in Authorization=Bearer%20<token>")
    }))
}

/// The row that a word means, in any case.
fn choice<'a, T>(text: &str, rows: &'a [T], word: fn(&T) -> &'static str) -> Result<&'a T, String> {
    let known = rows.iter().find(|row| word(row).eq_ignore_ascii_case(text));
    known.ok_or_else(|| {
        let known: Vec<&str> = rows.iter().map(word).collect();
        format!("{text:?} is unknown; known are {}", known.join(", "))
    })
}

/// The word for no exporter at all.
const NONE: &str = "none";

/// Each exporter once, in the order given; unknown ones are ignored, and `none` beside others.
///
/// # Errors
///
/// When none is known.
fn exporters(text: &str) -> Reading<Vec<NamedExporter>> {
    let mut known = Vec::new();
    let mut problems = Vec::new();
    let mut has_none = false;
    for word in text.split(',').map(str::trim).filter(|word| !word.is_empty()) {
        match choice(word, &NAMED_EXPORTERS, |exporter| exporter.word) {
            Ok(exporter) if !known.contains(exporter) => known.push(*exporter),
            Ok(_) => {}
            Err(_) if word.eq_ignore_ascii_case(NONE) => has_none = true,
            Err(mistake) => problems.push(format!("{mistake}, {NONE}")),
        }
    }
    if has_none && !known.is_empty() {
        problems.push(format!("{NONE:?} is ignored, since others are listed beside it"));
    }
    let mistakes = problems.join("; ");
    let problem = (!problems.is_empty()).then(|| format!("{mistakes}; used: {}", shown_exporters(&known)));
    match (known.is_empty() && !has_none, problem) {
        (true, Some(_)) => Err(mistakes),
        (true, None) => Ok((None, None)),
        (false, problem) => Ok((Some(known), problem)),
    }
}
