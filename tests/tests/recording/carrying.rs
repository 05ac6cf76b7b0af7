//! What is said about the current span reaches it wherever the work goes on, as long as the span is open.

use std::future::poll_fn;
use std::pin::pin;
use std::task::{Context as Task, Poll, Waker};

use futures_util::{StreamExt as _, stream};
use traced::task::JoinSet;
use traced::testing::{Spans, capture, capture_async};
use traced::{Baggage, Context, Span, assert_tree, attrs, event, traced};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap()
}

/// What every way of carrying is to get across.
fn speak() {
    attrs!(said = true);
    event!("spoken");
    traced::record_exception(&std::fmt::Error);
    child();
}

#[traced]
fn child() {}

/// That there is one span of this line, where everything has arrived.
#[track_caller]
fn assert_said<R>(spans: &Spans<R>, line: &str) {
    assert_tree!(spans, &format!("{line}\n{SPOKEN}  child"));
}

const SPOKEN: &str = "  · spoken\n  · exception exception.type=core::fmt::Error exception.message=*\n";

#[traced("outer")]
fn on_a_thread(carry: impl FnOnce()) {
    carry();
}

#[test]
fn threads() {
    assert_said(&capture(|| on_a_thread(|| traced::thread::spawn(speak).join().unwrap())), "outer said=true");
    let wrapped = || std::thread::spawn(Context::current().wrap(speak)).join().unwrap();
    assert_said(&capture(|| on_a_thread(wrapped)), "outer said=true");
    let scoped = || {
        let context = Context::current();
        std::thread::scope(|scope| drop(scope.spawn(|| context.in_scope(speak))));
    };
    assert_said(&capture(|| on_a_thread(scoped)), "outer said=true");
    let attached = || {
        let context = Context::current();
        let work = move || {
            let _guard = context.attach();
            speak();
        };
        std::thread::spawn(work).join().unwrap();
    };
    assert_said(&capture(|| on_a_thread(attached)), "outer said=true");
}

#[test]
fn closures_that_are_called_often() {
    let spans = capture(|| {
        on_a_thread(|| {
            let once = Context::current().wrap_fn(|n: u32| {
                if n == 1 {
                    speak();
                }
                n + 1
            });
            assert_eq!([1, 2].map(&once), [2, 3]);
            let mut sum = 0;
            let mut add = Context::current().wrap_fn_mut(|n: u32| {
                sum += n;
                attrs!(sum);
            });
            [1, 2].into_iter().for_each(&mut add);
        });
    });
    assert_said(&spans, "outer said=true sum=3");
}

#[test]
fn rayon() {
    use rayon::iter::{IntoParallelIterator as _, ParallelIterator as _};
    let pool = rayon::ThreadPoolBuilder::new().num_threads(2).build().unwrap();
    let sum = || {
        let double = Context::current().wrap_fn(|n: u32| {
            if n == 1 {
                speak();
            }
            n * 2
        });
        let sum: u32 = pool.install(|| (0..10_u32).into_par_iter().map(double).sum());
        assert_eq!(sum, 90);
    };
    assert_said(&capture(|| on_a_thread(sum)), "outer said=true");
}

#[traced("outer")]
async fn in_a_task(carry: impl Future<Output = ()>) {
    carry.await;
}

#[test]
fn tasks() {
    let run = |carry: std::pin::Pin<Box<dyn Future<Output = ()>>>| runtime().block_on(capture_async(in_a_task(carry)));
    let speaks = || async { speak() };
    assert_said(&run(Box::pin(async move { traced::task::spawn(speaks()).await.unwrap() })), "outer said=true");
    assert_said(&run(Box::pin(async { traced::task::spawn_blocking(speak).await.unwrap() })), "outer said=true");
    let join_set = async move {
        let mut set = JoinSet::new();
        set.spawn(speaks());
        set.join_next().await.unwrap().unwrap();
    };
    assert_said(&run(Box::pin(join_set)), "outer said=true");
    let by_hand = async move { tokio::spawn(Context::current().instrument(speaks())).await.unwrap() };
    assert_said(&run(Box::pin(by_hand)), "outer said=true");
}

#[test]
fn a_task_over_many_polls() {
    let spans = runtime().block_on(capture_async(in_a_task(async {
        let task = async {
            for round in 0..3 {
                attrs!(round);
                tokio::task::yield_now().await;
            }
            speak();
        };
        traced::task::spawn(task).await.unwrap();
    })));
    assert_said(&spans, "outer round=2 said=true");
}

#[test]
fn streams() {
    let spans = runtime().block_on(capture_async(in_a_task(async {
        let items = stream::iter(0..2).map(|n| {
            if n == 0 {
                speak();
            }
            n
        });
        let items = Context::current().instrument(items);
        assert_eq!(tokio::spawn(items.collect::<Vec<_>>()).await.unwrap(), [0, 1]);
    })));
    assert_said(&spans, "outer said=true");
}

#[test]
fn spans_by_hand_are_current_over_an_await() {
    let spans = runtime().block_on(capture_async(async {
        let span = Span::start("by hand");
        let work = async {
            tokio::task::yield_now().await;
            speak();
        };
        span.instrument(work).await;
        assert!(span.is_recording(), "it goes on");
        span.end();
    }));
    assert_said(&spans, "by hand said=true");
    let spans = capture(|| {
        let span = Span::start("by hand");
        std::thread::spawn(span.wrap(speak)).join().unwrap();
        span.in_scope(|| attrs!(scoped = true));
    });
    assert_said(&spans, "by hand said=true scoped=true");
}

