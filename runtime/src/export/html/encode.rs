//! Spans as the page has them: short JSON.
//!
//! A span is an array: `[name, origin, kind, id, parent, start, duration, flags, status, attributes, events, links]`,
//! and an object with what is rare, if there is any: `traceState`, `droppedAttributesCount` and its like. `name`, `origin`
//! and the keys of attributes are numbers of texts. The start is relative to that of the first span of its trace that was
//! added, in nanoseconds, as are the times of events; what JavaScript's numbers cannot hold is a text. The status is 0
//! when unset, 1 when Ok, and a text value for an error. Attributes are keys and values in turn; an event is
//! `[name, time, attributes, dropped]`, a link `[trace, span, attributes, dropped, flags, traceState]`; 0 stands for none.
//!
//! A text value is a text, or its number in an array; booleans and integers are themselves, an empty value is `null`, and
//! anything else is an object with one field: `i` a large integer, `d` a double, `b` bytes in base64, `a` an array, `m` a
//! map with keys and values in turn.

use std::cell::Cell;
use std::io::Write;

use serde_json::{Value as Json, json};

use super::strings::{Strings, Uses};

/// Shorter texts stand where they are used.
const LEAST_SHARED: usize = 6;
/// What JavaScript's numbers hold exactly.
const MOST_EXACT: i128 = 1 << 53;

/// Resource and scope of spans.
#[derive(Debug)]
pub(super) struct Origin {
    /// A text that holds JSON, as JSON.
    json: String,
    /// The segment that used it last, and its number there: spans of one origin come one after the other.
    known: Cell<Option<(u64, u32)>>,
}

impl Origin {
    /// Messages `Resource` and `InstrumentationScope`, each with the URL of its schema.
    pub(super) fn new(resource: (&Json, &str), scope: (&Json, &str)) -> Self {
        let both = json!({
            "resource": resource.0,
            "resourceSchemaUrl": resource.1,
            "scope": scope.0,
            "scopeSchemaUrl": scope.1,
        });
        Self { json: json_text(&both.to_string()), known: Cell::new(None) }
    }
}

/// Writes spans to the end of `out`.
pub(super) struct Encoder<'a> {
    pub(super) out: &'a mut Vec<u8>,
    pub(super) strings: &'a mut Strings,
    pub(super) uses: &'a mut Uses,
    /// Times are relative to this.
    pub(super) base: u64,
}

impl Encoder<'_> {
    pub(super) fn origin(&mut self, origin: &Origin) {
        let segment = self.uses.segment();
        let known = origin.known.get().filter(|(known, _)| *known == segment);
        let number = known.map_or_else(|| self.strings.number(&origin.json, self.uses), |(_, number)| number);
        origin.known.set(Some((segment, number)));
        self.exact(i128::from(number));
    }

    pub(super) fn tagged(&mut self, tag: &str, write: impl FnOnce(&mut Self)) {
        self.raw("{");
        self.string(tag);
        self.raw(":");
        write(self);
        self.raw("}");
    }

    /// An array, or 0 for an empty one.
    pub(super) fn list<T>(&mut self, items: impl Iterator<Item = T>, item: impl Fn(&mut Self, T)) {
        let mut before = "[";
        for each in items {
            self.raw(std::mem::replace(&mut before, ","));
            item(self, each);
        }
        self.raw(if before == "," { "]" } else { "0" });
    }

    /// What few spans have: an object behind the other fields, or nothing.
    pub(super) fn rare(&mut self, trace_state: &str, dropped: [(&str, u64); 3]) {
        let mut before = ",{";
        if !trace_state.is_empty() {
            self.raw(std::mem::replace(&mut before, ","));
            self.raw("\"traceState\":");
            self.string(trace_state);
        }
        for (name, count) in dropped.into_iter().filter(|(_, count)| *count > 0) {
            self.raw(std::mem::replace(&mut before, ","));
            self.string(name);
            self.raw(":");
            self.exact(count.into());
        }
        self.raw(if before == "," { "}" } else { "" });
    }

    pub(super) fn time(&mut self, unix_nanos: u64) {
        self.exact(i128::from(unix_nanos) - i128::from(self.base));
    }

    pub(super) fn int(&mut self, value: i128) {
        if value.abs() <= MOST_EXACT { self.exact(value) } else { self.tagged("i", |encoder| encoder.exact(value)) }
    }

    /// A number, or a text if JavaScript would round it.
    pub(super) fn exact(&mut self, number: i128) {
        let quote = if number.abs() <= MOST_EXACT { "" } else { "\"" };
        // Writing to a vector cannot fail.
        let _ = write!(self.out, "{quote}{number}{quote}");
    }

    pub(super) fn text_value(&mut self, text: &str) {
        if text.len() < LEAST_SHARED {
            return self.string(text);
        }
        self.raw("[");
        self.shared(text);
        self.raw("]");
    }

    /// The number of a text.
    pub(super) fn shared(&mut self, text: &str) {
        let number = self.strings.number(&json_text(text), self.uses);
        self.exact(i128::from(number));
    }

    pub(super) fn string(&mut self, text: &str) {
        self.raw(&json_text(text));
    }

    pub(super) fn raw(&mut self, json: &str) {
        self.out.extend_from_slice(json.as_bytes());
    }

    pub(super) fn comma(&mut self) {
        self.raw(",");
    }
}

/// A text as JSON that can stand in HTML: nothing in it ends the block or begins a comment.
pub(super) fn json_text(text: &str) -> String {
    let mut json = String::with_capacity(text.len() + 2);
    // What needs no escape is the rule.
    if text.bytes().all(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\\' | b'<')) {
        json.extend(["\"", text, "\""]);
        return json;
    }
    json.push_str(&Json::from(text).to_string());
    if json.contains('<') { json.replace('<', "\\u003c") } else { json }
}
