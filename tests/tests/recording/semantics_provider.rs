//! The specification's rows about resources as they are exported, and about switching parts of a program off.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::time::Duration;

use traced::{Scope, Span, traced};
use traced_tests::child;
use traced_tests::otlp::{Decoded, DecodedSpan, text};

/// What is exported of what `run` records, with the settings of the environment.
fn exported(run: impl FnOnce()) -> Vec<DecodedSpan> {
    let decoded = Decoded::default();
    let guard = traced::builder().exporter(decoded.clone()).init().unwrap();
    run();
    guard.shutdown(Duration::from_secs(30)).unwrap();
    decoded.spans()
}

fn resource(variables: &[(&str, &str)], name: &str, check: impl FnOnce(&dyn Fn(&str) -> Option<String>)) {
    child::run(name, variables, || {
        let spans = exported(|| Span::start("any").end());
        let attributes = &spans[0].resource.resource.as_ref().unwrap().attributes;
        let mut keys: Vec<_> = attributes.iter().map(|attribute| &attribute.key).collect();
        keys.sort_unstable();
        keys.dedup();
        assert_eq!(keys.len(), attributes.len(), "unique keys");
        check(&|key| text(attributes, key).map(str::to_owned));
    });
}

#[test]
fn rs_1_default_resource_names_the_service_and_the_sdk() {
    resource(&[], "rs_1_default_resource_names_the_service_and_the_sdk", |get| {
        assert!(get("service.name").is_some());
        assert_eq!(get("telemetry.sdk.language").as_deref(), Some("rust"));
        assert!(get("telemetry.sdk.version").is_some_and(|version| version.split('.').count() == 3));
    });
}

#[test]
fn rs_2_default_service_name() {
    resource(&[], "rs_2_default_service_name", |get| {
        let executable = std::env::current_exe().unwrap();
        let name = executable.file_name().unwrap().to_str().unwrap();
        assert_eq!(get("service.name"), Some(format!("unknown_service:{name}")));
    });
}

#[test]
fn rs_3_sdk_name_is_its_own() {
    resource(&[], "rs_3_sdk_name_is_its_own", |get| {
        assert_eq!(get("telemetry.sdk.name").as_deref(), Some("traced"));
    });
}

#[test]
fn rs_4_resource_attributes_are_percent_decoded() {
    let variables = [("OTEL_RESOURCE_ATTRIBUTES", "a=x%2Cy,b=2")];
    resource(&variables, "rs_4_resource_attributes_are_percent_decoded", |get| {
        assert_eq!((get("a").as_deref(), get("b").as_deref()), (Some("x,y"), Some("2")));
    });
}

#[test]
fn rs_4_one_mistake_discards_all() {
    let said = child::run("rs_4_one_mistake_discards_all", &[("OTEL_RESOURCE_ATTRIBUTES", "a=1,broken")], || {
        let spans = exported(|| Span::start("any").end());
        assert_eq!(text(&spans[0].resource.resource.as_ref().unwrap().attributes, "a"), None);
    });
    if let Some(said) = said {
        assert_eq!(said.matches("OTEL_RESOURCE_ATTRIBUTES").count(), 1, "{said}");
    }
}

#[test]
fn rs_5_service_name_beats_resource_attributes() {
    let variables = [("OTEL_RESOURCE_ATTRIBUTES", "service.name=general"), ("OTEL_SERVICE_NAME", "special")];
    resource(&variables, "rs_5_service_name_beats_resource_attributes", |get| {
        assert_eq!(get("service.name").as_deref(), Some("special"));
    });
}

#[test]
fn tp_2_empty_scope_name_works_and_is_said() {
    let said = child::run("tp_2_empty_scope_name_works_and_is_said", &[], || {
        let spans = exported(|| {
            for _ in 0..2 {
                Span::builder("any").scope(Scope::new("")).start().end();
            }
        });
        assert_eq!(spans.len(), 2);
        assert_eq!(spans[0].scope.scope.clone().unwrap_or_default().name, "");
    });
    if let Some(said) = said {
        assert_eq!(said.matches("scope").count(), 1, "one diagnostic: {said}");
    }
}

#[traced]
fn switched_off() {
    below();
}

#[traced]
fn below() {}

#[traced]
fn above() {
    switched_off();
}

#[test]
fn tp_9_functions_that_are_switched_off_pass_the_parent_on() {
    child::run(
        "tp_9_functions_that_are_switched_off_pass_the_parent_on",
        &[("TRACED_FILTER", "switched_off=off")],
        || {
            let spans = exported(|| {
                above();
                traced::set_filter("").unwrap();
                switched_off();
                traced::set_filter("below=off").unwrap();
                switched_off();
            });
            let names: Vec<_> = spans.iter().map(|found| found.span.name.as_str()).collect();
            assert_eq!(names, ["below", "above", "below", "switched_off", "switched_off"]);
            assert_eq!(spans[0].span.parent_span_id, spans[1].span.span_id);
            assert_eq!(spans[2].span.parent_span_id, spans[3].span.span_id);
        },
    );
}
