//! Finished spans as an indented tree, to compare with what a test expects.

mod diff;

use std::collections::{HashMap, HashSet};
use std::fmt::Write;

use crate::export::text;
use traced_core::FinishedSpan;
use traced_core::SpanId;
use traced_core::SpanKind;
use traced_core::view::Attributes;
use traced_core::view::EventView;
use traced_core::view::LinkView;
use traced_core::view::SpanView;
use traced_core::view::StatusView;

/// The spans as text: a line for each, its children below it, two blanks further in and in the order of their starts.
///
/// A line holds the name, the kind in brackets unless it is internal, the attributes in the order of recording, `✗`
/// with the message of an error or `✓` for an explicit Ok. Events (`·`) and links (`↗`, with the name of the span if
/// it is among these) stand below their span, before its children. Ids and times are left out, and so are the
/// attributes that change without the code under test: `code.*`, `thread.*` and stack traces.
///
/// ```
/// use traced::{Span, SpanKind, testing};
///
/// let spans = testing::capture(|| {
///     let root = Span::builder("GET /").kind(SpanKind::Server).attribute("n", 1).start();
///     let _root = root.attach();
///     Span::start("query").end();
///     root.end();
/// });
/// assert_eq!(testing::tree(&spans), "GET / [server] n=1\n  query\n");
/// ```
#[must_use]
pub fn tree(spans: &[FinishedSpan]) -> String {
    Tree::new(spans).render()
}

/// The function behind [`assert_tree!`](crate::assert_tree).
///
/// # Panics
///
/// When the trees differ.
#[doc(hidden)]
#[track_caller]
pub fn assert_tree(spans: &[FinishedSpan], expected: &str) {
    if let Some(difference) = diff::difference(&tree(spans), expected) {
        panic!("the spans differ from what is expected (- expected, + recorded):\n{difference}");
    }
}

/// Compares captured spans with a tree, as [`testing::tree`](crate::testing::tree) writes it.
///
/// The expectation may be indented as a whole. `key=*` stands for any value.
///
/// # Panics
///
/// When they differ; the message shows where, line by line.
///
/// ```
/// use traced::{Span, Status, assert_tree, testing};
///
/// let spans = testing::capture(|| {
///     let root = Span::builder("checkout").attribute("order.id", 42).attribute("host", "a7").start();
///     let _root = root.attach();
///     let charge = Span::start("charge");
///     charge.set_status(Status::error("card declined"));
///     charge.end();
///     root.end();
/// });
/// assert_tree!(spans, "
///     checkout order.id=42 host=*
///       charge ✗ card declined
/// ");
/// ```
#[macro_export]
macro_rules! assert_tree {
    ($spans:expr, $expected:expr $(,)?) => {
        $crate::testing::assert_tree(&$spans, $expected)
    };
}

struct Tree<'a> {
    views: Vec<SpanView<'a>>,
    by_id: HashMap<SpanId, usize>,
    /// Below each span, and at the end the roots, in the order of their starts.
    children: Vec<Vec<usize>>,
}

impl<'a> Tree<'a> {
    fn new(spans: &'a [FinishedSpan]) -> Self {
        let views = spans.iter().map(FinishedSpan::view).collect::<Vec<_>>();
        let by_id = views.iter().enumerate().map(|(index, view)| (view.span_id(), index)).collect::<HashMap<_, _>>();
        let mut children = vec![Vec::new(); views.len() + 1];
        let mut order = (0..views.len()).collect::<Vec<_>>();
        order.sort_by_key(|&index| views[index].start_unix_nanos());
        for index in order {
            let parent = views[index].parent_span_id().and_then(|parent| by_id.get(&parent).copied());
            children[parent.unwrap_or(views.len())].push(index);
        }
        Self { views, by_id, children }
    }

    fn render(&self) -> String {
        let mut out = String::new();
        // The last is taken first. A ring of parents is reached from no root and cannot be recorded.
        let mut open: Vec<_> = self.children[self.views.len()].iter().rev().map(|root| (*root, 0)).collect();
        let mut seen = HashSet::new();
        while let Some((index, depth)) = open.pop() {
            if seen.insert(index) {
                self.span(&mut out, &self.views[index], depth);
                open.extend(self.children[index].iter().rev().map(|child| (*child, depth + 1)));
            }
        }
        out
    }

