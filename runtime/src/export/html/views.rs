//! Spans of this process, read from their records.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value as Json;
use traced_core::__runtime::record::wire_flags;
use traced_core::view::{AttributeView, Attributes, EventView, LinkView, SpanView, StatusView, ValueView};

use super::encode::{Encoder, Origin};
use crate::export::json;

impl Encoder<'_> {
    pub(super) fn view(&mut self, origin: &Origin, span: &SpanView<'_>) {
        let (start, end) = (span.start_unix_nanos(), span.end_unix_nanos());
        self.raw("[");
        self.shared(span.name());
        self.comma();
        self.origin(origin);
        self.comma();
        self.exact(span.kind().to_otlp().into());
        self.comma();
        self.string(&span.span_id().to_string());
        self.comma();
        self.string(&span.parent_span_id().map(|parent| parent.to_string()).unwrap_or_default());
        self.comma();
        self.time(start);
        self.comma();
        self.exact(i128::from(end) - i128::from(start));
        self.comma();
        self.exact(wire_flags(span.trace_flags(), span.parent_is_remote()).into());
        self.comma();
        match span.status() {
            StatusView::Ok => self.raw("1"),
            StatusView::Error(message) => self.text_value(message),
            _ => self.raw("0"),
        }
        self.comma();
        self.attributes(span.attributes());
        self.comma();
        self.list(span.events(), |encoder, event| encoder.event(&event));
        self.comma();
        self.list(span.links(), |encoder, link| encoder.link(&link));
        let dropped = [
            ("droppedAttributesCount", span.dropped_attributes()),
            ("droppedEventsCount", span.dropped_events()),
            ("droppedLinksCount", span.dropped_links()),
        ];
        self.rare(span.trace_state(), dropped);
        self.raw("]");
    }

    fn event(&mut self, event: &EventView<'_>) {
        self.raw("[");
        self.shared(event.name());
        self.comma();
        self.time(event.unix_nanos());
        self.comma();
        self.attributes(event.attributes());
        self.comma();
        self.exact(event.dropped_attributes().into());
        self.raw("]");
    }

    fn link(&mut self, link: &LinkView<'_>) {
        self.raw("[");
        self.string(&link.trace_id().to_string());
        self.comma();
        self.string(&link.span_id().to_string());
        self.comma();
        self.attributes(link.attributes());
        self.comma();
        self.exact(link.dropped_attributes().into());
        self.comma();
        self.exact(wire_flags(link.trace_flags(), link.is_remote()).into());
        self.comma();
        self.string(link.trace_state());
        self.raw("]");
    }

    fn attributes(&mut self, attributes: Attributes<'_>) {
        self.list(attributes, |encoder, attribute| encoder.attribute(&attribute));
    }

    fn attribute(&mut self, attribute: &AttributeView<'_>) {
        self.shared(attribute.key);
        self.comma();
        self.value(attribute.value);
    }

    fn value(&mut self, value: ValueView<'_>) {
        match value {
            ValueView::Bool(value) => self.raw(if value { "true" } else { "false" }),
            ValueView::Int(value) => self.int(value.into()),
            ValueView::Double(value) => self.tagged("d", |encoder| match json::double(value) {
                Json::String(word) => encoder.string(&word),
                number => encoder.raw(&number.to_string()),
            }),
            ValueView::Str(text) => self.text_value(text),
            ValueView::Bytes(bytes) => self.tagged("b", |encoder| encoder.string(&STANDARD.encode(bytes))),
            ValueView::Array(items) => self.tagged("a", |encoder| encoder.list(items.iter(), Self::value)),
            ValueView::Map(entries) => {
                self.tagged("m", |encoder| encoder.list(entries.iter(), |encoder, entry| encoder.attribute(&entry)));
            }
            ValueView::Empty => self.raw("null"),
            // A kind of value that a later core knows: as text, rather than not at all.
            other => self.text_value(&format!("{other:?}")),
        }
    }
}
