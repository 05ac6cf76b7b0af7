//! Values that must not leave are replaced when a span ends, whoever recorded them.

use traced::testing::{Capture, Spans};
use traced::{
    EndingSpan, KeyValue, Span, SpanContext, SpanId, SpanProcessor, TraceFlags, TraceId, TraceState, Value, attrs,
    event, traced,
};

const SECRET: &str = "s3cret";

fn redacting(run: impl FnOnce()) -> Spans {
    Capture::builder().redact(["secret", "password"]).start().run(run).1
}

fn assert_redacted(spans: &Spans) {
    let text = traced::testing::tree(spans);
    assert!(!text.contains(SECRET) && text.contains("[redacted]"), "{text}");
    for span in spans {
        assert_eq!(span.attribute("secret"), Some("[redacted]".into()), "{span:?}");
    }
}

#[traced(attrs(secret = "s3cret", kept = "literal"))]
fn literal() {}

#[traced(attrs(secret = value, kept = 1))]
fn at_the_start(value: &str) {}

#[traced]
fn later(value: &str) -> Result<(), String> {
    attrs!(secret = value, kept = vec![1, 2]);
    event!("event", password = value, kept = 2.5);
    Err("failed".to_owned())
}

#[traced]
async fn in_a_future(value: &str) {
    attrs!(secret = value);
    std::future::ready(()).await;
}

#[test]
fn of_functions() {
    let spans = redacting(|| {
        literal();
        at_the_start(SECRET);
        assert!(later(SECRET).is_err());
        let mut task = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(std::pin::pin!(in_a_future(SECRET)).poll(&mut task).is_ready());
    });
    assert_redacted(&spans);
    assert_eq!(spans.one("literal").attribute("kept").unwrap(), "literal");
    assert_eq!(spans.one("at_the_start").attribute("kept").unwrap(), 1);
    let later = spans.one("later");
    assert_eq!(later.attribute("kept"), Some(Value::Array(vec![1.into(), 2.into()])));
    assert_eq!(later.event("event").unwrap(), [KeyValue::new("password", "[redacted]"), KeyValue::new("kept", 2.5)]);
    assert!(later.status().is_error() && later.event("exception").is_some(), "the rest stays");
}

#[test]
fn of_spans_by_hand() {
    let other = SpanContext::new(TraceId::from_u128(1), SpanId::from_u64(2), TraceFlags::SAMPLED, TraceState::EMPTY);
    let spans = redacting(|| {
        let link = vec![KeyValue::new("secret", SECRET)];
        let span = Span::builder("root").attribute("secret", SECRET).link(other, link).start();
        span.in_scope(|| {
            let child = Span::start("child");
            child.set_attribute("secret", SECRET);
        });
    });
    assert_redacted(&spans);
    let root = spans.one("root").view();
    let link = root.links().next().unwrap();
    assert_eq!(link.attributes().get("secret").unwrap().to_string(), "[redacted]");
}

#[test]
fn nothing_is_touched_where_nothing_is_asked_for() {
    let (_, spans) = Capture::new().run(literal);
    assert_eq!(spans[0].attribute("secret").unwrap(), SECRET);
}

struct Changes;

impl SpanProcessor for Changes {
    fn on_ending(&self, span: &mut EndingSpan<'_>) {
        if span.name() == "literal" && span.attribute("kept") == Some("literal".into()) {
            span.remove_attribute("secret");
            span.set_attribute("kept", "changed");
            span.update_name("renamed");
        }
        if span.is_error() || span.name() == "child" {
            span.drop_span();
        }
    }
}

#[test]
fn a_processor_changes_and_drops_spans_that_end() {
    let capture = Capture::builder().processor(Changes).start();
    let ((), spans) = capture.run(|| {
        literal();
        assert!(later(SECRET).is_err());
        let mut task = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(std::pin::pin!(in_a_future("kept")).poll(&mut task).is_ready());
        Span::start("child").end();
        let span = Span::start("by hand");
        span.set_attribute("kept", 1);
    });
    assert_eq!(spans.names(), ["renamed", "in_a_future", "by hand"]);
    let renamed = spans.one("renamed");
    assert_eq!((renamed.attribute("secret"), renamed.attribute("kept").unwrap()), (None, "changed".into()));
    assert_eq!(spans.one("in_a_future").attribute("secret").unwrap(), "kept");
}
