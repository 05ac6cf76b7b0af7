use std::collections::HashSet;
use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::*;

/// In nanoseconds since 1970.
const EPOCH: u64 = 1_790_000_000_000_000_000;

/// A page's file, which goes with the test.
struct File(PathBuf);

impl File {
    fn new(name: &str) -> Self {
        Self(std::env::temp_dir().join(format!("traced-page-{}-{name}.html", std::process::id())))
    }

    fn text(&self) -> String {
        std::fs::read_to_string(&self.0).unwrap()
    }

    fn data(&self) -> Json {
        data_of(&self.text())
    }
}

impl Drop for File {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

fn data_of(text: &str) -> Json {
    let data = text.split_once("id=\"data\">").unwrap().1.split_once("</script>").unwrap().0;
    serde_json::from_str(data).unwrap()
}

fn message(spans: &[Json]) -> String {
    let resource = json!({ "attributes": [{ "key": "service.name", "value": { "stringValue": "shop" } }] });
    json!({ "resourceSpans": [{ "resource": resource, "scopeSpans": [{ "spans": spans }] }] }).to_string()
}

fn span(trace: u64, id: u64, text: &str) -> Json {
    json!({
        "traceId": format!("{trace:032x}"),
        "spanId": format!("{id:016x}"),
        "name": "work",
        "startTimeUnixNano": (EPOCH + id).to_string(),
        "endTimeUnixNano": (EPOCH + 500 + id).to_string(),
        "attributes": [{ "key": "text", "value": { "stringValue": text } }],
    })
}

fn ids(data: &Json) -> Vec<&str> {
    data["traces"].as_array().unwrap().iter().map(|trace| trace["id"].as_str().unwrap()).collect()
}

#[test]
fn the_oldest_traces_go_and_are_counted() {
    let file = File::new("oldest");
    let limit = file::FRAME_BYTES + 100_000;
    let mut page = HtmlPage::new().max_bytes(limit);
    for trace in 0..2_000 {
        // The first trace gets another span now and then: it is not old.
        let unique = format!("a text that no other span has, number {trace}");
        let first = span(0, 10_000 + trace, &unique);
        let spans = [span(trace + 1, trace + 1, &unique), first];
        let some = if trace % 100 == 0 { &spans[..] } else { &spans[..1] };
        page.add_otlp_json(&message(some)).unwrap();
        if trace % 500 == 499 {
            page.write(&file.0).unwrap();
            assert!(file.text().len() <= limit, "{} bytes", file.text().len());
        }
    }
    let text = file.text();
    assert!(text.len() > limit - 12_000, "{} bytes of {limit}: more would fit", text.len());
    let data = data_of(&text);
    let kept = ids(&data);
    assert_eq!(*kept.last().unwrap(), format!("{:032x}", 2_000));
    assert!(kept.contains(&format!("{:032x}", 0).as_str()));
    let spans: usize =
        data["traces"].as_array().unwrap().iter().map(|trace| trace["spans"].as_array().unwrap().len()).sum();
    assert_eq!(data["leftOut"]["traces"], 2_001 - kept.len());
    assert_eq!(data["leftOut"]["spans"], 2_020 - spans);
    // What the traces that went had alone went with them.
    let strings = data["strings"].as_array().unwrap();
    assert!(strings.iter().filter(|text| text.is_string()).count() < kept.len() + 40);
}

#[test]
fn the_first_spans_of_a_trace_that_fills_the_page_go() {
    let file = File::new("long");
    let limit = file::FRAME_BYTES + 100_000;
    let mut page = HtmlPage::new().max_bytes(limit);
    page.add_otlp_json(&message(&[span(7, 1, "of another trace")])).unwrap();
    for id in 2..5_000 {
        page.add_otlp_json(&message(&[span(1, id, &format!("text {id}"))])).unwrap();
    }
    page.write(&file.0).unwrap();
    assert!(file.text().len() <= limit);
    let data = file.data();
    let long = data["traces"].as_array().unwrap().iter().find(|trace| trace["id"] == format!("{:032x}", 1)).unwrap();
    let spans = long["spans"].as_array().unwrap();
    assert_eq!(spans.last().unwrap()[3], format!("{:016x}", 4_999), "the last to end is mostly the root");
    assert_eq!(long["leftOutSpans"], 4_998 - spans.len());
    assert!(spans.len() > 200);
}

#[test]
fn a_span_larger_than_the_page_is_counted_too() {
    let file = File::new("huge");
    let mut page = HtmlPage::new().max_bytes(file::FRAME_BYTES + 10_000);
    page.add_otlp_json(&message(&[span(1, 1, &"x".repeat(20_000))])).unwrap();
    page.write(&file.0).unwrap();
    assert_eq!(file.data()["leftOut"], json!({ "traces": 1, "spans": 1 }));
    page.add_otlp_json(&message(&[span(2, 2, "small")])).unwrap();
    page.write(&file.0).unwrap();
    assert_eq!(ids(&file.data()).len(), 1);
}

#[test]
fn a_smaller_bound_holds_at_once() {
    let file = File::new("smaller");
    let mut page = HtmlPage::new();
    (0..500).for_each(|trace| drop(page.add_otlp_json(&message(&[span(trace, trace, "text")]))));
    let limit = file::FRAME_BYTES + 20_000;
    let page = page.max_bytes(limit);
    page.write(&file.0).unwrap();
    assert!(file.text().len() <= limit && ids(&file.data()).len() > 20);
}

#[test]
fn markup_in_a_text_is_no_markup_of_the_page() {
    let file = File::new("markup");
    let nasty = "</script><script>alert(1)</script><!-- ]]> \u{2028}";
    let mut page = HtmlPage::new();
    let mut nasty_span = span(1, 1, nasty);
    for field in ["traceId", "spanId", "parentSpanId", "name", "traceState"] {
        nasty_span[field] = nasty.into();
    }
    nasty_span["events"] =
        json!([{ "name": nasty, "attributes": [{ "key": nasty, "value": { "bytesValue": nasty } }] }]);
    nasty_span["links"] = json!([{ "traceId": nasty, "spanId": nasty, "traceState": nasty }]);
    nasty_span["status"] = json!({ "code": 2, "message": nasty });
    let scope = json!({ "name": nasty });
    let all = json!({ "resourceSpans": [{ "schemaUrl": nasty, "resource": { "attributes": [{ "key": nasty }] },
        "scopeSpans": [{ "scope": scope, "schemaUrl": nasty, "spans": [nasty_span] }] }] });
    assert_eq!(page.add_otlp_json(&all.to_string()).unwrap(), 1);
    page.write(&file.0).unwrap();
    let text = file.text();
    let between = text.split_once("id=\"data\">").unwrap().1;
    let data = between.split_once("</script>").unwrap().0;
    assert!(!data.contains('<'), "{data}");
    let data = data_of(&text);
    assert_eq!(data["traces"][0]["id"], nasty, "nothing of it is lost");
    assert_eq!(text.matches("<script").count(), 2);
}

#[test]
fn lines_of_several_processes_become_one_page() {
    let lines = [message(&[span(1, 1, "a")]), message(&[span(1, 2, "b"), span(2, 3, "c")])].join("\n");
    let mut page = HtmlPage::new();
    assert_eq!(page.add_otlp_json(&lines).unwrap(), 3);
    let error = page.add_otlp_json(&format!("{}\n{{\"torn", message(&[span(3, 4, "d")]))).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    assert_eq!(page.add_otlp_json("[1, \"no message\"] {\"resourceSpans\": 7} null").unwrap(), 0);
    let file = File::new("lines");
    page.write(&file.0).unwrap();
    assert_eq!(ids(&file.data()).iter().collect::<HashSet<_>>().len(), 3, "what came before the mistake is there");
}

#[test]
fn a_page_that_cannot_be_written_is_named_and_leaves_nothing() {
    let folder = std::env::temp_dir().join(format!("traced-page-folder-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("taken.html")).unwrap();
    let page = HtmlPage::new();
    let error = page.write(folder.join("missing/page.html")).unwrap_err();
    assert!(error.to_string().contains("missing/page.html"), "{error}");
    // A folder has the name.
    assert!(page.write(folder.join("taken.html")).is_err());
    let left: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["taken.html"], "no temporary file is left");
    std::fs::remove_dir_all(&folder).unwrap();
}

#[cfg(unix)]
#[test]
fn what_a_link_leads_to_is_replaced() {
    let (file, link) = (File::new("target"), File::new("link"));
    std::fs::write(&file.0, "old").unwrap();
    std::os::unix::fs::symlink(&file.0, &link.0).unwrap();
    HtmlPage::new().write(&link.0).unwrap();
    assert!(link.0.is_symlink() && file.text().starts_with("<!doctype html>"));
}
