//! What every argument of `#[traced]` does. The tests are named after the arguments; a test of the macro crate checks
//! that none is missing.

#![allow(
    unreachable_pub,
    clippy::manual_async_fn,
    clippy::semicolon_if_nothing_returned,
    clippy::too_many_lines,
    clippy::unwrap_used,
    reason = "the functions stand as a user may write them"
)]

use std::collections::HashMap;
use std::fmt;
use std::panic::catch_unwind;
use std::pin::Pin;

use futures_util::stream::{self, Stream, StreamExt as _};
use traced::testing::{Capture, capture, capture_async};
use traced::view::StatusView;
use traced::{Baggage, Context, FinishedSpan, SpanContext, assert_tree, traced};

use crate::assert_panicked;

#[derive(Debug, PartialEq)]
struct Declined(u8);

impl fmt::Display for Declined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "declined with {}", self.0)
    }
}

impl std::error::Error for Declined {}

fn attribute(span: &FinishedSpan, key: &str) -> Option<String> {
    span.view().attributes().get(key).map(|value| value.to_string())
}

const NAME: &str = "from a constant";

#[traced(name = NAME)]
fn named_by_a_constant() {}

#[traced(name = "by name")]
fn named_by_text() {}

#[traced("{verb} {path}")]
fn named_by_arguments(verb: &str, path: &str) {}

trait Handler {
    const NAME: &'static str;

    #[traced(name = Self::NAME)]
    fn handle(&self) {}
}

impl Handler for u8 {
    const NAME: &'static str = "u8";
}

impl Handler for u16 {
    const NAME: &'static str = "u16";
}

#[test]
fn argument_name() {
    let spans = capture(|| {
        named_by_a_constant();
        named_by_text();
        named_by_arguments("GET", "/");
        1_u8.handle();
        1_u16.handle();
    });
    assert_tree!(spans, "from a constant\nby name\nGET /\nu8\nu16");
}

#[traced(kind = consumer)]
fn consumer() {}

#[traced(kind = "client")]
fn quoted_client() {}

#[test]
fn argument_kind() {
    let spans = capture(|| {
        consumer();
        quoted_client();
    });
    assert_tree!(spans, "consumer [consumer]\nquoted_client [client]");
}

#[traced(scope = "billing")]
fn scoped() {}

#[test]
fn argument_scope() {
    let spans = capture(|| {
        scoped();
        consumer();
    });
    assert_eq!(spans[0].view().scope().name, "billing");
    assert_eq!(spans[1].view().scope().name, "traced-tests");
}

#[traced(prefix = "order", attrs(id, other = 1), args)]
fn prefixed(id: u8, size: u8, #[attr("own")] named: u8) {
    let _ = (size, named);
}

#[test]
fn argument_prefix() {
    assert_tree!(capture(|| prefixed(1, 2, 3)), "prefixed other=1 order.id=1 own=3 order.size=2");
}

struct Order {
    id: u64,
    user: User,
}

struct User {
    tier: Declined,
}

impl Order {
    #[traced(attrs(self.id, order.user.tier = %self.user.tier, "tier" = ?self.user.tier, %note, list = [1, 2]))]
    fn attributes(&self, note: &str) {}
}

#[test]
fn argument_attrs() {
    let order = Order { id: 7, user: User { tier: Declined(1) } };
    assert_tree!(
        capture(|| order.attributes("n")),
        r#"attributes id=7 order.user.tier="declined with 1" tier=Declined(1) note=n list=[1, 2]"#
    );
}

#[test]
fn attributes_are_not_evaluated_without_a_span() {
    #[traced(attrs(x = unreachable()))]
    fn unsampled() {}
    fn unreachable() -> u8 {
        panic!("evaluated")
    }
    unsampled();
}

#[traced(args(except(db)))]
fn all_arguments(db: &str, (a, b): (u8, u8), mut list: Vec<u8>, _unused: u8, declined: &Declined) {
    list.push(a + b);
    assert!(!db.is_empty() && declined.0 == 1);
}

#[test]
fn argument_args() {
    let spans = capture(|| all_arguments("db", (1, 2), vec![9], 3, &Declined(1)));
    assert_tree!(spans, r#"all_arguments a=1 b=2 list=[9] declined="declined with 1""#);
}

struct Secret;

impl fmt::Display for Secret {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("a redacted value is never formatted")
    }
}

