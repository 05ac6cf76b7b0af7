//! `err(..)` on an `impl` block, a trait or a module whose functions have errors of several types.

use std::fmt;

use traced::testing::{capture, capture_async};
use traced::{FinishedSpan, Status, traced};

/// Has no trait but its own.
struct Missing {
    is_fatal: bool,
}

impl Missing {
    const fn is_fatal(&self) -> bool {
        self.is_fatal
    }
}

fn describe(error: &Missing) -> String {
    format!("missing, {}", if error.is_fatal { "fatal" } else { "as often" })
}

#[derive(Debug)]
struct Refused(u16);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "refused with {}", self.0)
    }
}

impl std::error::Error for Refused {}

type Reply = Result<u8, Missing>;

struct Store;

#[traced(err(when = Missing::is_fatal, with = describe))]
impl Store {
    fn find(is_fatal: bool) -> Result<u8, Missing> {
        Err(Missing { is_fatal })
    }

    fn alias() -> Reply {
        Err(Missing { is_fatal: true })
    }

    fn call(status: u16) -> Result<(), Refused> {
        Err(Refused(status))
    }

    async fn call_later(status: u16) -> Result<(), Refused> {
        std::future::ready(()).await;
        Err(Refused(status))
    }

    fn boxed() -> Result<(), Box<dyn std::error::Error>> {
        Err(Refused(2).into())
    }

    fn count() -> usize {
        7
    }

    fn nothing() {}

    /// Says its own.
    #[traced(err = off)]
    fn quiet() -> Result<(), Refused> {
        Err(Refused(1))
    }
}

fn status(spans: &[FinishedSpan], name: &str) -> Status {
    spans.iter().find(|span| span.name() == name).map(FinishedSpan::status).expect("the span")
}

#[tokio::test]
async fn functions_apply_to_the_errors_that_they_take() {
    let spans = capture_async(async {
        let _ = (Store::alias(), Store::call(500), Store::boxed(), Store::quiet());
        let _ = (Store::find(false), Store::count(), Store::nothing(), Store::call_later(503).await);
    })
    .await;
    assert_eq!(status(&spans, "Store::find"), Status::Unset, "it is not fatal");
    assert_eq!(status(&spans, "Store::alias"), Status::error("missing, fatal"));
    assert_eq!(status(&spans, "Store::call"), Status::error("refused with 500"));
    assert_eq!(status(&spans, "Store::call_later"), Status::error("refused with 503"));
    assert_eq!(status(&spans, "Store::boxed"), Status::error("refused with 2"));
    for other in ["Store::count", "Store::nothing", "Store::quiet"] {
        assert_eq!(status(&spans, other), Status::Unset, "{other}");
    }
}

#[traced(err(when = |error: &Refused| error.0 >= 500))]
mod client {
    use super::{Missing, Refused};

    pub(super) fn get(status: u16) -> Result<(), Refused> {
        Err(Refused(status))
    }

    pub(super) fn find() -> Result<(), Missing> {
        Err(Missing { is_fatal: false })
    }
}

#[test]
fn closures_apply_to_the_error_that_they_name() {
    let spans = capture(|| drop((client::get(404), client::find())));
    assert_eq!(spans.one("get").status(), Status::Unset);
    assert!(spans.one("find").status().is_error(), "nothing was said of this error");
    let spans = capture(|| drop(client::get(503)));
    assert_eq!(spans.one("get").status(), Status::error("refused with 503"));
}

struct Same;

#[traced(err(with = |error| format!("code {}", error.0)))]
impl Same {
    fn first() -> Result<(), Refused> {
        Err(Refused(1))
    }

    fn second() -> Result<u8, Refused> {
        Err(Refused(2))
    }
}

#[test]
fn a_closure_that_names_no_type_is_for_all() {
    let spans = capture(|| drop((Same::first(), Same::second())));
    assert_eq!(status(&spans, "Same::first"), Status::error("code 1"));
    assert_eq!(status(&spans, "Same::second"), Status::error("code 2"));
}

fn code<E: fmt::Debug>(error: &E) -> String {
    format!("{error:?}")
}

#[traced(err(with = code))]
trait Generic {
    fn any<E: fmt::Debug>(&self, error: E) -> Result<(), E> {
        Err(error)
    }

    fn refused(&self) -> Result<(), Refused> {
        Err(Refused(3))
    }
}

impl Generic for Same {}

#[test]
fn a_generic_function_is_for_all() {
    let spans = capture(|| drop((Same.any(7), Same.refused())));
    assert_eq!(status(&spans, "Generic::any"), Status::error("7"));
    assert_eq!(status(&spans, "Generic::refused"), Status::error("Refused(3)"));
}

struct Formats;

#[traced(err(Debug, status_only))]
impl Formats {
    fn with_debug() -> Result<(), Refused> {
        Err(Refused(4))
    }

    fn without() -> Result<(), Missing> {
        Err(Missing { is_fatal: true })
    }
}

#[traced(err(Display))]
mod display {
    pub(super) fn without() -> Result<(), super::Missing> {
        Err(super::Missing { is_fatal: true })
    }
}

#[test]
fn a_format_is_for_errors_that_have_it() {
    let spans = capture(|| drop((Formats::with_debug(), Formats::without(), display::without())));
    assert_eq!(status(&spans, "Formats::with_debug"), Status::error("Refused(4)"));
    assert!(status(&spans, "Formats::without").is_error() && status(&spans, "without").is_error());
    assert!(spans.one("Formats::without").event("exception").is_none(), "the rest of `err(..)` is for all");
}
