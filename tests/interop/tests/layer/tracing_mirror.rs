//! Log lines and `tracing::Span::current()` after a move from `#[tracing::instrument]`: a span of `tracing` stands for each
//! annotated function in the other layers.

#![allow(clippy::unwrap_used, reason = "also in the helpers of tests")]

use traced::sampler::AlwaysOff;
use traced::testing::{Capture, CaptureBuilder, Spans};
use traced::{Context, traced};
use tracing::{Instrument as _, Span, info, info_span, instrument};
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{EnvFilter, LevelFilter, Targets};
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::format::FmtSpan;
use tracing_subscriber::layer::SubscriberExt as _;

use crate::lines::Lines;

/// The lines of a run, and its spans.
fn logged<R>(run: impl FnOnce() -> R) -> (Vec<String>, Spans) {
    logged_as(Capture::builder(), FmtSpan::NONE, run)
}

fn logged_as<R>(capture: CaptureBuilder, events: FmtSpan, run: impl FnOnce() -> R) -> (Vec<String>, Spans) {
    let lines = Lines::default();
    let format = fmt::layer().with_ansi(false).without_time().with_target(false).with_level(false);
    let layer = format.with_writer(lines.clone()).with_span_events(events);
    let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer().mirror(true)).with(layer);
    let capture = capture.start();
    let ran = tracing::subscriber::with_default(subscriber, || capture.run(run));
    (lines.take(), ran.1)
}

