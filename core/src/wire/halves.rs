//! One encoded request becomes two, for a receiver that takes less.

use std::ops::Range;

use super::proto::{self, Fields, Tag, request};

/// Where spans stand in a request.
const WAY: [Tag; 3] = [request::RESOURCE_SPANS, request::SCOPE_SPANS, request::SPAN];

/// A request for each half of the spans of an encoded `ExportTraceServiceRequest`, with how many there are in it; in
/// their order, each with its resource and scope. `None` for less than two spans.
#[must_use]
pub fn halves(request: &[u8]) -> Option<[(Vec<u8>, usize); 2]> {
    let mut spans = 0;
    take(request, &WAY, &(0..0), &mut spans);
    let half = |range: Range<usize>| (take(request, &WAY, &range, &mut 0), range.len());
    (spans > 1).then(|| [half(0..spans / 2), half(spans / 2..spans)])
}

/// The message with those of its spans that are in the range. `seen` counts all of them, from one message to the next.
fn take(message: &[u8], way: &[Tag], range: &Range<usize>, seen: &mut usize) -> Vec<u8> {
    let mut out = Vec::new();
    for field in Fields::new(message) {
        match way {
            [tag] if field.number == tag.number() => {
                if range.contains(seen) {
                    out.extend_from_slice(field.whole);
                }
                *seen += 1;
            }
            [tag, further @ ..] if field.number == tag.number() => {
                let first = *seen;
                let inner = take(field.content.as_bytes(), further, range, seen);
                if first.max(range.start) < range.end.min(*seen) {
                    proto::bytes(&mut out, *tag, &inner);
                }
            }
            _ => out.extend_from_slice(field.whole),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(tag: Tag, content: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        proto::bytes(&mut out, tag, content);
        out
    }

    /// Two resources, the first with two scopes.
    fn request_of(scopes: [&[&str]; 3]) -> Vec<u8> {
        let scope = |name: &str, spans: &[&str]| {
            let spans: Vec<_> = spans.iter().flat_map(|span| field(request::SPAN, span.as_bytes())).collect();
            field(request::SCOPE_SPANS, &[field(request::SCOPE, name.as_bytes()), spans].concat())
        };
        let [a, b, c] = scopes;
        let first = [field(request::RESOURCE, b"first"), scope("a", a), scope("b", b)].concat();
        let second = [field(request::RESOURCE, b"second"), scope("c", c), field(request::SCHEMA_URL, b"url")].concat();
        [field(request::RESOURCE_SPANS, &first), field(request::RESOURCE_SPANS, &second)].concat()
    }

    /// Each span with what it stands under.
    fn paths(message: &[u8]) -> Vec<String> {
        let mut paths = Vec::new();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        for resource in Fields::new(message) {
            let resource = resource.content.as_bytes();
            let name = text(proto::find(resource, request::RESOURCE).as_bytes());
            let scopes = Fields::new(resource).filter(|field| field.number == request::SCOPE_SPANS.number());
            for scope in scopes.map(|field| field.content.as_bytes()) {
                let scope_name = text(proto::find(scope, request::SCOPE).as_bytes());
                let spans = Fields::new(scope).filter(|field| field.number == request::SPAN.number());
                paths.extend(spans.map(|span| format!("{name} {scope_name} {}", text(span.content.as_bytes()))));
            }
        }
        paths
    }

    #[test]
    fn each_span_is_in_one_half_below_its_resource_and_scope() {
        for scopes in [[&["1", "2"][..], &["3"], &["4", "5"]], [&["1"], &[], &["2"]], [&[], &[], &["1", "2", "3"]]] {
            let whole = request_of(scopes);
            let all = paths(&whole);
            let [(first, some), (second, others)] = halves(&whole).unwrap();
            assert_eq!((some, others), (all.len() / 2, all.len() - all.len() / 2));
            assert_eq!((paths(&first).len(), [paths(&first), paths(&second)].concat()), (some, all));
        }
        assert_eq!(halves(&request_of([&["1"], &[], &[]])), None);
        assert_eq!(halves(b"\xff\xff"), None);
    }

    #[test]
    fn what_holds_no_span_of_a_half_is_left_out_of_it() {
        let [(first, _), (second, _)] = halves(&request_of([&["1"], &[], &["2"]])).unwrap();
        assert_eq!((Fields::new(&first).count(), Fields::new(&second).count()), (1, 1));
    }
}
