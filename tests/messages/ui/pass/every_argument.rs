//! Every form of every argument.
#![deny(warnings)]

use std::pin::Pin;

use traced::{Context, SpanContext, traced};

const NAME: &str = "constant";
const KEY: &str = "constant.key";
const LIBRARY: &str = "library";

struct Repository {
    size: usize,
}

impl Repository {
    const NAME: &'static str = "repository";

    #[traced(name = Self::NAME, attrs(self.size, {Self::NAME} = 1, {KEY} = 2))]
    fn named_by_the_type(&self) {}
}

trait Named {
    const NAME: &'static str;

    #[traced(name = Self::NAME, attrs({Self::NAME} = 1))]
    fn named_by_the_implementation(&self) {}
}

impl Named for Repository {
    const NAME: &'static str = "other";
}

#[traced(name = NAME, kind = "client", scope = LIBRARY, prefix = "order", args, location = off)]
fn identity(id: u8, _unused: u8) -> u8 {
    id
}

#[traced("GET {path}", kind = producer, scope = "library", location = full, args(except(path)), redact(card))]
fn capture(path: &str, card: &str, #[attr(debug)] n: Option<u8>, #[attr({KEY})] m: u8) -> usize {
    path.len() + card.len() + usize::from(n.unwrap_or(m))
}

#[traced(attrs(a, %b, ?c, d.e = a, "f" = %b, {KEY} = ?c, g = redact(a), h = -1, i = 2.5, j = true, %k = a))]
fn attributes(a: u8, b: u8, c: u8) {}

#[traced(err(with = describe), ret("count" = Vec::len), panic = off)]
fn outcome() -> Result<Vec<u8>, std::fmt::Error> {
    Ok(vec![])
}

fn describe(error: &std::fmt::Error) -> String {
    error.to_string()
}

#[traced(err(Debug, when = |error: &String| error.is_empty(), status_only), cancel = error, ret(Debug))]
async fn later() -> Result<u8, String> {
    Ok(1)
}

#[traced(err(backtrace, when = |error: &String| error.is_empty()))]
fn with_its_stack() -> Result<u8, String> {
    Ok(1)
}

#[traced(parent = parent, links = causes, sample = always)]
fn relations(parent: Option<Context>, causes: &[SpanContext]) {}

#[traced(root(link, no_baggage), links(cause, cause), sample = never)]
fn roots(cause: &SpanContext) {}

#[traced(root, sample = 0.5)]
fn root() {}

#[traced(sample(when = n > 1))]
fn condition(n: u8) {}

#[traced(sample(force = always))]
fn forced() {}

#[traced(current, attrs(n), ret)]
fn current(n: u8) -> Result<u8, String> {
    Ok(n)
}

#[traced(future, cancel = ok)]
fn alias() -> Boxed {
    Box::pin(async { Ok(1) })
}

type Boxed = Pin<Box<dyn Future<Output = Result<u8, String>> + Send>>;

#[traced(sync)]
fn not_awaited() -> impl Future<Output = u8> {
    async { 1 }
}

#[traced(skip)]
fn skipped() {}

#[traced(only(pub), kind = internal, err = off)]
impl Repository {
    pub fn all(&self) -> Result<usize, String> {
        Ok(self.hidden())
    }

    fn hidden(&self) -> usize {
        self.size
    }
}

fn main() {
    Repository { size: 1 }.named_by_the_type();
    Repository { size: 1 }.named_by_the_implementation();
    identity(1, 2);
    capture("/", "4111", None, 1);
    attributes(1, 2, 3);
    assert!(outcome().is_ok());
    drop(later());
    let _ = with_its_stack();
    relations(None, &[]);
    roots(&SpanContext::default());
    root();
    condition(1);
    forced();
    assert!(current(1).is_ok());
    drop(alias());
    drop(not_awaited());
    skipped();
    assert!(Repository { size: 1 }.all().is_ok());
}
