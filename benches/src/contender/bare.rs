//! No library: the same functions without spans.

use std::hint::black_box;

use super::{Contender, SetUp};
use crate::inputs::{CHILDREN, DEPTH, Refused, Session, YieldOnce, drive, number, text};

/// See the module.
#[derive(Debug)]
pub struct Bare;

impl Contender for Bare {
    const NAME: &'static str = "bare";
    const RECORDS: bool = false;

    fn set_up(_how: SetUp) {}

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
        for i in 0..CHILDREN {
            yielding(i).await;
        }
    }
}

#[inline(never)]
fn root() {
    black_box(());
}

#[inline(never)]
fn parent(mut each: impl FnMut(u64)) {
    (0..CHILDREN).for_each(&mut each);
}

#[inline(never)]
fn child(i: u64) -> u64 {
    black_box(i)
}

#[inline(never)]
fn attributes(number: i64, text: &str, session: Session) -> u64 {
    black_box((number, text));
    black_box(session.0)
}

#[inline(never)]
fn nested(depth: u64) -> u64 {
    if depth > 1 { black_box(nested(depth - 1)) } else { black_box(depth) }
}

#[inline(never)]
async fn awaiting(i: u64) -> u64 {
    YieldOnce::default().await;
    black_box(i)
}

#[inline(never)]
fn failing(code: u64) -> Result<u64, Refused> {
    Err(black_box(Refused { code }))
}

#[inline(never)]
fn event(available: i64, item: &str) -> i64 {
    black_box(item);
    black_box(available)
}

async fn yielding(i: u64) -> u64 {
    tokio::task::yield_now().await;
    black_box(i)
}
