//! The specification's rows about status, errors, exceptions and code attributes, each test named after its row.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use std::error::Error;
use std::fmt;

use traced::testing::{self, Capture};
use traced::view::{Attributes, EventView, SpanView, StatusView, ValueView};
use traced::{FinishedSpan, KeyValue, MemoryExporter, Span, SpanLimits, Status, traced};
use traced_tests::child;
use traced_tests::otlp::Decoded;

fn only(run: impl FnOnce()) -> FinishedSpan {
    let mut spans = testing::capture(run);
    assert_eq!(spans.len(), 1);
    spans.remove(0)
}

fn text<'a>(attributes: Attributes<'a>, key: &str) -> Option<&'a str> {
    attributes.get(key).and_then(ValueView::as_str)
}

fn exceptions<'a>(span: &SpanView<'a>) -> Vec<EventView<'a>> {
    span.events().filter(|event| event.name() == "exception").collect()
}

#[test]
fn st_1_ok_over_error_over_unset() {
    let (unset, ok) = (Status::Unset, Status::Ok);
    let (a, b) = (Status::error("a"), Status::error("b"));
    let table: [(&[&Status], StatusView<'_>); 10] = [
        (&[], StatusView::Unset),
        (&[&unset], StatusView::Unset),
        (&[&ok], StatusView::Ok),
        (&[&a], StatusView::Error("a")),
        (&[&a, &unset], StatusView::Error("a")),
        (&[&a, &ok], StatusView::Ok),
        (&[&a, &b], StatusView::Error("b")),
        (&[&ok, &unset], StatusView::Ok),
        (&[&ok, &a], StatusView::Ok),
        (&[&ok, &a, &unset, &b], StatusView::Ok),
    ];
    for (statuses, expected) in table {
        let span = only(|| {
            let span = Span::start("status");
            statuses.iter().for_each(|status| span.set_status((*status).clone()));
            span.end();
        });
        assert_eq!(span.view().status(), expected, "{statuses:?}");
        let span = only(|| sets_current(statuses));
        assert_eq!(span.view().status(), expected, "{statuses:?} of the current span");
    }
}

#[traced]
fn sets_current(statuses: &[&Status]) {
    statuses.iter().for_each(|status| traced::set_status((*status).clone()));
}

#[test]
fn st_2_description_is_only_there_with_an_error() {
    child::run("st_2_description_is_only_there_with_an_error", &[], || {
        let decoded = Decoded::default();
        let guard = traced::builder().exporter(decoded.clone()).init().unwrap();
        for statuses in [vec![Status::error("text"), Status::Ok], vec![Status::error("")], vec![Status::Unset]] {
            let span = Span::start("status");
            statuses.into_iter().for_each(|status| span.set_status(status));
            span.end();
        }
        drop(guard);
        let statuses: Vec<_> = decoded.spans().into_iter().map(|found| found.span.status.unwrap_or_default()).collect();
        assert_eq!(statuses.iter().map(|status| status.code).collect::<Vec<_>>(), [1, 2, 0]);
        assert!(statuses.iter().all(|status| status.message.is_empty()));
    });
}

#[test]
fn st_3_last_error_wins() {
    let span = only(|| {
        let span = Span::start("errors");
        span.set_status(Status::error("b"));
        span.set_status(Status::error("a"));
        span.end();
    });
    assert_eq!(span.view().status(), StatusView::Error("a"));
    let span = only(|| drop(fails_after_a_handled_error()));
    assert_eq!(span.view().status(), StatusView::Error("card declined"));
}

#[traced]
fn fails_after_a_handled_error() -> Result<(), Declined> {
    traced::set_status(Status::error("handled"));
    Err(Declined)
}

#[derive(Debug)]
struct Declined;

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("card declined")
    }
}

impl Error for Declined {}

#[traced]
fn pays(result: Result<i32, Declined>) -> Result<i32, Declined> {
    result
}

#[traced]
async fn pays_later(result: Result<i32, Declined>) -> Result<i32, Declined> {
    std::future::ready(()).await;
    result
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = std::pin::pin!(future);
    loop {
        let mut task = std::task::Context::from_waker(std::task::Waker::noop());
        if let std::task::Poll::Ready(output) = future.as_mut().poll(&mut task) {
            return output;
        }
    }
}

#[test]
fn st_4_success_leaves_the_status_unset() {
    for span in [only(|| drop(pays(Ok(1)))), only(|| drop(block_on(pays_later(Ok(1)))))] {
        let view = span.view();
        assert_eq!(view.status(), StatusView::Unset);
        assert_eq!(view.attributes().get("error.type"), None);
        assert_eq!(view.events().count(), 0);
    }
    // What the application says itself stays.
    let span = only(says_ok_and_fails);
    assert_eq!(span.view().status(), StatusView::Ok);
}