#[traced(args, attrs(pin = redact(secret)), redact(card))]
fn redacted(card: Secret, secret: &Secret, #[attr(redact)] other: Secret, shown: u8) {
    let _ = (card, other, shown);
}

#[test]
fn argument_redact() {
    let spans = capture(|| redacted(Secret, &Secret, Secret, 1));
    let span = &spans[0];
    for key in ["pin", "card", "other"] {
        assert_eq!(attribute(span, key).as_deref(), Some("[redacted]"), "{key}");
    }
    assert_eq!(attribute(span, "shown").as_deref(), Some("1"));
}

#[traced(err = off)]
fn err_off() -> Result<(), Declined> {
    Err(Declined(1))
}

#[traced(err(Debug))]
fn err_debug() -> Result<(), Declined> {
    Err(Declined(1))
}

#[traced(err(with = |error: &Declined| format!("code {}", error.0)))]
async fn err_with() -> Result<(), Declined> {
    Err(Declined(1))
}

#[traced(err(when = |error: &Declined| error.0 > 1))]
fn err_when(code: u8) -> Result<(), Declined> {
    Err(Declined(code))
}

#[traced(err(status_only))]
fn err_status_only() -> Result<(), Declined> {
    Err(Declined(1))
}

#[test]
fn argument_err() {
    let spans = capture(|| {
        let _ = (err_off(), err_debug(), err_when(1), err_when(2), err_status_only());
    });
    assert_tree!(
        spans,
        r#"
        err_off
        err_debug error.type=macros::macro_arguments::Declined ✗ Declined(1)
          · exception exception.type=macros::macro_arguments::Declined exception.message=Declined(1)
        err_when
        err_when error.type=macros::macro_arguments::Declined ✗ declined with 2
          · exception exception.type=macros::macro_arguments::Declined exception.message="declined with 2"
        err_status_only error.type=macros::macro_arguments::Declined ✗ declined with 1
        "#
    );
}

#[tokio::test]
async fn argument_err_of_a_future() {
    let spans = capture_async(async { drop(err_with().await) }).await;
    assert_eq!(spans[0].view().status(), StatusView::Error("code 1"));
}

#[traced(ret)]
fn ret() -> Result<u8, Declined> {
    Ok(1)
}

#[traced(ret("row.count" = Vec::len))]
async fn ret_with() -> Result<Vec<u8>, Declined> {
    Ok(vec![1, 2])
}

#[traced(ret(Debug))]
fn ret_debug(fails: bool) -> Result<Declined, Declined> {
    if fails { Err(Declined(1)) } else { Ok(Declined(2)) }
}

#[traced(ret("value"))]
fn ret_key() -> &'static str {
    "text"
}

#[tokio::test]
async fn argument_ret() {
    let spans = capture_async(async {
        let _ = (ret(), ret_with().await, ret_debug(false), ret_debug(true), ret_key());
    })
    .await;
    assert_tree!(
        spans,
        r#"
        ret return=1
        ret_with row.count=2
        ret_debug return=Declined(2)
        ret_debug error.type=macros::macro_arguments::Declined ✗ declined with 1
          · exception exception.type=macros::macro_arguments::Declined exception.message="declined with 1"
        ret_key value=text
        "#
    );
}

#[traced]
fn panics() {
    panic!("out of beans");
}

#[traced(panic = off)]
fn panics_quietly() {
    panic!("out of beans");
}

#[test]
fn argument_panic() {
    assert_panicked(&capture(|| assert!(catch_unwind(panics).is_err())), "panics", "out of beans");
    assert_tree!(capture(|| assert!(catch_unwind(panics_quietly).is_err())), "panics_quietly");
}

#[traced]
async fn cancelled() {
    std::future::pending().await
}

#[traced(cancel = ok)]
async fn cancelled_ok() {
    std::future::pending().await
}

#[traced(cancel = error)]
async fn cancelled_error() {
    std::future::pending().await
}

async fn poll_once(future: impl Future<Output = ()>) {
    let mut future = std::pin::pin!(future);
    std::future::poll_fn(|cx| {
        assert!(future.as_mut().poll(cx).is_pending());
        std::task::Poll::Ready(())
    })
    .await;
}

