//! `#[traced]` on functions of all kinds, with the arguments that most people use.

use std::collections::HashMap;
use std::fmt;

use traced::testing::{capture, capture_async};
use traced::{SpanKind, traced};
use traced_tests::lines::lines;

#[derive(Debug)]
struct Declined {
    reason: &'static str,
}

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "card declined: {}", self.reason)
    }
}

impl std::error::Error for Declined {}

#[traced]
fn plain() {}

#[traced("renamed", kind = server)]
fn named() -> u8 {
    7
}

#[traced]
fn fails(reason: &'static str) -> Result<u8, Declined> {
    Err(Declined { reason })
}

#[test]
fn a_plain_function_is_a_span_of_its_name() {
    assert_eq!(lines(&capture(plain)), ["plain"]);
}

#[test]
fn name_and_kind() {
    let spans = capture(|| assert_eq!(named(), 7));
    assert_eq!(lines(&spans), ["renamed"]);
    assert_eq!(spans[0].view().kind(), SpanKind::Server);
}

#[test]
fn an_error_is_the_outcome() {
    let spans = capture(|| assert!(fails("no funds").is_err()));
    assert_eq!(
        lines(&spans),
        ["fails error.type=macros::macro_basics::Declined ERROR(card declined: no funds) [exception]"]
    );
}

#[traced(err = off)]
fn fails_quietly() -> Result<(), Declined> {
    Err(Declined { reason: "none" })
}

#[test]
fn errors_can_be_left_out() {
    assert_eq!(lines(&capture(|| drop(fails_quietly()))), ["fails_quietly"]);
}

struct Order {
    id: u64,
    tags: Vec<&'static str>,
}

const TIER: &str = "user.tier";

#[traced(attrs(user, order.id, order.tags = ?order.tags, cart.size = order.tags.len(), "literal" = "yes", n = -3, {TIER} = "gold"))]
fn attributes(user: &str, order: &Order) {}

#[test]
fn attributes_are_typed() {
    let order = Order { id: 7, tags: vec!["a", "b"] };
    let spans = capture(|| attributes("ada", &order));
    let mut line = lines(&spans).remove(0);
    line = line.split_once(' ').map(|(_, rest)| rest.to_owned()).unwrap_or_default();
    let mut found: Vec<_> = line.split(' ').collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            "\"b\"]",
            "cart.size=2",
            "literal=yes",
            "n=-3",
            "order.id=7",
            "order.tags=[\"a\",",
            "user.tier=gold",
            "user=ada"
        ]
    );
}

#[traced(args(except(secret)), redact(card))]
fn register(user: &str, secret: &str, card: &str, order: Order) -> usize {
    user.len() + secret.len() + card.len() + order.tags.into_iter().map(str::len).sum::<usize>()
}

#[test]
fn arguments_are_captured_when_asked_for() {
    let spans = capture(|| assert_eq!(register("ada", "x", "4111", Order { id: 1, tags: vec![] }), 8));
    assert_eq!(lines(&spans), ["register card=[redacted] user=ada order=macros::macro_basics::Order"]);
}

#[traced]
fn on_parameters(#[attr("order.id")] id: u64, #[attr(redact)] pin: u32, #[attr] note: &str, other: u8) {
    assert!(id + u64::from(pin) + note.len() as u64 + u64::from(other) > 0);
}

#[test]
fn parameters_take_attributes() {
    let spans = capture(|| on_parameters(1, 2, "n", 3));
    assert_eq!(lines(&spans), ["on_parameters pin=[redacted] order.id=1 note=n"]);
}

#[traced(ret)]
fn doubled(n: i64) -> i64 {
    n * 2
}

#[traced("GET {route}", attrs(route))]
fn get(route: &str) {}

#[test]
fn the_return_value_is_recorded_when_asked_for() {
    assert_eq!(lines(&capture(|| assert_eq!(doubled(4), 8))), ["doubled return=8"]);
}

