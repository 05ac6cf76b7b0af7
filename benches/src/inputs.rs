//! What every contender is given: the same values, the same error, the same future.

use std::fmt;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// Children of one trace, where a scenario has children.
pub const CHILDREN: u64 = 100;

/// Depth of the nested scenario, root included.
pub const DEPTH: u64 = 16;

/// An integer attribute.
#[must_use]
pub fn number() -> i64 {
    black_box(1_234_567)
}

/// A text attribute that is not `'static` where it is recorded.
#[must_use]
pub fn text() -> String {
    black_box("standard-delivery").to_owned()
}

/// An attribute that has to be formatted.
#[derive(Clone, Copy, Debug)]
pub struct Session(pub u64);

impl fmt::Display for Session {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "session-{}", 10_000_000 + self.0)
    }
}

/// An ordinary error.
#[derive(Clone, Copy, Debug)]
pub struct Refused {
    /// What makes its message vary.
    pub code: u64,
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "payment refused with code {}", self.code)
    }
}

impl std::error::Error for Refused {}

/// Its name, for those who cannot find it out.
pub const REFUSED: &str = "traced_benches::inputs::Refused";

/// A future that is pending once.
#[derive(Debug, Default)]
pub struct YieldOnce(bool);

impl Future for YieldOnce {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        if self.0 {
            return Poll::Ready(());
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

/// Polls until ready, on this thread; an executor that costs nearly nothing.
pub fn drive<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}
