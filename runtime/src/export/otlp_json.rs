//! OTLP in JSON: ids in hexadecimal, 64-bit integers as strings, enumerations as numbers, names in lowerCamelCase.
//! What has its default value is left out.

use serde_json::{Value as Json, json};
use traced_core::__runtime::record::wire_flags;
use traced_core::view::{Attributes, EventView, LinkView, SpanView, StatusView};
use traced_core::{Resource, Scope};

use crate::export::json::{self, Fields};

/// A `TracesData` message, with the spans grouped by scope. Ids come first and the resource last: the Collector's file
/// receiver tells files apart by their first 1,000 bytes.
pub(crate) fn traces_data<'a>(resource: &Resource, spans: impl Iterator<Item = SpanView<'a>>) -> String {
    let mut scopes: Vec<(Scope, Vec<String>)> = Vec::new();
    for view in spans {
        let scope = view.scope();
        match scopes.iter_mut().find(|(known, _)| *known == scope) {
            Some((_, spans)) => spans.push(span(&view)),
            None => scopes.push((scope, vec![span(&view)])),
        }
    }
    let scopes = scopes.into_iter().map(scope_spans).collect::<Vec<_>>().join(",");
    let mut fields = Fields::default();
    fields.put("resource", json::resource(resource));
    fields.text("schemaUrl", resource.schema_url());
    format!("{{\"resourceSpans\":[{}]}}", after(&format!("\"scopeSpans\":[{scopes}]"), fields))
}

fn scope_spans((scope, spans): (Scope, Vec<String>)) -> String {
    let mut fields = Fields::default();
    fields.put("scope", json::scope(scope));
    fields.text("schemaUrl", scope.schema_url);
    after(&format!("\"spans\":[{}]", spans.join(",")), fields)
}

/// An object with fields after those that are written already.
fn after(first: &str, fields: Fields) -> String {
    let rest = Json::from(fields.0).to_string();
    let rest = rest.strip_prefix('{').unwrap_or_default();
    let comma = if rest == "}" { "" } else { "," };
    format!("{{{first}{comma}{rest}")
}

fn span(view: &SpanView<'_>) -> String {
    let mut fields = Fields::default();
    fields.text("traceState", view.trace_state());
    fields.text("parentSpanId", &view.parent_span_id().map(|parent| parent.to_string()).unwrap_or_default());
    fields.put("flags", wire_flags(view.trace_flags(), view.parent_is_remote()).into());
    fields.text("name", view.name());
    fields.put("kind", view.kind().to_otlp().into());
    fields.text("startTimeUnixNano", &view.start_unix_nanos().to_string());
    fields.text("endTimeUnixNano", &view.end_unix_nanos().to_string());
    fields.attributes(view.attributes(), view.dropped_attributes());
    fields.list("events", view.events().map(|each| event(&each)).collect());
    fields.count("droppedEventsCount", view.dropped_events());
    fields.list("links", view.links().map(|each| link(&each)).collect());
    fields.count("droppedLinksCount", view.dropped_links());
    match view.status() {
        StatusView::Ok => fields.put("status", json!({ "code": 1 })),
        StatusView::Error("") => fields.put("status", json!({ "code": 2 })),
        StatusView::Error(message) => fields.put("status", json!({ "code": 2, "message": message })),
        _ => {}
    }
    after(&format!("\"traceId\":\"{}\",\"spanId\":\"{}\"", view.trace_id(), view.span_id()), fields)
}

fn event(view: &EventView<'_>) -> Json {
    let mut fields = Fields::default();
    fields.text("timeUnixNano", &view.unix_nanos().to_string());
    fields.text("name", view.name());
    fields.attributes(view.attributes(), view.dropped_attributes());
    fields.0.into()
}

fn link(view: &LinkView<'_>) -> Json {
    let mut fields = Fields::default();
    fields.text("traceId", &view.trace_id().to_string());
    fields.text("spanId", &view.span_id().to_string());
    fields.text("traceState", view.trace_state());
    fields.attributes(view.attributes(), view.dropped_attributes());
    fields.put("flags", wire_flags(view.trace_flags(), view.is_remote()).into());
    fields.0.into()
}

impl Fields {
    fn count(&mut self, name: &str, count: u64) {
        if count > 0 {
            self.put(name, count.into());
        }
    }

    fn list(&mut self, name: &str, items: Vec<Json>) {
        if !items.is_empty() {
            self.put(name, items.into());
        }
    }

    fn attributes(&mut self, attributes: Attributes<'_>, dropped: u64) {
        self.list("attributes", attributes.map(|attribute| json::key_value(&attribute.to_owned())).collect());
        self.count("droppedAttributesCount", dropped);
    }
}