#[traced]
fn says_ok() -> Result<(), Declined> {
    traced::set_status(Status::Ok);
    Err(Declined)
}

fn says_ok_and_fails() {
    assert!(says_ok().is_err());
}

#[test]
fn st_5_error_sets_status_type_and_description() {
    for span in [only(|| drop(pays(Err(Declined)))), only(|| drop(block_on(pays_later(Err(Declined)))))] {
        let view = span.view();
        assert_eq!(view.status(), StatusView::Error("card declined"));
        let error_type = text(view.attributes(), "error.type").unwrap();
        assert!(error_type.ends_with("Declined"), "{error_type}");
    }
}

#[derive(Debug)]
enum ManyKinds {
    WithNumber(u32),
}

impl fmt::Display for ManyKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::WithNumber(number) = self;
        write!(f, "number {number}")
    }
}

impl Error for ManyKinds {}

#[traced]
fn fails_in_many_ways(number: u32) -> Result<(), ManyKinds> {
    Err(ManyKinds::WithNumber(number))
}

#[test]
fn st_6_error_type_has_low_cardinality() {
    let spans = testing::capture(|| (0..3).for_each(|number| drop(fails_in_many_ways(number))));
    let types: Vec<_> = spans.iter().map(|span| text(span.view().attributes(), "error.type").unwrap()).collect();
    assert!(types.iter().all(|name| name.ends_with("ManyKinds::WithNumber")), "{types:?}");
    assert_eq!(spans[2].view().status(), StatusView::Error("number 2"));
}

#[traced]
fn handles() {
    let _ = pays(Err(Declined));
}

#[test]
fn ex_1_exception_is_recorded_where_it_leaves_a_span() {
    let spans = testing::capture(handles);
    let (inner, outer) = (spans[0].view(), spans[1].view());
    assert_eq!((inner.name(), exceptions(&inner).len()), ("pays", 1));
    assert_eq!((outer.name(), exceptions(&outer).len(), outer.status()), ("handles", 0, StatusView::Unset));
    let failed = inner.events().next().unwrap();
    assert!((inner.start_unix_nanos()..=inner.end_unix_nanos()).contains(&failed.unix_nanos()));
}

#[traced]
fn panics(what: &str) {
    panic!("out of {what}");
}

#[test]
fn ex_1_panic_is_an_exception_and_goes_on() {
    child::run("ex_1_panic_is_an_exception_and_goes_on", &[("RUST_BACKTRACE", "0")], || {
        let spans = testing::capture(|| {
            let panic = std::panic::catch_unwind(|| panics("paper")).unwrap_err();
            assert_eq!(panic.downcast_ref::<String>().unwrap(), "out of paper");
        });
        let view = spans[0].view();
        let StatusView::Error(message) = view.status() else { panic!("{:?}", view.status()) };
        assert!(message.starts_with("out of paper (at ") && message.contains("semantics_outcome.rs:"), "{message}");
        let exception = exceptions(&view)[0];
        assert_eq!(text(exception.attributes(), "exception.message"), Some(message));
        assert_eq!(text(view.attributes(), "error.type"), Some("panic"));
    });
}

#[derive(Debug)]
struct Layered(Declined);

impl fmt::Display for Layered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("payment failed")
    }
}

