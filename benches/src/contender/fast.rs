//! fastrace, with a reporter that only counts and with its OpenTelemetry reporter.

use std::borrow::Cow;
use std::hint::black_box;
use std::marker::PhantomData;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use fastrace::collector::{Config, Reporter, SpanRecord};
use fastrace::future::FutureExt;
use fastrace::local::LocalSpan;
use fastrace::prelude::{Event, Span, SpanContext, trace};
use fastrace_opentelemetry::OpenTelemetryReporter;
use opentelemetry::InstrumentationScope;
use opentelemetry_sdk::Resource;

use super::by_hand::CountingExporter;
use super::{Contender, SetUp};
use crate::inputs::{CHILDREN, DEPTH, REFUSED, Refused, Session, YieldOnce, drive, number, text};
use crate::sink::{self, Arrived};

static SAMPLED: AtomicBool = AtomicBool::new(true);

/// Who gets the records.
pub trait Reports: 'static {
    /// See [`Contender::NAME`].
    const NAME: &'static str;
    /// Installs it.
    fn install();
}

/// A reporter that counts fastrace's own records.
#[derive(Debug)]
pub struct Null;

impl Reporter for Null {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        let mut arrived = Arrived { spans: spans.len() as u64, ..Arrived::default() };
        if sink::is_reading() {
            for span in &spans {
                arrived.attributes += span.properties.len() as u64;
                arrived.events += span.events.len() as u64;
                let is_error = |(key, value): &(Cow<'_, str>, Cow<'_, str>)| {
                    key == fastrace_opentelemetry::SPAN_STATUS_CODE && value == "error"
                };
                arrived.errors += u64::from(span.properties.iter().any(is_error));
            }
        }
        sink::add(arrived);
    }
}

impl Reports for Null {
    const NAME: &'static str = "fastrace, null reporter";

    fn install() {
        fastrace::set_reporter(Self, Config::default());
    }
}

/// fastrace-opentelemetry: records become the SDK's `SpanData`, which are counted.
#[derive(Debug)]
pub struct OpenTelemetry;

impl Reports for OpenTelemetry {
    const NAME: &'static str = "fastrace, OpenTelemetry reporter";

    fn install() {
        let resource = Cow::Owned(Resource::builder().build());
        let scope = InstrumentationScope::builder("bench").build();
        let reporter = OpenTelemetryReporter::new(CountingExporter, resource, scope);
        fastrace::set_reporter(reporter, Config::default());
    }
}

/// See the module.
#[derive(Debug)]
pub struct Fastrace<R>(PhantomData<R>);

impl<R: Reports> Contender for Fastrace<R> {
    const NAME: &'static str = R::NAME;
    const RECORDS: bool = true;

    fn set_up(how: SetUp) {
        SAMPLED.store(how != SetUp::Unsampled, Relaxed);
        if how != SetUp::Nothing {
            R::install();
        }
    }

    fn flush() {
        fastrace::flush();
    }

    fn root() {
        let root = root("root");
        let _current = root.set_local_parent();
        black_box(());
    }

    fn children() {
        parent(|i| {
            child(i);
        });
    }

    fn attributes() {
        let text = text();
        parent(|i| {
            attributes(number(), &text, Session(i));
        });
    }

    fn nested() {
        let root = root("nested");
        let _current = root.set_local_parent();
        black_box(nested(DEPTH - 1));
    }

    fn awaiting() {
        parent(|i| {
            drive(awaiting(i));
        });
    }

    fn failing() {
        parent(|i| {
            let _ = black_box(failing(i));
        });
    }

    fn event() {
        let text = text();
        parent(|i| {
            event(i.cast_signed(), &text);
        });
    }

    async fn task() {
        let work = async {
            for i in 0..CHILDREN {
                yielding(i).await;
            }
        };
        work.in_span(root("task")).await;
    }
}

fn root(name: &'static str) -> Span {
    Span::root(name, SpanContext::random().sampled(SAMPLED.load(Relaxed)))
}

#[inline(never)]
fn parent(mut each: impl FnMut(u64)) {
    let root = root("parent");
    let _current = root.set_local_parent();
    (0..CHILDREN).for_each(&mut each);
}

#[trace(short_name = true)]
#[inline(never)]
fn child(i: u64) -> u64 {
    black_box(i)
}

#[trace(short_name = true)]
#[inline(never)]
fn attributes(number: i64, text: &str, session: Session) -> u64 {
    LocalSpan::add_properties(|| {
        [
            ("order.number", Cow::Owned(number.to_string())),
            ("delivery", Cow::Owned(text.to_owned())),
            ("session", Cow::<'static, str>::Owned(session.to_string())),
        ]
    });
    black_box((number, text));
    black_box(session.0)
}

#[trace(short_name = true)]
#[inline(never)]
fn nested(depth: u64) -> u64 {
    if depth > 1 { black_box(nested(depth - 1)) } else { black_box(depth) }
}

#[trace(short_name = true)]
#[inline(never)]
async fn awaiting(i: u64) -> u64 {
    YieldOnce::default().await;
    black_box(i)
}

#[trace(short_name = true)]
#[inline(never)]
fn failing(code: u64) -> Result<u64, Refused> {
    let result: Result<u64, Refused> = Err(black_box(Refused { code }));
    if let Err(error) = &result {
        let message = error.to_string();
        LocalSpan::add_properties(|| {
            [
                (fastrace_opentelemetry::SPAN_STATUS_CODE, Cow::Borrowed("error")),
                (fastrace_opentelemetry::SPAN_STATUS_DESCRIPTION, Cow::<'static, str>::Owned(message.clone())),
            ]
        });
        let exception = Event::new("exception").with_properties(|| {
            [("exception.type", Cow::Borrowed(REFUSED)), ("exception.message", Cow::<'static, str>::Owned(message))]
        });
        LocalSpan::add_event(exception);
    }
    result
}

#[trace(short_name = true)]
#[inline(never)]
fn event(available: i64, item: &str) -> i64 {
    let checked = Event::new("inventory checked").with_properties(|| {
        [("available", Cow::Owned(available.to_string())), ("item", Cow::<'static, str>::Owned(item.to_owned()))]
    });
    LocalSpan::add_event(checked);
    black_box(item);
    black_box(available)
}

#[trace(short_name = true)]
async fn yielding(i: u64) -> u64 {
    tokio::task::yield_now().await;
    black_box(i)
}
