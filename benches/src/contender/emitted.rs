//! emit, with an emitter that counts in place: it has no queue and no thread in these scenarios.

use std::convert::Infallible;
use std::hint::black_box;
use std::time::Duration;

use emit::emitter::Emitter;
use emit::props::Props;
use emit::well_known::{KEY_ERR, KEY_EVT_KIND};

use super::{Contender, SetUp};
use crate::inputs::{CHILDREN, DEPTH, Refused, Session, YieldOnce, drive, number, text};
use crate::sink::{self, Arrived};

/// See the module.
#[derive(Debug)]
pub struct Emit;

impl Contender for Emit {
    const NAME: &'static str = "emit";
    const RECORDS: bool = true;
    const EVENTS_ON_SPANS: bool = false;

    fn set_up(how: SetUp) {
        if how == SetUp::Nothing {
            return;
        }
        let is_on = how == SetUp::Recording;
        let setup =
            emit::setup().emit_when(emit::filter::from_fn(move |_| is_on)).emit_to(emit::emitter::from_fn(count));
        let _: emit::setup::Init<'_, _, _> = setup.init();
    }

    fn flush() {}

    fn root() {
        root();
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
        nested(DEPTH);
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
        task().await;
    }
}

/// Sends to another emitter than the sink.
pub(crate) fn install(emitter: impl Emitter + Send + Sync + 'static) {
    let _: emit::setup::Init<'_, _, _> = emit::setup().emit_to(emitter).init();
}

/// Waits until that emitter has sent what it holds.
pub(crate) fn flush(timeout: Duration) {
    // A failed flush shows as spans that did not arrive.
    let _ = emit::runtime::shared().emitter().blocking_flush(timeout);
}

#[allow(clippy::needless_pass_by_value)] // The shape of an emitter function.
fn count(event: emit::event::Event<'_, &dyn emit::props::ErasedProps>) {
    let is_span = event.props().pull::<emit::Kind, _>(KEY_EVT_KIND) == Some(emit::Kind::Span);
    let mut arrived = Arrived { spans: u64::from(is_span), events: u64::from(!is_span), ..Arrived::default() };
    if sink::is_reading() {
        arrived.errors = u64::from(event.props().get(KEY_ERR).is_some());
        if is_span {
            let _ = event.props().for_each(|_, _| {
                arrived.attributes += 1;
                std::ops::ControlFlow::<Infallible>::Continue(()).map_break(|_| ())
            });
        }
    }
    sink::add(arrived);
}

#[emit::span("root")]
fn root() {
    black_box(());
}

#[emit::span("parent")]
#[inline(never)]
fn parent(mut each: impl FnMut(u64)) {
    (0..CHILDREN).for_each(&mut each);
}

#[emit::span("child")]
#[inline(never)]
fn child(i: u64) -> u64 {
    black_box(i)
}

#[emit::span("attributes", number, text, session)]
#[inline(never)]
fn attributes(number: i64, text: &str, session: Session) -> u64 {
    black_box((number, text));
    black_box(session.0)
}

#[emit::span("nested")]
#[inline(never)]
fn nested(depth: u64) -> u64 {
    if depth > 1 { black_box(nested(depth - 1)) } else { black_box(depth) }
}

#[emit::span("awaiting")]
#[inline(never)]
async fn awaiting(i: u64) -> u64 {
    YieldOnce::default().await;
    black_box(i)
}

#[emit::span(ok_lvl: emit::Level::Info, err_lvl: emit::Level::Error, "failing")]
#[inline(never)]
fn failing(code: u64) -> Result<u64, Refused> {
    Err(black_box(Refused { code }))
}

#[emit::span("event")]
#[inline(never)]
fn event(available: i64, item: &str) -> i64 {
    emit::info!("inventory checked", available, item);
    black_box(item);
    black_box(available)
}

#[emit::span("task")]
async fn task() {
    for i in 0..CHILDREN {
        yielding(i).await;
    }
}

#[emit::span("yielding")]
async fn yielding(i: u64) -> u64 {
    tokio::task::yield_now().await;
    black_box(i)
}
