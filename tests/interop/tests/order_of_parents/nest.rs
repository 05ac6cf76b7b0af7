//! The three kinds of spans in one another: in calls, in futures, in tasks and on threads.

use std::fmt::{self, Write as _};
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};

use opentelemetry::context::FutureExt as _;
use opentelemetry::trace::{TraceContextExt as _, Tracer as _};
use opentelemetry::{Context as OtelContext, global};
use traced::{Context, Span, SpanId, traced};
use traced_opentelemetry::Attach;
use tracing::{Instrument as _, info, info_span};

/// Who makes a span.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    /// `#[traced]`.
    Traced,
    /// `tracing`, seen through our layer.
    Tracing,
    /// OpenTelemetry's API, through the bridge.
    Otel,
}

use Kind::{Otel, Traced, Tracing};

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Traced, Tracing, Otel];
}

/// The name of its spans.
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Traced => "traced",
            Tracing => "tracing",
            Otel => "otel",
        })
    }
}

/// From the outside in.
pub(crate) type Order = [Kind; 3];

/// All 27.
pub(crate) fn orders() -> &'static [Order] {
    static ORDERS: [Order; 27] = traced_interop_tests::orders(Kind::ALL);
    &ORDERS
}

/// The tree of a chain: at each level an event before what is inside, one after, and a span of each kind after that,
/// which shows that the way back is right, too.
pub(crate) fn expected(order: &[Kind]) -> String {
    fn write(text: &mut String, order: &[Kind], depth: usize) {
        if let [kind, rest @ ..] = order {
            let indent = "  ".repeat(depth);
            writeln!(text, "{indent}{kind}\n{indent}  · before\n{indent}  · after").unwrap();
            write(text, rest, depth + 1);
            for after in Kind::ALL {
                writeln!(text, "{indent}  {after}").unwrap();
            }
        }
    }
    let mut text = String::new();
    write(&mut text, order, 0);
    text
}

/// Whether OpenTelemetry's current context is to have the innermost span, whichever kind it is.
pub(crate) static SEES_ITS_OWN_SPAN: AtomicBool = AtomicBool::new(false);

fn look() {
    if let (true, Some(ids)) = (SEES_ITS_OWN_SPAN.load(Ordering::Relaxed), traced::current_ids()) {
        let seen = OtelContext::current().span().span_context().span_id();
        assert_eq!(seen.to_bytes(), ids.span_id().to_bytes());
    }
}

/// A span of a kind around what is inside.
pub(crate) fn within(kind: Kind, inside: &mut dyn FnMut()) {
    match kind {
        Traced => annotated(inside),
        Tracing => info_span!("tracing").in_scope(inside),
        Otel => global::tracer("a library").in_span("otel", |_| inside()),
    }
}

#[traced("traced")]
fn annotated(inside: &mut dyn FnMut()) {
    inside();
}

fn before() {
    look();
    info!("before");
}

fn after() {
    look();
    info!("after");
    for kind in Kind::ALL {
        within(kind, &mut || {});
    }
}

pub(crate) fn sync(order: &[Kind]) {
    if let [kind, rest @ ..] = order {
        within(*kind, &mut || {
            before();
            sync(rest);
            after();
        });
    }
}

/// Each level on a thread of its own.
pub(crate) fn on_threads(order: &[Kind]) {
    if let [kind, rest @ ..] = order {
        within(*kind, &mut || {
            before();
            std::thread::scope(|scope| {
                scope.spawn(Context::current().wrap(|| on_threads(rest)));
            });
            after();
        });
    }
}

type Boxed = Pin<Box<dyn Future<Output = ()> + Send>>;
/// What is inside of a span: of which kind it is, and which ones come next.
pub(crate) type Inside = fn(Kind, &'static [Kind]) -> Boxed;

pub(crate) fn awaited(order: &'static [Kind], inside: Inside) -> Boxed {
    match order {
        [] => Box::pin(async {}),
        [Traced, rest @ ..] => Box::pin(annotated_async(rest, inside)),
        [Tracing, rest @ ..] => Box::pin(inside(Tracing, rest).instrument(info_span!("tracing"))),
        [Otel, rest @ ..] => {
            // As libraries do: the span starts in what is current, and its context goes along with the future.
            let span = global::tracer("a library").start("otel");
            Box::pin(inside(Otel, rest).with_context(OtelContext::current_with_span(span)))
        }
    }
}

#[traced("traced")]
async fn annotated_async(rest: &'static [Kind], inside: Inside) {
    inside(Traced, rest).await;
}

async fn around(nested: impl Future<Output = ()>) {
    tokio::task::yield_now().await;
    before();
    nested.await;
    tokio::task::yield_now().await;
    after();
}

pub(crate) fn awaiting(_: Kind, rest: &'static [Kind]) -> Boxed {
    // The next span starts when this is polled, not when it is made.
    Box::pin(around(async move { awaited(rest, awaiting).await }))
}

pub(crate) fn spawning(_: Kind, rest: &'static [Kind]) -> Boxed {
    Box::pin(around(async move {
        let nested = async move { awaited(rest, spawning).await };
        tokio::spawn(Context::current().instrument(nested)).await.unwrap();
    }))
}

pub(crate) fn spawning_in_own_way(kind: Kind, rest: &'static [Kind]) -> Boxed {
    Box::pin(around(async move {
        let nested = async move { awaited(rest, spawning_in_own_way).await };
        let task = match kind {
            Traced => tokio::spawn(Context::current().instrument(nested)),
            Tracing => tokio::spawn(nested.in_current_span()),
            Otel => tokio::spawn(nested.with_current_context()),
        };
        task.await.unwrap();
    }))
}

/// A span that is current until this is dropped.
pub(crate) struct Guard {
    span_id: SpanId,
    _held: Held,
}

#[allow(dead_code, reason = "held until it is dropped")]
enum Held {
    Traced(traced::ContextGuard),
    Tracing(tracing::span::EnteredSpan),
    Otel(opentelemetry::ContextGuard),
}

impl Guard {
    pub(crate) fn span_id(&self) -> SpanId {
        self.span_id
    }
}

pub(crate) fn guard(kind: Kind, name: &'static str) -> Guard {
    let held = match kind {
        Traced => Held::Traced(Span::start(name).attach()),
        Tracing => Held::Tracing(info_span!("guarded", otel.name = name).entered()),
        Otel => {
            let span = global::tracer("a library").start(name);
            Held::Otel(OtelContext::current_with_span(span).attach())
        }
    };
    Guard { span_id: traced::current_ids().unwrap().span_id(), _held: held }
}

/// What `install` documents: our frames are no part of OpenTelemetry's stack unless they attach. When its guard is
/// dropped under a later frame that did not, an older context of its stack shows instead.
pub(crate) fn uncovers_an_older_one(
    level: Attach,
    order: &Order,
    guards: &[Option<Guard>; 3],
    dropped: usize,
) -> Option<usize> {
    let innermost = guards.iter().rposition(Option::is_some)?;
    let is_on_theirs = |place: usize| match level {
        Attach::All => true,
        Attach::Boundaries => order[place] == Otel || place == 0,
        Attach::Never => order[place] == Otel,
    };
    if order[dropped] != Otel || innermost < dropped || is_on_theirs(innermost) {
        return None;
    }
    (0..dropped).rev().find(|place| guards[*place].is_some() && is_on_theirs(*place))
}