impl Error for Layered {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[traced]
fn fails_for_a_reason() -> Result<(), Layered> {
    Err(Layered(Declined))
}

#[test]
fn ex_2_exception_has_type_and_message_with_its_sources() {
    let span = only(|| drop(fails_for_a_reason()));
    let exception = exceptions(&span.view())[0];
    assert!(text(exception.attributes(), "exception.type").unwrap().ends_with("Layered"));
    assert_eq!(text(exception.attributes(), "exception.message"), Some("payment failed: card declined"));
    assert_eq!(span.view().status(), StatusView::Error("payment failed: card declined"));
}

#[test]
fn ex_2_given_attributes_win() {
    let span = only(|| {
        let span = Span::start("handled");
        let given = [KeyValue::new("exception.message", "redacted"), KeyValue::new("attempt", 2)];
        span.record_exception_with(&Declined, &given);
        span.end();
    });
    let exception = exceptions(&span.view())[0].attributes();
    assert_eq!(
        (text(exception, "exception.message"), exception.get("attempt")),
        (Some("redacted"), Some(ValueView::Int(2)))
    );
    // A stack trace comes with it where RUST_BACKTRACE asks for one.
    let keys = exception.map(|attribute| attribute.key).filter(|key| *key != "exception.stacktrace");
    assert_eq!(keys.count(), 3, "unique keys");
    assert_eq!(span.view().status(), StatusView::Unset, "a handled error leaves the status alone");
}

#[traced]
fn recovers() {
    if let Err(error) = pays(Err(Declined)) {
        traced::record_exception(&error);
    }
}

#[test]
fn ex_2_handled_errors_are_recorded_on_request() {
    let spans = testing::capture(recovers);
    let outer = spans[1].view();
    assert_eq!((outer.name(), exceptions(&outer).len(), outer.status()), ("recovers", 1, StatusView::Unset));
    assert_eq!(outer.attributes().get("error.type"), None);
}

#[traced(err(backtrace))]
fn pays_with_its_stack() -> Result<(), Declined> {
    Err(Declined)
}

#[traced]
fn pays_by_panic() {
    panic!("no money");
}

#[test]
fn ex_2_stack_trace_when_asked_for() {
    for variable in ["0", "1"] {
        child::run("ex_2_stack_trace_when_asked_for", &[("RUST_BACKTRACE", variable)], || {
            let stack_of = |call: fn()| {
                let span = only(call);
                let exception = exceptions(&span.view())[0];
                text(exception.attributes(), "exception.stacktrace").map(str::to_owned)
            };
            assert_eq!(stack_of(|| drop(pays(Err(Declined)))), None, "nobody asked for it");
            assert_eq!(stack_of(|| Span::start("by hand").record_exception(&Declined)), None);
            let stack = stack_of(|| drop(pays_with_its_stack())).unwrap_or_default();
            assert!(stack.contains("pays_with_its_stack"), "{stack}");
            let panics = stack_of(|| _ = std::panic::catch_unwind(|| -> () { pays_by_panic() }));
            assert_eq!(panics.is_some(), std::env::var("RUST_BACKTRACE").unwrap() == "1");
        });
    }
}

#[traced]
fn passes_on() -> Result<(), Box<dyn std::error::Error>> {
    pays(Err(Declined))?;
    Ok(())
}

#[traced]
async fn passes_on_later() -> Result<(), String> {
    passes_on().map_err(|error| error.to_string())
}

#[traced]
fn fails_after_a_success() -> Result<(), Declined> {
    recovers();
    pays(Ok(1)).map(drop)?;
    pays_with_its_stack()
}

/// Which spans have the stack of an error, in the order of their ends.
fn with_stacks(spans: &testing::Spans) -> Vec<(&str, bool)> {
    let has_stack = |span: &FinishedSpan| {
        exceptions(&span.view()).iter().any(|event| event.attributes().get("exception.stacktrace").is_some())
    };
    spans.iter().map(|span| (span.name(), has_stack(span))).collect()
}

#[test]
fn ex_2_stack_trace_once_where_the_error_first_leaves_a_span() {
    let asked = || Capture::builder().error_stack_traces(true).start();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (_, spans) = asked().run(|| drop(runtime.block_on(passes_on_later())));
    assert_eq!(with_stacks(&spans), [("pays", true), ("passes_on", false), ("passes_on_later", false)]);
    assert!(spans.iter().all(|span| span.status().is_error()));
    let (_, spans) = asked().run(|| {
        drop(passes_on());
        drop(passes_on());
    });
    assert_eq!(with_stacks(&spans), [("pays", true), ("passes_on", false), ("pays", true), ("passes_on", false)]);
    // Where nobody asks for all of them, the function that does has it.
    let (_, spans) = Capture::new().run(|| drop(fails_after_a_success()));
    let expected = [("pays", false), ("recovers", false), ("pays", false), ("pays_with_its_stack", true)];
    assert_eq!(with_stacks(&spans)[..4], expected);
    assert_eq!(with_stacks(&spans)[4], ("fails_after_a_success", false));
}

#[test]
fn ex_2_messages_can_be_left_out() {
    let capture = Capture::builder().exception_messages(false).start();
    let ((), spans) = capture.run(|| {
        drop(pays(Err(Declined)));
        recovers();
    });
    for span in &spans {
        for exception in exceptions(&span.view()) {
            assert!(text(exception.attributes(), "exception.type").unwrap().ends_with("Declined"));
            assert_eq!(exception.attributes().get("exception.message"), None);
        }
    }
    assert_eq!(spans[0].view().status(), StatusView::Error(""));
}

#[test]
fn ex_3_escaped_is_never_recorded() {
    let spans = testing::capture(|| {
        recovers();
        drop(fails_for_a_reason());
    });
    let exceptions = spans.iter().flat_map(|span| exceptions(&span.view()));
    let count = exceptions.map(|exception| assert_eq!(exception.attributes().get("exception.escaped"), None)).count();
    assert_eq!(count, 3);
}

#[test]
fn ex_4_exceptions_are_span_events_whatever_the_opt_in_as_long_as_there_is_no_sink_for_logs() {
    const NAME: &str = "ex_4_exceptions_are_span_events_whatever_the_opt_in_as_long_as_there_is_no_sink_for_logs";
    for (value, warns) in [("", false), ("logs", true), ("logs/dup", true)] {
        let said = child::run(NAME, &[("OTEL_SEMCONV_EXCEPTION_SIGNAL_OPT_IN", value)], || {
            let memory = MemoryExporter::default();
            let guard = traced::builder().exporter(memory.clone()).init().unwrap();
            (0..3).for_each(|_| drop(pays(Err(Declined))));
            drop(guard);
            assert!(memory.spans().iter().all(|span| exceptions(&span.view()).len() == 1));
        });
        if let Some(said) = said {
            assert_eq!(said.matches("there is no sink for logs").count(), usize::from(warns), "{value}: {said}");
        }
    }
}

#[traced(location = full)]
fn located() {}

#[traced(location = off)]
fn unlocated() {}

struct Shop;

impl Shop {
    #[traced]
    fn sells(&self) {
        let _ = self;
    }
}

#[test]
fn ca_1_stable_names_of_code_attributes() {
    let spans = testing::capture(|| {
        located();
        unlocated();
        Shop.sells();
    });
    let keys = |index: usize| spans[index].view().attributes().map(|attribute| attribute.key).collect::<Vec<_>>();
    assert_eq!(keys(0), ["code.function.name", "code.file.path", "code.line.number"]);
    assert_eq!(keys(1), [""; 0]);
    assert_eq!(keys(2), ["code.function.name"], "by default");
    let located = spans[0].view().attributes();
    assert_eq!(text(located, "code.function.name"), Some(concat!(module_path!(), "::located")));
    assert!(text(located, "code.file.path").unwrap().ends_with("semantics_outcome.rs"));
    assert!(matches!(located.get("code.line.number"), Some(ValueView::Int(1..))));
    let method = text(spans[2].view().attributes(), "code.function.name").unwrap();
    assert!(method.starts_with(concat!(module_path!(), "::")) && method.ends_with("sells"), "{method}");
}

#[test]
fn ca_2_no_thread_attributes_by_default() {
    let spans = testing::capture(|| {
        located();
        Shop.sells();
        Span::start("by hand").end();
    });
    for span in &spans {
        assert!(span.view().attributes().all(|attribute| !attribute.key.starts_with("thread.")));
    }
}

#[test]
fn lm_2_descriptions_and_messages_are_cut_like_values() {
    let limits = SpanLimits::default().with_attribute_value_length(Some(4));
    let ((), spans) = Capture::builder().span_limits(limits).start().run(|| drop(pays(Err(Declined))));
    assert_eq!(spans[0].view().status(), StatusView::Error("card"));
    let exception = exceptions(&spans[0].view())[0];
    assert_eq!(text(exception.attributes(), "exception.message"), Some("card"));
}

#[test]
fn resumed_panic_is_not_described_by_an_older_one() {
    #[traced]
    fn panics() {
        panic!("an older one");
    }

    #[traced]
    fn resumes() {
        std::panic::resume_unwind(Box::new("from another thread"));
    }

    let spans = testing::capture(|| {
        assert!(std::panic::catch_unwind(panics).is_err());
        assert!(std::panic::catch_unwind(resumes).is_err());
    });
    let described: Vec<_> = spans.iter().map(|span| format!("{:?}", span.view().status())).collect();
    assert!(described[0].contains("an older one"), "{described:?}");
    assert_eq!(spans[1].view().status(), StatusView::Error("panicked"));
}

#[test]
fn error_that_is_its_own_source_ends() {
    #[derive(Debug)]
    struct Circle;

    impl fmt::Display for Circle {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("round")
        }
    }

    impl Error for Circle {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(self)
        }
    }

    #[traced]
    fn fails() -> Result<(), Circle> {
        Err(Circle)
    }

    child::run("error_that_is_its_own_source_ends", &[], || {
        child::ends_by_itself();
        let span = only(|| assert!(fails().is_err()));
        assert_eq!(span.view().status(), StatusView::Error("round"));
    });
}