fn on_tokio<R>(future: impl Future<Output = R>) -> R {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

#[traced(attrs(order.id = order, user = "ann", is_paid = true, items = ["a", "b"]))]
fn checkout(order: u64) {
    info!("begun");
    info_span!("of tracing", n = 1).in_scope(|| price(2.5));
    info!("done");
}

#[traced(attrs(amount))]
fn price(amount: f64) {
    info!("priced");
}

#[test]
fn log_lines_show_the_span_and_its_fields() {
    let (lines, spans) = logged(|| checkout(7));
    let whole = r#"checkout{user="ann" is_paid=true order.id=7 items=[a, b]}:"#;
    assert_eq!(
        lines,
        [
            format!("{whole} begun"),
            format!("{whole}of tracing{{n=1}}:price{{amount=2.5}}: priced"),
            format!("{whole} done"),
        ]
    );
    assert_eq!(nested(&spans), ["checkout", "of tracing < checkout", "price < of tracing"]);
}

#[test]
fn the_current_span_is_the_functions() {
    #[traced(attrs(n = 1))]
    fn named() -> (Option<&'static str>, bool) {
        Span::current().record("n", 2);
        Span::current().in_scope(|| info_span!("inside").in_scope(leaf));
        (Span::current().metadata().map(tracing::Metadata::name), Span::current().is_none())
    }

    #[traced]
    fn leaf() {}

    let mut found = None;
    let (_, spans) = logged(|| {
        assert!(Span::current().is_none());
        found = Some(named());
        assert!(Span::current().is_none());
    });
    assert_eq!(found, Some((Some("named"), false)));
    assert_eq!(spans.one("named").attribute("n").unwrap(), 2);
    assert_eq!(nested(&spans), ["inside < named", "leaf < inside", "named"]);
}

#[test]
fn a_spawned_task_keeps_the_current_span() {
    #[traced(attrs(job = 1))]
    async fn submit() -> tokio::task::JoinHandle<()> {
        tokio::task::yield_now().await;
        info!("submitted");
        let task = tokio::spawn(work().instrument(Span::current()));
        let _also_one_that_has_ended_by_then = tokio::spawn(async {}.instrument(Span::current()));
        task
    }

    #[traced]
    async fn work() {
        tokio::task::yield_now().await;
        info!("worked");
    }

    let (lines, spans) = logged(|| on_tokio(async { submit().await.await.unwrap() }));
    assert_eq!(lines, ["submit{job=1}: submitted", "submit{job=1}:work: worked"]);
    assert_eq!(nested(&spans), ["submit", "work < submit"]);
}

#[test]
fn tasks_that_take_turns_keep_their_own() {
    #[traced(attrs(n = n))]
    async fn turn(n: u32) {
        for _ in 0..2 {
            info!("turn");
            tokio::task::yield_now().await;
        }
    }

    #[instrument]
    async fn theirs() {
        futures_util::join!(turn(1), turn(2).instrument(info_span!("between")));
    }

    let (lines, spans) = logged(|| on_tokio(theirs()));
    let (one, two) = ("theirs:turn{n=1}: turn", "theirs:between:turn{n=2}: turn");
    assert_eq!(lines, [one, two, one, two]);
    assert_eq!(nested(&spans), ["between < theirs", "theirs", "turn < between", "turn < theirs"]);
}

#[test]
fn a_context_that_is_carried_takes_it_along() {
    #[traced(attrs(n = 1))]
    fn start() {
        let context = Context::current();
        let here = tracing::dispatcher::get_default(Clone::clone);
        let thread = std::thread::spawn(move || {
            tracing::dispatcher::with_default(&here, || {
                let _attached = context.attach();
                info!("on a thread");
                info_span!("there").in_scope(|| ());
            });
        });
        thread.join().unwrap();
    }

    let (lines, spans) = logged(start);
    assert_eq!(lines, ["start{n=1}: on a thread"]);
    assert_eq!(nested(&spans), ["start", "there < start"]);
    let unsampled = Capture::builder().sampler(AlwaysOff);
    let (lines, spans) = logged_as(unsampled, FmtSpan::NONE, start);
    assert_eq!(lines, ["start{n=1}: on a thread"]);
    assert!(spans.is_empty());
}

#[test]
fn lines_are_not_sampled() {
    let (lines, spans) = logged_as(Capture::builder().sampler(AlwaysOff), FmtSpan::NONE, || checkout(7));
    assert_eq!(lines[0], r#"checkout{user="ann" is_paid=true order.id=7 items=[a, b]}: begun"#);
    assert_eq!(lines.len(), 3);
    assert!(spans.is_empty());
}

#[test]
fn what_is_redacted_is_in_no_line() {
    let (lines, _) = logged_as(Capture::builder().redact(["user", "order.id"]), FmtSpan::NONE, || checkout(7));
    assert_eq!(lines[0], "checkout{is_paid=true items=[a, b]}: begun");
}

#[test]
fn each_closes_once_with_its_span() {
    #[traced]
    async fn dropped() {
        std::future::pending::<()>().await;
    }

    #[traced]
    fn failing() -> Result<(), &'static str> {
        Err("no")
    }

    #[traced]
    fn panicking() {
        panic!("on purpose")
    }

    let (lines, spans) = logged_as(Capture::builder(), FmtSpan::NEW | FmtSpan::CLOSE, || {
        on_tokio(async {
            let _timed_out = futures_util::poll!(Box::pin(dropped()));
        });
        let _ = failing();
        let _ = std::panic::catch_unwind(panicking);
        assert!(Span::current().is_none());
    });
    let names: Vec<_> = lines.iter().map(|line| line.split(" time.busy").next().unwrap()).collect();
    let expected =
        ["dropped: new", "dropped: close", "failing: new", "failing: close", "panicking: new", "panicking: close"];
    assert_eq!(names, expected);
    assert!(spans.one("failing").status().is_error() && spans.one("panicking").status().is_error());
    assert_eq!(spans.one("dropped").attribute("traced.cancelled").unwrap(), true);
}

#[test]
fn the_filter_of_the_lines_leaves_the_trace_as_it_is() {
    let lines = Lines::default();
    let format = fmt::layer().with_ansi(false).without_time().with_writer(lines.clone());
    let subscriber = tracing_subscriber::registry()
        .with(traced::subscriber::layer().mirror(true))
        .with(format.with_filter(EnvFilter::new("off,layer::tracing_mirror=info,library=off")));
    let (_, spans) = tracing::subscriber::with_default(subscriber, || {
        Capture::new().run(|| info_span!(target: "library", "query").in_scope(|| price(1.0)))
    });
    assert_eq!(nested(&spans), ["price < query", "query"]);
    assert_eq!(lines.take(), [" INFO price{amount=1.0}: layer::tracing_mirror: priced"]);
}

#[test]
fn a_filter_of_all_layers_takes_the_lines_alone() {
    let lines = Lines::default();
    let format = fmt::layer().with_ansi(false).without_time().with_writer(lines.clone());
    let subscriber = tracing_subscriber::registry()
        .with(traced::subscriber::layer().mirror(true))
        .with(format)
        .with(Targets::new().with_default(LevelFilter::WARN));
    let (_, spans) = tracing::subscriber::with_default(subscriber, || {
        Capture::new().run(|| {
            price(1.0);
            tracing::warn!("said");
        })
    });
    assert_eq!(nested(&spans), ["price"], "functions are no spans of `tracing`");
    assert_eq!(lines.take(), [" WARN layer::tracing_mirror: said"]);
}

#[test]
fn a_subscriber_without_it_sees_no_functions() {
    let _asked_for_elsewhere = tracing_subscriber::registry().with(traced::subscriber::layer().mirror(true));
    let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer());
    let (is_none, spans) = tracing::subscriber::with_default(subscriber, || {
        #[traced]
        fn current_is_none() -> bool {
            Span::current().is_none()
        }
        Capture::new().run(current_is_none)
    });
    assert!(is_none);
    assert_eq!(nested(&spans), ["current_is_none"]);
}

/// Names, and under which other one; sorted.
fn nested(spans: &Spans) -> Vec<String> {
    let line = |span: &traced::FinishedSpan| match spans.parent_of(span) {
        Some(parent) => format!("{} < {}", span.name(), parent.name()),
        None => span.name().to_owned(),
    };
    let mut lines: Vec<_> = spans.iter().map(line).collect();
    lines.sort();
    lines
}