#[tokio::test]
async fn argument_cancel() {
    let spans = capture_async(async {
        poll_once(cancelled()).await;
        poll_once(cancelled_ok()).await;
        poll_once(cancelled_error()).await;
        drop(cancelled());
    })
    .await;
    assert_tree!(
        spans,
        "
        cancelled traced.cancelled=true
        cancelled_ok
        cancelled_error traced.cancelled=true error.type=cancelled ✗ cancelled
        "
    );
}

#[traced(parent = parent)]
fn with_parent(parent: Option<&Context>) {}

#[traced(parent = headers.clone())]
async fn with_headers(headers: HashMap<String, String>) {}

#[traced(parent = *identity)]
fn with_identity(identity: &SpanContext) {}

#[tokio::test]
async fn argument_parent() {
    let spans = capture_async(async {
        let current = traced::Span::start("current");
        let there = traced::Span::start("elsewhere").context();
        let _guard = current.attach();
        with_parent(Some(&there));
        with_parent(None);
        with_identity(there.span_context());
        with_headers(HashMap::new()).await;
    })
    .await;
    assert_tree!(
        spans,
        "
        current
          with_parent
          with_headers
        elsewhere
          with_parent
          with_identity
        "
    );
}

#[traced(root)]
fn new_root() -> Option<String> {
    Context::current().baggage().get("tenant").map(ToString::to_string)
}

#[traced(root(link))]
fn linked_root() {}

#[traced(root(no_baggage))]
fn root_without_baggage() -> Option<String> {
    Context::current().baggage().get("tenant").map(ToString::to_string)
}

#[traced(root(link, no_baggage))]
fn linked_root_without_baggage() -> Option<String> {
    Context::current().baggage().get("tenant").map(ToString::to_string)
}

#[test]
fn argument_root() {
    let spans = capture(|| {
        let span = traced::Span::start("caller");
        let baggage = Baggage::default().insert("tenant", "acme");
        let _guard = span.context().with_baggage(baggage).attach();
        assert_eq!(new_root().as_deref(), Some("acme"));
        linked_root();
        assert_eq!(root_without_baggage(), None);
        assert_eq!(linked_root_without_baggage(), None);
    });
    let caller = spans.last().expect("the caller").view();
    assert_eq!(caller.name(), "caller");
    assert_tree!(
        spans,
        "
        caller
        new_root
        linked_root
          ↗ caller
        root_without_baggage
        linked_root_without_baggage
          ↗ caller
        "
    );
    assert!(spans[..4].iter().all(|span| span.view().trace_id() != caller.trace_id()), "{spans:?}");
}

#[traced(links = causes.iter().map(Context::span_context))]
fn merges(causes: &[Context]) {}

#[traced(links(first, second))]
fn joins(first: &SpanContext, second: &Context) {}

#[test]
fn argument_links() {
    let causes: Vec<_> = {
        let mut contexts = Vec::new();
        capture(|| contexts.extend((0..2).map(|_| traced::Span::start("cause").context())));
        contexts
    };
    let expected: Vec<_> = causes.iter().map(|cause| cause.span_context().span_id()).collect();
    let spans = capture(|| {
        merges(&causes);
        joins(causes[0].span_context(), &causes[1]);
    });
    for span in &spans {
        assert_eq!(span.view().links().map(|link| link.span_id()).collect::<Vec<_>>(), expected);
    }
}

#[traced(sample = never)]
fn never() {
    never_inside();
}

#[traced]
fn never_inside() {}

#[traced(sample = 0.0)]
fn never_by_share() {}

#[traced(sample(when = wanted))]
fn when(wanted: bool) {}

#[traced(sample = never)]
fn never_but_inside() {}

#[traced(sample(force = never))]
fn never_by_force() {}

#[traced]
fn parent_of_unsampled() {
    never_but_inside();
    never_by_force();
}

#[test]
fn argument_sample() {
    let spans = capture(|| {
        never();
        never_by_share();
        when(false);
        when(true);
        parent_of_unsampled();
    });
    assert_tree!(spans, "when\nparent_of_unsampled\n  never_but_inside");
    assert_eq!(spans.names(), ["when", "never_but_inside", "parent_of_unsampled"], "in the order of their ends");
}

