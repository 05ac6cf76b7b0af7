//! What the receiver got, as a page for the browser.

use std::path::Path;

use anyhow::Context as _;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, TracesData};
use traced::HtmlPage;
use traced_tests::receiver::ReceivedSpan;

/// Writes a page with these spans.
pub(crate) fn write(spans: &[ReceivedSpan], path: &Path) -> anyhow::Result<()> {
    let mut page = HtmlPage::new();
    for span in spans {
        page.add_otlp_json(&serde_json::to_string(&traces_data(span))?)?;
    }
    page.write(path).context("cannot write the page")
}

/// The span under its resource and scope.
fn traces_data(received: &ReceivedSpan) -> TracesData {
    let scope_spans = ScopeSpans {
        scope: Some((*received.scope).clone()),
        spans: vec![received.span.clone()],
        schema_url: received.scope_schema_url.to_string(),
    };
    let resource_spans = ResourceSpans {
        resource: Some((*received.resource).clone()),
        scope_spans: vec![scope_spans],
        schema_url: received.resource_schema_url.to_string(),
    };
    TracesData { resource_spans: vec![resource_spans] }
}
