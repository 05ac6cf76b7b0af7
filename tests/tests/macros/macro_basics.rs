//! `#[traced]` on functions of all kinds, with the arguments that most people use.

use std::collections::HashMap;
use std::fmt;

use traced::testing::{capture, capture_async};
use traced::{assert_tree, traced};

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
    assert_tree!(capture(plain), "plain");
}

#[test]
fn name_and_kind() {
    let spans = capture(|| assert_eq!(named(), 7));
    assert_tree!(spans, "renamed [server]");
}

#[test]
fn an_error_is_the_outcome() {
    let spans = capture(|| assert!(fails("no funds").is_err()));
    assert_tree!(
        spans,
        r#"
        fails error.type=macros::macro_basics::Declined ✗ card declined: no funds
          · exception exception.type=macros::macro_basics::Declined exception.message="card declined: no funds"
        "#
    );
}

#[traced(err = off)]
fn fails_quietly() -> Result<(), Declined> {
    Err(Declined { reason: "none" })
}

#[test]
fn errors_can_be_left_out() {
    assert_tree!(capture(|| drop(fails_quietly())), "fails_quietly");
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
    assert_tree!(
        spans,
        r#"attributes literal=yes n=-3 user=ada order.id=7 order.tags="[\"a\", \"b\"]" cart.size=2 user.tier=gold"#
    );
}

#[traced(args(except(secret)), redact(card))]
fn register(user: &str, secret: &str, card: &str, order: Order) -> usize {
    user.len() + secret.len() + card.len() + order.tags.into_iter().map(str::len).sum::<usize>()
}

#[test]
fn arguments_are_captured_when_asked_for() {
    let spans = capture(|| assert_eq!(register("ada", "x", "4111", Order { id: 1, tags: vec![] }), 8));
    assert_tree!(spans, r#"register card="[redacted]" user=ada order=macros::macro_basics::Order"#);
}

#[traced]
fn on_parameters(#[attr("order.id")] id: u64, #[attr(redact)] pin: u32, #[attr] note: &str, other: u8) {
    assert!(id + u64::from(pin) + note.len() as u64 + u64::from(other) > 0);
}

#[test]
fn parameters_take_attributes() {
    let spans = capture(|| on_parameters(1, 2, "n", 3));
    assert_tree!(spans, r#"on_parameters pin="[redacted]" order.id=1 note=n"#);
}

#[traced(ret)]
fn doubled(n: i64) -> i64 {
    n * 2
}

#[traced("GET {route}", attrs(route))]
fn get(route: &str) {}

#[test]
fn the_return_value_is_recorded_when_asked_for() {
    assert_tree!(capture(|| assert_eq!(doubled(4), 8)), "doubled return=8");
}

#[test]
fn a_name_captures_arguments() {
    assert_tree!(capture(|| get("/users")), "GET /users route=/users");
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
    assert_tree!(
        spans,
        r#"
        fetch error.type=macros::macro_basics::Declined ✗ card declined: async
          · exception exception.type=macros::macro_basics::Declined exception.message="card declined: async"
          nested late=1 error.type=macros::macro_basics::Declined ✗ card declined: async
            · exception exception.type=macros::macro_basics::Declined exception.message="card declined: async"
        "#
    );
    assert_eq!(spans.names(), ["nested", "fetch"], "in the order of their ends");
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
    assert_tree!(
        spans,
        r#"
        returns_future error.type=macros::macro_basics::Declined ✗ card declined: zero
          · exception exception.type=macros::macro_basics::Declined exception.message="card declined: zero"
          plain
          plain
        returns_boxed
        returns_boxed traced.cancelled=true
        "#
    );
    assert_eq!(spans.names(), ["plain", "plain", "returns_future", "returns_boxed", "returns_boxed"]);
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
    let spans = capture(|| {
        with_parent(&traced::Span::start("elsewhere").context());
        with_headers(&HashMap::new());
    });
    assert_tree!(spans, "elsewhere\n  with_parent\nwith_headers");
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
    assert_tree!(
        capture(|| late(&[1])),
        r#"
        late type=a n=1 list.of="[1]" text="1" user.tier=gold
          · checked n=1 available=true
          · bare
        "#
    );
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
