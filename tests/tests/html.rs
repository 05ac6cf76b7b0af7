//! The HTML exporter: what its page holds is what the file exporter writes, and when it is written.
#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde_json::{Map, Value as Json, json};
use traced::{FileExporter, HtmlExporter, HtmlPage, KeyValue, Resource, Scope, Span, SpanKind, Status, Value};
use traced_tests::child;

const LONG: Duration = Duration::from_secs(20);

static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("traced-html-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn data(path: &Path) -> Json {
    let text = std::fs::read_to_string(path).unwrap();
    let data = text.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    serde_json::from_str(data).unwrap()
}

/// The names of the spans on a page.
fn names(path: &Path) -> Vec<String> {
    let data = data(path);
    let spans = data["traces"].as_array().unwrap().iter().flat_map(|trace| trace["spans"].as_array().unwrap());
    spans.map(|span| data["strings"][span[0].as_u64().unwrap() as usize].as_str().unwrap().to_owned()).collect()
}

/// Reads a page by the description of its format, into OTLP in JSON.
struct Reader<'a> {
    strings: &'a [Json],
    base: i128,
}

impl Reader<'_> {
    fn string(&self, number: &Json) -> Json {
        self.strings[number.as_u64().unwrap() as usize].clone()
    }

    /// A text value.
    fn text(&self, value: &Json) -> Json {
        if value.is_string() { value.clone() } else { self.string(&value[0]) }
    }

    fn exact(number: &Json) -> i128 {
        number.as_i64().map(i128::from).unwrap_or_else(|| number.as_str().unwrap().parse().unwrap())
    }

    fn time(&self, number: &Json) -> Json {
        (self.base + Self::exact(number)).to_string().into()
    }

    fn value(&self, value: &Json) -> Json {
        match value {
            Json::Null => json!({}),
            Json::Bool(value) => json!({ "boolValue": value }),
            Json::Number(number) => json!({ "intValue": number.to_string() }),
            Json::String(_) | Json::Array(_) => json!({ "stringValue": self.text(value) }),
            Json::Object(tagged) => match tagged.iter().next().unwrap() {
                (tag, number) if tag == "i" => json!({ "intValue": Self::exact(number).to_string() }),
                (tag, number) if tag == "d" => json!({ "doubleValue": number }),
                (tag, base64) if tag == "b" => json!({ "bytesValue": base64 }),
                (tag, items) if tag == "a" => {
                    let items = items.as_array().into_iter().flatten();
                    json!({ "arrayValue": { "values": items.map(|item| self.value(item)).collect::<Vec<_>>() } })
                }
                (_, pairs) => json!({ "kvlistValue": { "values": self.attributes(pairs) } }),
            },
        }
    }

    fn attributes(&self, flat: &Json) -> Vec<Json> {
        let flat = flat.as_array().map_or(&[][..], Vec::as_slice);
        flat.chunks(2).map(|pair| json!({ "key": self.string(&pair[0]), "value": self.value(&pair[1]) })).collect()
    }

    fn event(&self, event: &Json) -> Json {
        let mut fields = json!({ "name": self.string(&event[0]), "timeUnixNano": self.time(&event[1]) });
        put(&mut fields, "attributes", self.attributes(&event[2]).into());
        put(&mut fields, "droppedAttributesCount", event[3].clone());
        fields
    }

    fn link(&self, link: &Json) -> Json {
        let mut fields = json!({ "traceId": link[0], "spanId": link[1], "flags": link[4] });
        put(&mut fields, "attributes", self.attributes(&link[2]).into());
        put(&mut fields, "droppedAttributesCount", link[3].clone());
        put(&mut fields, "traceState", link[5].clone());
        fields
    }

    fn span(&self, trace: &Json, span: &Json) -> Json {
        let end = Self::exact(&span[5]) + Self::exact(&span[6]);
        let mut fields = json!({
            "traceId": trace["id"], "spanId": span[3], "name": self.string(&span[0]), "kind": span[2], "flags": span[7],
            "startTimeUnixNano": self.time(&span[5]), "endTimeUnixNano": (self.base + end).to_string(),
        });
        put(&mut fields, "parentSpanId", span[4].clone());
        put(&mut fields, "attributes", self.attributes(&span[9]).into());
        let each = |list: &Json, read: &dyn Fn(&Json) -> Json| {
            list.as_array().into_iter().flatten().map(read).collect::<Vec<_>>()
        };
        put(&mut fields, "events", each(&span[10], &|event| self.event(event)).into());
        put(&mut fields, "links", each(&span[11], &|link| self.link(link)).into());
        match &span[8] {
            Json::Number(code) if code.as_i64() == Some(0) => {}
            Json::Number(code) => fields["status"] = json!({ "code": code }),
            message => {
                let mut status = json!({ "code": 2 });
                put(&mut status, "message", self.text(message));
                put(&mut fields, "status", status);
            }
        }
        for (name, value) in span.get(12).and_then(Json::as_object).into_iter().flatten() {
            put(&mut fields, name, value.clone());
        }
        fields
    }
}