#[traced(current, attrs(user.tier = tier), ret("allowed"))]
fn authorise(tier: u8) -> Result<bool, Declined> {
    if tier > 1 { Ok(true) } else { Err(Declined(tier)) }
}

#[traced(current, attrs(later = true))]
async fn authorise_later(tier: u8) -> Result<(), Declined> {
    authorise(tier).map(|_| ())
}

#[traced]
async fn request(tier: u8) {
    drop(authorise_later(tier).await);
}

#[tokio::test]
async fn argument_current() {
    let spans = capture_async(async {
        request(2).await;
        request(1).await;
    })
    .await;
    // Both functions say of what they return that it is an error.
    assert_tree!(
        spans,
        r#"
        request later=true user.tier=2 allowed=true
        request later=true user.tier=1 error.type=macros::macro_arguments::Declined ✗ declined with 1
          · exception exception.type=macros::macro_arguments::Declined exception.message="declined with 1"
          · exception exception.type=macros::macro_arguments::Declined exception.message="declined with 1"
        "#
    );
}

#[traced]
fn passes_on(tier: u8) -> Result<bool, Declined> {
    traced::event!("asked");
    let allowed = authorise(tier)?;
    Ok(allowed)
}

#[traced]
async fn passes_on_later(tier: u8) -> Result<(), Declined> {
    std::future::ready(()).await;
    authorise(tier).map(drop)
}

#[traced]
fn says_it_first() -> Result<(), Declined> {
    let declined = Declined(0);
    traced::record_exception(&declined);
    Err(declined)
}

#[traced]
fn fails_otherwise(tier: u8) -> Result<(), Declined> {
    drop(authorise(tier));
    Err(Declined(7))
}

/// What arose inside, and leaves, is one exception; another one is another.
#[tokio::test]
async fn argument_current_and_the_span_of_the_function_around_it() {
    let spans = capture_async(async {
        drop(passes_on(1));
        drop(passes_on_later(1).await);
        drop(says_it_first());
        drop(fails_otherwise(1));
    })
    .await;
    let exceptions = |name: &str| -> Vec<String> {
        let events = spans.one(name).view().events().filter(|event| event.name() == "exception");
        events.map(|event| event.attributes().get("exception.message").unwrap().to_string()).collect()
    };
    assert_eq!(exceptions("passes_on"), ["declined with 1"]);
    assert_eq!(exceptions("passes_on_later"), ["declined with 1"]);
    assert_eq!(exceptions("says_it_first"), ["declined with 0"]);
    assert_eq!(exceptions("fails_otherwise"), ["declined with 1", "declined with 7"]);
    for span in &spans {
        assert!(span.status().is_error(), "{span:?}");
        assert!(span.attribute("error.type").unwrap().to_string().ends_with("Declined"), "{span:?}");
    }
}

#[traced(location = off)]
fn location_off() {}

#[traced(location = full)]
fn location_full() {} // the line of this one is recorded

#[test]
fn argument_location() {
    let spans = capture(|| {
        location_off();
        location_full();
        consumer();
    });
    assert_eq!(attribute(&spans[0], "code.function.name"), None);
    assert_eq!(attribute(&spans[1], "code.function.name").as_deref(), Some(concat!(module_path!(), "::location_full")));
    let line = include_str!("macro_arguments.rs").lines().position(|line| line.starts_with("fn location_full"));
    assert_eq!(attribute(&spans[1], "code.line.number"), line.map(|line| (line + 1).to_string()));
    assert!(attribute(&spans[1], "code.file.path").is_some_and(|path| path.ends_with("macro_arguments.rs")));
    assert_eq!(attribute(&spans[2], "code.function.name").as_deref(), Some(concat!(module_path!(), "::consumer")));
    assert_eq!(attribute(&spans[2], "code.line.number"), None);
}

type Reply = Pin<Box<dyn Future<Output = Result<u8, Declined>> + Send>>;

#[traced(future)]
fn alias_of_a_future() -> Reply {
    consumer();
    Box::pin(async {
        consumer();
        Err(Declined(1))
    })
}

#[tokio::test]
async fn argument_future() {
    let spans = capture_async(async { assert!(alias_of_a_future().await.is_err()) }).await;
    assert_tree!(
        spans,
        r#"
        alias_of_a_future error.type=macros::macro_arguments::Declined ✗ declined with 1
          · exception exception.type=macros::macro_arguments::Declined exception.message="declined with 1"
          consumer [consumer]
          consumer [consumer]
        "#
    );
    assert_eq!(spans.names(), ["consumer", "consumer", "alias_of_a_future"], "in the order of their ends");
}