#[test]
fn a_name_captures_arguments() {
    assert_eq!(lines(&capture(|| get("/users"))), ["GET /users route=/users"]);
}

#[traced]
async fn fetch(id: u64) -> Result<u64, Declined> {
    tokio::task::yield_now().await;
    nested().await?;
    Ok(id)
}

#[traced]
async fn nested() -> Result<(), Declined> {
    tokio::task::yield_now().await;
    traced::current().set_attribute("late", 1);
    Err(Declined { reason: "async" })
}

#[tokio::test]
async fn an_async_function_is_spanned_to_its_end() {
    let spans = capture_async(async { assert!(fetch(1).await.is_err()) }).await;
    assert_eq!(
        lines(&spans),
        [
            "nested late=1 error.type=macros::macro_basics::Declined ERROR(card declined: async) [exception]",
            "fetch error.type=macros::macro_basics::Declined ERROR(card declined: async) [exception]",
        ]
    );
    assert_eq!(spans[0].view().parent_span_id(), Some(spans[1].view().span_id()));
}

#[traced]
fn returns_future(id: u64) -> impl Future<Output = Result<u64, Declined>> {
    plain();
    async move {
        plain();
        if id == 0 { Err(Declined { reason: "zero" }) } else { Ok(id) }
    }
}

#[traced]
fn returns_boxed<'a>(id: &'a u64) -> std::pin::Pin<Box<dyn Future<Output = u64> + Send + 'a>> {
    if *id == 0 {
        return Box::pin(std::future::ready(0));
    }
    Box::pin(async move { *id })
}

#[tokio::test]
async fn a_returned_future_is_spanned_from_the_call() {
    let spans = capture_async(async {
        assert!(returns_future(0).await.is_err());
        assert_eq!(returns_boxed(&3).await, 3);
        drop(returns_boxed(&3));
    })
    .await;
    assert_eq!(
        lines(&spans),
        [
            "plain",
            "plain",
            "returns_future error.type=macros::macro_basics::Declined ERROR(card declined: zero) [exception]",
            "returns_boxed",
            "returns_boxed traced.cancelled=true",
        ]
    );
    assert_eq!(spans[0].view().parent_span_id(), Some(spans[2].view().span_id()));
    assert_eq!(spans[1].view().parent_span_id(), Some(spans[2].view().span_id()));
}

#[traced(root)]
fn new_trace() {}

#[traced]
fn outer() {
    new_trace();
}

#[test]
fn root_starts_a_trace() {
    let spans = capture(outer);
    assert_ne!(spans[0].view().trace_id(), spans[1].view().trace_id());
}

#[traced(parent = context)]
fn with_parent(context: &traced::Context) {}

#[traced(parent = headers)]
fn with_headers(headers: &HashMap<String, String>) {}

#[test]
fn parent_is_a_context_or_headers() {
    let mut context = traced::Context::new();
    let spans = capture(|| {
        let span = traced::Span::start("elsewhere");
        context = span.context();
        with_parent(&context);
        with_headers(&HashMap::new());
    });
    let parent = spans[0].view().parent_span_id();
    assert_eq!(parent, Some(context.span_context().span_id()));
}

#[traced]
fn late(items: &[u32]) {
    let r#type = "a";
    traced::attrs!(r#type, n = items.len(), list.of = ?items, "text" = %items.len(), {TIER} = "gold");
    traced::event!("checked", n = 1, available = true);
    traced::event!("bare");
}

#[test]
fn late_attributes_and_events() {
    let line = lines(&capture(|| late(&[1]))).remove(0);
    assert_eq!(line, "late type=a n=1 list.of=[1] text=1 user.tier=gold [checked] [bare]");
}

#[test]
fn nothing_is_evaluated_outside_a_span() {
    let mut evaluated = false;
    traced::attrs!(
        x = {
            evaluated = true;
            1
        }
    );
    assert!(!evaluated);
}
