//! `OTEL_PROPAGATORS`.
//!
//! Follows the OpenTelemetry specification, "General SDK Configuration".

use super::b3::B3Propagator;
use super::baggage::BaggagePropagator;
use super::format::Propagator;
use super::trace_context::TraceContextPropagator;
use crate::process::diagnostics::warn;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Format {
    TraceContext,
    Baggage,
    B3Single,
    B3Multi,
}

/// What is used when nothing is configured.
const DEFAULT: [Format; 2] = [Format::TraceContext, Format::Baggage];

/// The propagators of a list such as `tracecontext,baggage`: in its order, each once, whatever its case.
///
/// Unknown names are said and ignored; if no other is left, it is as if nothing were configured. `none`, alone, is
/// no propagator.
pub fn from_names(list: &str) -> Vec<Box<dyn Propagator>> {
    build(&parse(list).unwrap_or_else(|| DEFAULT.to_vec()))
}

fn parse(list: &str) -> Option<Vec<Format>> {
    let mut formats = Vec::new();
    let mut has_none = false;
    for name in list.split(',').map(str::trim).filter(|name| !name.is_empty()) {
        let format = match name.to_ascii_lowercase().as_str() {
            "tracecontext" => Format::TraceContext,
            "baggage" => Format::Baggage,
            "b3" => Format::B3Single,
            "b3multi" => Format::B3Multi,
            "none" => {
                has_none = true;
                continue;
            }
            _ => {
                warn(format_args!(
                    "OTEL_PROPAGATORS: {name:?} is ignored; known are tracecontext, baggage, b3, b3multi and none"
                ));
                continue;
            }
        };
        if !formats.contains(&format) {
            formats.push(format);
        }
    }
    if has_none && !formats.is_empty() {
        warn(format_args!("OTEL_PROPAGATORS: \"none\" is ignored, since other formats are listed beside it"));
    }
    (has_none || !formats.is_empty()).then_some(formats)
}

fn build(formats: &[Format]) -> Vec<Box<dyn Propagator>> {
    let one = |format: &Format| -> Box<dyn Propagator> {
        match format {
            Format::TraceContext => Box::new(TraceContextPropagator),
            Format::Baggage => Box::new(BaggagePropagator),
            Format::B3Single => Box::new(B3Propagator::SINGLE),
            Format::B3Multi => Box::new(B3Propagator::MULTI),
        }
    };
    formats.iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_become_propagators() {
        use Format::*;
        let cases: [(&str, Option<&[Format]>); 9] = [
            ("", None),
            (" , ", None),
            ("bogus", None),
            ("jaeger,xray,ottrace", None),
            ("none", Some(&[])),
            ("none,b3", Some(&[B3Single])),
            ("b3,b3,bogus", Some(&[B3Single])),
            (" Baggage ,TRACECONTEXT", Some(&[Baggage, TraceContext])),
            ("b3multi,b3", Some(&[B3Multi, B3Single])),
        ];
        for (list, formats) in cases {
            assert_eq!(parse(list).as_deref(), formats, "{list:?}");
        }
        let fields = |list| from_names(list).iter().flat_map(|one| one.fields()).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(fields("bogus"), ["traceparent", "tracestate", "baggage"]);
        assert_eq!(fields("b3"), ["b3"]);
        assert_eq!(fields("b3multi"), ["x-b3-traceid", "x-b3-spanid", "x-b3-sampled", "x-b3-flags"]);
    }
}