type Lines = Pin<Box<dyn Stream<Item = Result<u8, Declined>> + Send>>;

#[traced(stream)]
fn alias_of_a_stream(fails: bool) -> Lines {
    consumer();
    Box::pin(stream::iter(0..2).map(move |n| {
        consumer();
        if fails && n == 1 { Err(Declined(n)) } else { Ok(n) }
    }))
}

#[tokio::test]
async fn argument_stream() {
    let spans = capture_async(async {
        assert_eq!(alias_of_a_stream(false).count().await, 2);
        assert_eq!(alias_of_a_stream(true).count().await, 2);
    })
    .await;
    assert_tree!(
        spans,
        r#"
        alias_of_a_stream
          consumer [consumer]
          consumer [consumer]
          consumer [consumer]
        alias_of_a_stream error.type=macros::macro_arguments::Declined ✗ declined with 1
          · exception exception.type=macros::macro_arguments::Declined exception.message="declined with 1"
          consumer [consumer]
          consumer [consumer]
          consumer [consumer]
        "#
    );
    let ended = ["consumer", "consumer", "consumer", "alias_of_a_stream"];
    assert_eq!(spans.names(), ended.repeat(2), "in the order of their ends");
}

#[traced(sync)]
fn only_the_call() -> impl Future<Output = ()> {
    consumer();
    async { consumer() }
}

#[tokio::test]
async fn argument_sync() {
    let spans = capture_async(only_the_call()).await;
    assert_tree!(spans, "consumer [consumer]");
    let spans = capture(|| drop(only_the_call()));
    assert_tree!(spans, "only_the_call\n  consumer [consumer]");
    assert_eq!(spans.names(), ["consumer", "only_the_call"], "in the order of their ends");
}

mod sdk {
    pub(crate) use ::traced;
}

#[sdk::traced::traced(crate = self::sdk::traced, attrs(x))]
fn through_a_path(x: u8) -> Result<u8, Declined> {
    Ok(x)
}

#[test]
fn argument_crate() {
    assert_tree!(capture(|| drop(through_a_path(1))), "through_a_path x=1");
}

struct Repository;

#[traced(only(pub))]
impl Repository {
    pub fn public(&self) {
        self.private();
    }

    fn private(&self) {}
}

#[test]
fn argument_only() {
    assert_tree!(capture(|| Repository.public()), "Repository::public");
}

#[traced]
impl Order {
    #[traced(skip)]
    fn untraced(&self) -> u64 {
        self.id
    }

    #[traced(skip(secret))]
    fn as_in_tracing(&self, secret: u8) -> u64 {
        self.untraced() + u64::from(secret)
    }
}

#[test]
fn argument_skip() {
    let order = Order { id: 1, user: User { tier: Declined(0) } };
    assert_tree!(capture(|| assert_eq!(order.as_in_tracing(1), 2)), "Order::as_in_tracing");
}

#[test]
fn nothing_starts_without_a_provider() {
    let capture = Capture::new();
    consumer();
    assert!(capture.take().is_empty());
}

#[traced(attrs(
    k1 = 1,
    k2 = 2,
    k3 = 3,
    k4 = 4,
    k5 = 5,
    k6 = 6,
    k7 = 7,
    k8 = 8,
    k9 = 9,
    k10 = 10,
    k11 = 11,
    k12 = 12,
    k13 = 13,
    k14 = 14,
    k15 = 15,
    k16 = 16,
    k17 = 17,
    k18 = 18,
    k19 = 19,
    k20 = 20,
    k21 = 21,
    k22 = 22,
    k23 = 23,
    k24 = 24,
    k25 = 25,
    k26 = 26,
    k27 = 27,
    k28 = 28,
    k29 = 29,
    k30 = 30,
    k31 = 31,
))]
fn many_literals() {}

#[test]
fn literals_that_find_no_room_in_the_static_are_recorded_at_the_start() {
    let spans = capture(many_literals);
    for number in 1..=31 {
        assert_eq!(attribute(&spans[0], &format!("k{number}")).as_deref(), Some(&*number.to_string()));
    }
}
