//! The Collector's files in `examples/collector`: they parse, each pipeline names what the file has, and nothing is there
//! that no pipeline names. Whether the Collector knows the components is not known here: none has run them.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use yaml_rust2::{Yaml, YamlLoader};

/// The keys of a section of the file.
fn keys(section: &Yaml) -> BTreeSet<String> {
    let keys = section.as_hash().into_iter().flatten().map(|(key, _)| key.as_str().unwrap().to_owned());
    keys.collect()
}

/// What the pipelines name under this key, in any of them.
fn named(pipelines: &Yaml, key: &str) -> BTreeSet<String> {
    let pipelines = pipelines.as_hash().unwrap().iter();
    let names = pipelines.flat_map(|(_, pipeline)| pipeline[key].as_vec().cloned().unwrap_or_default());
    names.map(|name| name.as_str().unwrap().to_owned()).collect()
}

fn check(name: &str, file: &Yaml) {
    let service = &file["service"];
    let pipelines = &service["pipelines"];
    let connectors = keys(&file["connectors"]);
    assert!(!keys(pipelines).is_empty(), "{name}: pipelines");
    // A connector ends one pipeline and begins another.
    let with_connectors = |section: &str| keys(&file[section]).union(&connectors).cloned().collect::<BTreeSet<_>>();
    assert_eq!(named(pipelines, "receivers"), with_connectors("receivers"), "{name}: receivers");
    assert_eq!(named(pipelines, "exporters"), with_connectors("exporters"), "{name}: exporters");
    assert_eq!(named(pipelines, "processors"), keys(&file["processors"]), "{name}: processors");
    let extensions = service["extensions"].as_vec().cloned().unwrap_or_default();
    let extensions = extensions.iter().map(|name| name.as_str().unwrap().to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(extensions, keys(&file["extensions"]), "{name}: extensions");
    for (pipeline, parts) in pipelines.as_hash().unwrap() {
        let pipeline = pipeline.as_str().unwrap();
        let first = parts["processors"].as_vec().and_then(|processors| processors.first());
        let is_behind_a_connector = named(pipelines, "exporters").iter().any(|one| connectors.contains(one))
            && parts["receivers"].as_vec().unwrap().iter().any(|one| connectors.contains(one.as_str().unwrap()));
        if !is_behind_a_connector {
            assert_eq!(first.and_then(Yaml::as_str), Some("memory_limiter"), "{name}: {pipeline} has bounded memory");
        }
    }
}

#[test]
fn pipelines_name_what_the_file_has() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/collector");
    let page = fs::read_to_string(folder.join("../../docs/backends.md")).unwrap();
    let files = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect::<Vec<_>>();
    assert!(files.len() >= 9, "{files:?}");
    for path in files {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let documents = YamlLoader::load_from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let [file] = &documents[..] else { panic!("{name}: one document") };
        check(&name, file);
        assert!(page.contains(&format!("../examples/collector/{name}")), "docs/backends.md names {name}");
    }
}

#[test]
fn a_pipeline_that_names_what_is_not_there_is_found() {
    let file = "receivers: { otlp: }\nexporters: { zipkin: }\nprocessors: { memory_limiter: }\nservice: { pipelines: { traces: \
                { receivers: [otlp], processors: [memory_limiter], exporters: [jaeger] } } }";
    let documents = YamlLoader::load_from_str(file).unwrap();
    assert!(std::panic::catch_unwind(|| check("wrong", &documents[0])).is_err());
}