    fn span(&self, out: &mut String, span: &SpanView<'_>, depth: usize) {
        line(out, depth, &text::clean(span.name()));
        if span.kind() != SpanKind::Internal {
            push(out, format_args!(" [{}]", span.kind().as_str()));
        }
        if span.parent_is_remote() {
            out.push_str(" (remote parent)");
        } else if span.parent_span_id().is_some_and(|parent| !self.by_id.contains_key(&parent)) {
            out.push_str(" (parent elsewhere)");
        }
        attributes(out, span.attributes());
        dropped(out, span.dropped_attributes(), "attribute");
        dropped(out, span.dropped_events(), "event");
        dropped(out, span.dropped_links(), "link");
        match span.status() {
            StatusView::Ok => out.push_str(" ✓"),
            StatusView::Error("") => out.push_str(" ✗"),
            StatusView::Error(message) => push(out, format_args!(" ✗ {}", text::clean(message))),
            _ => {}
        }
        out.push('\n');
        span.events().for_each(|each| event(out, &each, depth + 1));
        span.links().for_each(|each| self.link(out, &each, depth + 1));
    }

    fn link(&self, out: &mut String, link: &LinkView<'_>, depth: usize) {
        let name = self.by_id.get(&link.span_id()).map(|index| self.views[*index].name());
        line(out, depth, "↗ ");
        out.push_str(&text::clean(name.unwrap_or("(elsewhere)")));
        attributes(out, link.attributes());
        dropped(out, link.dropped_attributes(), "attribute");
        out.push('\n');
    }
}

fn event(out: &mut String, event: &EventView<'_>, depth: usize) {
    line(out, depth, "· ");
    out.push_str(&text::clean(event.name()));
    attributes(out, event.attributes());
    dropped(out, event.dropped_attributes(), "attribute");
    out.push('\n');
}

fn attributes(out: &mut String, attributes: Attributes<'_>) {
    let changes = |key: &str| key.starts_with("code.") || key.starts_with("thread.") || key == "exception.stacktrace";
    for attribute in attributes.filter(|attribute| !changes(attribute.key)) {
        push(out, format_args!(" {}", text::attribute(&attribute.to_owned())));
    }
}

fn dropped(out: &mut String, count: u64, noun: &str) {
    if count > 0 {
        push(out, format_args!(" ({count} {noun}{} dropped)", if count == 1 { "" } else { "s" }));
    }
}

fn line(out: &mut String, depth: usize, start: &str) {
    out.extend(std::iter::repeat_n("  ", depth));
    out.push_str(start);
}

fn push(out: &mut String, arguments: std::fmt::Arguments<'_>) {
    // Writing to a `String` cannot fail.
    let _ = out.write_fmt(arguments);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Capture;
    use traced_core::KeyValue;
    use traced_core::Span;
    use traced_core::SpanContext;
    use traced_core::SpanLimits;
    use traced_core::Status;

    #[test]
    fn everything_that_a_span_has() {
        let limits = SpanLimits::default().with_attributes(1);
        let (_, spans) = Capture::builder().span_limits(limits).start().run(|| {
            let root = Span::builder("POST /orders").kind(SpanKind::Server).start();
            let _current = root.attach();
            let first = Span::builder("first").attribute("text", "a b").attribute("n", 2).start();
            first.add_event("tried", &[KeyValue::new("attempt", 1)]);
            first.add_link(&root.span_context(), &[]);
            first.add_link(&SpanContext::default(), &[KeyValue::new("why", "retry")]);
            first.set_status(Status::error("no\nluck"));
            let second = Span::start("second");
            second.set_status(Status::Ok);
            // The order of ends is not that of starts.
            second.end();
            first.end();
            root.end();
        });
        let expected = "
            POST /orders [server]
              first text=\"a b\" (1 attribute dropped) ✗ no\\nluck
                · tried attempt=1
                ↗ POST /orders
                ↗ (elsewhere) why=retry
              second ✓
        ";
        assert_tree(&spans, expected);
    }

    #[test]
    fn parents_that_were_not_captured() {
        let capture = Capture::new();
        let (_, spans) = capture.run(|| {
            let open = Span::start("open");
            let _current = open.attach();
            Span::start("done").end();
        });
        assert_eq!(tree(&spans[..1]), "done (parent elsewhere)\n");
    }

    #[test]
    #[should_panic(expected = "- b n=2\n+ b n=1\n")]
    fn differences_are_shown() {
        let (_, spans) = Capture::new().run(|| {
            Span::start("a").end();
            Span::builder("b").attribute("n", 1).start().end();
        });
        crate::assert_tree!(spans, "a\nb n=2");
    }
}