/// Sets a field, unless it has its default value.
fn put(fields: &mut Json, name: &str, value: Json) {
    let is_default = match &value {
        Json::Null => true,
        Json::Array(items) => items.is_empty(),
        Json::String(text) => text.is_empty(),
        other => other == 0,
    };
    if !is_default {
        fields[name] = value;
    }
}

/// Each span with its resource and scope, by id.
fn spans_of_page(path: &Path) -> Map<String, Json> {
    let data = data(path);
    let strings = data["strings"].as_array().unwrap();
    let mut spans = Map::new();
    for trace in data["traces"].as_array().unwrap() {
        let reader = Reader { strings, base: trace["base"].as_str().unwrap().parse().unwrap() };
        for span in trace["spans"].as_array().unwrap() {
            let origin: Json = serde_json::from_str(reader.string(&span[1]).as_str().unwrap()).unwrap();
            let id = span[3].as_str().unwrap().to_owned();
            spans.insert(id, json!({ "origin": origin, "span": reader.span(trace, span) }));
        }
    }
    spans
}

fn spans_of_lines(text: &str) -> Map<String, Json> {
    let mut spans = Map::new();
    for line in text.lines() {
        let message: Json = serde_json::from_str(line).unwrap();
        for resource_spans in message["resourceSpans"].as_array().unwrap() {
            for scope_spans in resource_spans["scopeSpans"].as_array().unwrap() {
                let or_empty = |url: &Json| Json::from(url.as_str().unwrap_or_default());
                let origin = json!({
                    "resource": resource_spans["resource"], "resourceSchemaUrl": or_empty(&resource_spans["schemaUrl"]),
                    "scope": scope_spans["scope"], "scopeSchemaUrl": or_empty(&scope_spans["schemaUrl"]),
                });
                for span in scope_spans["spans"].as_array().unwrap() {
                    let id = span["spanId"].as_str().unwrap().to_owned();
                    spans.insert(id, json!({ "origin": origin, "span": span }));
                }
            }
        }
    }
    spans
}

fn record_everything() {
    let root = Span::builder("räksmörgås \"quoted\" </script>\n").kind(SpanKind::Server).start();
    let values = [
        ("empty text", Value::from("")),
        ("text", Value::from("\u{0}\u{1f}\\\u{2028}漢字😀<!--")),
        ("long text that two spans have", Value::from("the same text in both")),
        ("yes", Value::from(true)),
        ("least", Value::from(i64::MIN)),
        ("greatest", Value::from(i64::MAX)),
        ("exact", Value::from(1_i64 << 53)),
        ("half", Value::from(0.5)),
        ("whole", Value::from(2.0)),
        ("tiny", Value::from(f64::MIN_POSITIVE)),
        ("none", Value::from(f64::NAN)),
        ("bytes", Value::Bytes((0..=255).collect())),
        ("list", Value::from(vec![Value::from(1), Value::from("two"), Value::from(vec![Value::from(false)])])),
        ("map", Value::from(vec![KeyValue::new("inner", vec![KeyValue::new("deep", 1.5)])])),
    ];
    for (key, value) in values {
        root.set_attributes(&[KeyValue::new(key, value)]);
    }
    let scope = Scope::new("other").with_version("1.2").with_schema_url("https://example.com/schema");
    let child = Span::builder("child").parent(root.context()).scope(scope).start();
    child.set_attribute("long text that two spans have", "the same text in both");
    child.add_event("event", &[KeyValue::new("n", 1)]);
    child.add_event("bare", &[]);
    child.add_link(&root.span_context(), &[KeyValue::new("why", "test")]);
    child.set_status(Status::error("no luck at all"));
    child.end();
    root.set_status(Status::Ok);
    root.end();
    let failed = Span::builder("unset").root().start();
    failed.set_status(Status::error(""));
    failed.end();
}

#[test]
fn the_page_holds_what_the_file_exporter_writes() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Folder::new("same");
    let (page, lines) = (folder.path("page.html"), folder.path("lines.jsonl"));
    let resource = Resource::new([KeyValue::new("service.name", "shop")], "https://example.com/resource");
    let guard = traced::builder()
        .exporter(HtmlExporter::create(&page).unwrap())
        .exporter(FileExporter::append(&lines).unwrap())
        .resource(resource)
        .init()
        .unwrap();
    record_everything();
    traced::flush(LONG).unwrap();
    record_everything();
    guard.shutdown(LONG).unwrap();
    let lines = std::fs::read_to_string(&lines).unwrap();
    let expected = spans_of_lines(&lines);
    assert_eq!(expected.len(), 6);
    assert_eq!(Json::from(spans_of_page(&page)), Json::from(expected.clone()));
    // The lines make the same page, in another process.
    let mut other = HtmlPage::new();
    assert_eq!(other.add_otlp_json(&lines).unwrap(), 6);
    other.write(folder.path("other.html")).unwrap();
    assert_eq!(Json::from(spans_of_page(&folder.path("other.html"))), Json::from(expected));
    let files = std::fs::read_dir(&folder.0).unwrap().count();
    assert_eq!(files, 3, "no temporary file is left");
}

