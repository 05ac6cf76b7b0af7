//! Spans as text, one line each, for tests of what `#[traced]` records.

use traced::{FinishedSpan, StatusView};

/// One line for each span, in the order of their ends: name, attributes other than `code.*`, status, events.
#[must_use]
pub fn lines(spans: &[FinishedSpan]) -> Vec<String> {
    spans.iter().map(line).collect()
}

fn line(span: &FinishedSpan) -> String {
    let view = span.view();
    let mut line = view.name().to_owned();
    for attribute in view.attributes().filter(|attribute| !attribute.key.starts_with("code.")) {
        line += &format!(" {}={}", attribute.key, attribute.value);
    }
    match view.status() {
        StatusView::Unset => {}
        StatusView::Ok => line += " OK",
        StatusView::Error(description) => line += &format!(" ERROR({description})"),
    }
    for event in view.events() {
        line += &format!(" [{}]", event.name());
    }
    line
}