#[test]
fn end_with_ends_by_the_output() {
    let spans = runtime().block_on(capture_async(async {
        let call = async {
            speak();
            Err::<u32, _>(std::io::Error::other("refused"))
        };
        let call = Span::start("call").end_with(call, |span, output| match output {
            Ok(size) => span.set_attribute("size", *size),
            Err(error) => span.fail(error),
        });
        assert!(call.await.is_err());
    }));
    let call = "call said=true error.type=std::io::error::Error ✗ refused";
    let failed = "  · exception exception.type=std::io::error::Error exception.message=refused\n";
    assert_tree!(spans, &format!("{call}\n{SPOKEN}{failed}  child"));
}

#[test]
fn end_with_marks_what_is_dropped_and_what_panics() {
    let spans = capture(|| {
        let mut call = Box::pin(Span::start("dropped").end_with(std::future::pending::<()>(), |_, ()| {}));
        assert!(call.as_mut().poll(&mut Task::from_waker(Waker::noop())).is_pending());
        drop(call);
        let fails = async { panic!("on purpose") };
        let call = Span::start("panics").end_with(fails, |_, ()| unreachable!());
        let poll = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let _ = pin!(call).poll(&mut Task::from_waker(Waker::noop()));
        }));
        assert!(poll.is_err());
    });
    assert_eq!(spans.one("dropped").attribute("traced.cancelled").unwrap(), true);
    assert!(spans.one("panics").status().is_error());
    assert_eq!(spans.one("panics").attribute("error.type").unwrap(), "panic");
    assert_eq!(spans.one("panics").attribute("traced.cancelled"), None);
}

#[test]
fn what_is_said_too_late_is_counted() {
    let before = traced::stats().said_too_late;
    let mut late = None;
    let spans = capture(|| {
        on_a_thread(|| late = Some(Context::current()));
        late.take().unwrap().in_scope(|| {
            attrs!(late = true);
            event!("late");
        });
    });
    assert_eq!(spans.one("outer").attribute("late"), None);
    assert!(traced::stats().said_too_late >= before + 2);
}

#[test]
fn a_context_keeps_what_was_changed_in_it() {
    let spans = capture(|| {
        on_a_thread(|| {
            let context = Context::current().with_baggage(Baggage::EMPTY.insert("k", "v"));
            context.in_scope(|| {
                speak();
                assert_eq!(Context::current().baggage().get("k"), Some("v"));
                assert_eq!(Context::current().span().span_context(), Span::current().span_context());
            });
        });
    });
    assert_said(&spans, "outer said=true");
}

#[test]
fn another_span_context_is_another_span() {
    let spans = capture(|| {
        on_a_thread(|| {
            let other = Context::current().with_span_context(traced::SpanContext::default());
            assert!(!other.span().is_recording());
            other.in_scope(|| attrs!(lost = true));
            Context::suppressed().in_scope(|| attrs!(lost = true));
        });
    });
    assert_eq!(spans.one("outer").attribute("lost"), None);
}

#[test]
fn a_context_keeps_a_span_by_hand_open() {
    let spans = capture(|| {
        let context = Span::start("by hand").context();
        context.span().set_attribute("kept", true);
        drop(context);
    });
    assert_eq!(spans.one("by hand").attribute("kept").unwrap(), true);
}

#[test]
fn a_future_that_has_completed_keeps_nothing_open() {
    let mut done = Box::pin(async {});
    let spans = capture(|| {
        let mut work = Box::pin(Span::start("by hand").instrument(poll_fn(|task| done.as_mut().poll(task))));
        assert_eq!(work.as_mut().poll(&mut Task::from_waker(Waker::noop())), Poll::Ready(()));
        Span::start("next").end();
        drop(work);
    });
    assert_eq!(spans.names(), ["by hand", "next"]);
}

#[test]
fn blocks() {
    let read = |text: &str| -> Result<u32, std::num::ParseIntError> {
        let doubled = traced::span!("parse", kind = client, attrs(text, parsed.len = text.len()), {
            speak();
            let n: u32 = text.parse()?;
            Ok::<_, std::num::ParseIntError>(n * 2)
        })?;
        Ok(doubled + 1)
    };
    let spans = capture(|| read("20").unwrap());
    assert_eq!(spans.result, 41);
    assert_said(&spans, "parse [client] text=\"20\" parsed.len=2 said=true");
    let spans = capture(|| read("x").is_err());
    assert!(spans.result && spans.one("parse").status().is_error());
}

#[test]
fn async_blocks() {
    let name = String::from("kept");
    let spans = runtime().block_on(capture_async(async {
        let call = traced::span!("call {name}", ret("call.result"), async {
            tokio::task::yield_now().await;
            speak();
            name.len()
        });
        call.await
    }));
    assert_eq!(spans.result, 4);
    assert_said(&spans, "call kept said=true call.result=4");
    let spans = capture(|| drop(traced::span!("dropped", async move { std::future::pending::<()>().await })));
    assert_eq!(spans.one("dropped").attribute("traced.cancelled").unwrap(), true);
}