#[test]
fn the_page_is_there_from_the_beginning_and_up_to_date_after_a_flush() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let folder = Folder::new("flush");
    let page = folder.path("page.html");
    let exporter = HtmlExporter::create(&page).unwrap();
    assert_eq!(exporter.path(), page);
    let guard = traced::builder().exporter(exporter).init().unwrap();
    assert_eq!(names(&page), [""; 0]);
    Span::start("first").end();
    traced::flush(LONG).unwrap();
    assert_eq!(names(&page), ["first"]);
    Span::start("second").end();
    drop(guard);
    assert_eq!(names(&page), ["first", "second"]);
}

#[test]
fn a_write_that_fails_is_said_once_and_loses_no_span() {
    let _alone = ONE_AT_A_TIME.lock().unwrap_or_else(PoisonError::into_inner);
    let said = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&said);
    traced::on_diagnostic(move |message| sink.lock().unwrap().push(message.to_owned()));
    let folder = Folder::new("fails");
    let inner = folder.path("inner");
    std::fs::create_dir(&inner).unwrap();
    let page = inner.join("page.html");
    let guard = traced::builder().exporter(HtmlExporter::create(&page).unwrap()).init().unwrap();
    std::fs::remove_dir_all(&inner).unwrap();
    for name in ["first", "second"] {
        Span::start(name).end();
        assert!(traced::flush(LONG).is_err());
    }
    let messages = said.lock().unwrap().clone();
    assert_eq!(messages.len(), 1, "{messages:?}");
    assert!(messages[0].contains("page.html") && messages[0].contains("TRACED_HTML"), "{messages:?}");
    assert_eq!((traced::stats().exporters[0].failed, traced::stats().exporters[0].exported), (0, 2));
    std::fs::create_dir(&inner).unwrap();
    guard.shutdown(LONG).unwrap();
    assert_eq!(names(&page), ["first", "second"]);
}

/// What `init` reads: runs the program in a process of its own, in the folder. Says whether it went well, and what it
/// printed; nothing in that process itself.
fn run(name: &str, folder: &Folder, variables: &[(&str, &str)]) -> Option<(bool, String)> {
    if child::is(name) {
        let _traced = traced::init().unwrap();
        Span::start("from the program").end();
        return None;
    }
    let output = child::command(name, variables).current_dir(&folder.0).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    Some((output.status.success(), text))
}

#[test]
fn the_environment_asks_for_a_page() {
    let run = |folder: &Folder, variables: &[_]| run("the_environment_asks_for_a_page", folder, variables);
    let folder = Folder::new("environment");
    let Some((is_fine, text)) = run(&folder, &[("OTEL_TRACES_EXPORTER", "html")]) else { return };
    assert!(is_fine, "{text}");
    assert_eq!(names(&folder.path("traces.html")), ["from the program"]);
    assert!(!text.contains("browser"), "only the console speaks: {text}");
    let variables = [("OTEL_TRACES_EXPORTER", "console,html"), ("TRACED_HTML", "there.html")];
    let (is_fine, text) = run(&folder, &variables).unwrap();
    assert!(is_fine, "{text}");
    assert_eq!(names(&folder.path("there.html")), ["from the program"]);
    let there = std::fs::canonicalize(folder.path("there.html")).unwrap();
    let hint = format!("open {} in a browser to search these traces", there.display());
    assert_eq!(text.matches(&hint).count(), 1, "{text}");
}

/// A person who looks at trees, and could have a page, is told so; a pipe is not.
#[cfg(target_os = "linux")]
#[test]
fn the_console_tells_a_person_how_to_get_a_page() {
    let name = "the_console_tells_a_person_how_to_get_a_page";
    let folder = Folder::new("terminal");
    let variables = [("OTEL_TRACES_EXPORTER", "console")];
    let hint = "to search these traces in a browser, set OTEL_TRACES_EXPORTER=console,html";
    let Some((is_fine, text)) = run(name, &folder, &variables) else { return };
    assert!(is_fine && text.contains("from the program") && !text.contains("browser"), "{text}");
    // The same program on a terminal, which `script` makes.
    let program = child::command(name, &variables);
    let words = [program.get_program()].into_iter().chain(program.get_args()).map(|word| word.to_str().unwrap());
    let line = words.map(|word| format!("'{word}'")).collect::<Vec<_>>().join(" ");
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(&folder.0);
    for (variable, value) in program.get_envs() {
        match value {
            Some(value) => script.env(variable, value),
            None => script.env_remove(variable),
        };
    }
    let output = script.stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && text.contains("from the program"), "{text}");
    assert_eq!(text.matches(hint).count(), 1, "{text}");
    assert!(!folder.path("traces.html").exists(), "nobody asked for a page");
}

#[test]
fn a_page_that_cannot_be_written_is_an_error_of_init() {
    let folder = Folder::new("nowhere");
    let variables = [("OTEL_TRACES_EXPORTER", "html"), ("TRACED_HTML", "no/such/page.html")];
    let name = "a_page_that_cannot_be_written_is_an_error_of_init";
    let Some((is_fine, text)) = run(name, &folder, &variables) else { return };
    assert!(!is_fine && text.contains("no/such/page.html") && text.contains("set TRACED_HTML"), "{text}");
}
