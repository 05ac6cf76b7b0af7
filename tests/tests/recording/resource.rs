//! What a resource holds, and how two become one.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use traced::{KeyValue, Resource, Value};

fn text<'a>(resource: &'a Resource, key: &str) -> &'a str {
    match resource.get(key) {
        Some(Value::String(text)) => text,
        other => panic!("{key} is {other:?}"),
    }
}

#[test]
fn merge_prefers_the_updating_resource_even_when_empty() {
    let old = Resource::new([KeyValue::new("a", "old"), KeyValue::new("b", "old"), KeyValue::new("c", "old")], "");
    let updating = Resource::new([KeyValue::new("b", ""), KeyValue::new("c", 3), KeyValue::new("d", "new")], "");
    let merged = old.merge(&updating);
    let expected =
        [KeyValue::new("a", "old"), KeyValue::new("b", ""), KeyValue::new("c", 3), KeyValue::new("d", "new")];
    assert_eq!(merged.attributes(), expected);
    assert_eq!(old.attributes().len(), 3, "the merged ones stay as they are");
    assert_eq!(Resource::empty().merge(&old), old);
    assert_eq!(old.merge(&Resource::empty()), old);
}

#[test]
fn keys_are_unique_and_never_empty() {
    let resource = Resource::new([KeyValue::new("a", 1), KeyValue::new("", 2), KeyValue::new("a", 3)], "s");
    assert_eq!(resource.attributes(), [KeyValue::new("a", 3)]);
    assert_eq!(resource.schema_url(), "s");
}

#[test]
fn this_sdk_does_not_claim_to_be_another() {
    let sdk = Resource::sdk();
    assert_eq!(text(&sdk, "telemetry.sdk.name"), "traced");
    assert_eq!(text(&sdk, "telemetry.sdk.language"), "rust");
    assert!(!text(&sdk, "telemetry.sdk.version").is_empty());
    assert!(sdk.schema_url().starts_with("https://opentelemetry.io/schemas/"));
}

#[test]
fn detected_attributes() {
    let resource = Resource::detect();
    let executable = std::env::current_exe().unwrap();
    let name = executable.file_name().unwrap().to_str().unwrap();
    assert_eq!(text(&resource, "service.name"), format!("unknown_service:{name}"));
    assert_eq!(text(&resource, "process.executable.name"), name);
    assert_eq!(resource.get("process.pid"), Some(&Value::Int(std::process::id().into())));
    assert_eq!(text(&resource, "service.instance.id").len(), 36);
    assert!(!text(&resource, "host.arch").is_empty());
    assert_ne!(Resource::service_instance(), Resource::service_instance());
    #[cfg(target_os = "linux")]
    {
        assert_eq!(text(&resource, "os.type"), "linux");
        assert!(!text(&resource, "host.name").is_empty());
    }
}
