//! What an error means for a span is said where the error is defined.

use std::{fmt, io};

use http::StatusCode;
use traced::testing::{Spans, capture, capture_async};
use traced::{FinishedSpan, Span, SpanError, SpanKind, Status, traced};

#[traced(kind = server)]
fn serve<E>(error: E) -> Result<(), E>
where
    E: SpanError,
{
    Err(error)
}

#[traced(kind = client)]
fn call<E: SpanError>(error: E) -> Result<(), E> {
    Err(error)
}

#[traced("serve", kind = server)]
async fn serve_async(error: StatusCode) -> Result<(), StatusCode> {
    std::future::ready(()).await;
    Err(error)
}

#[traced("serve", kind = server, attrs(plain = true))]
fn serve_plainly(error: StatusCode) -> Result<(), StatusCode> {
    Err(error)
}

fn assert_unset(span: &FinishedSpan) {
    assert_eq!((span.status(), span.attribute("error.type")), (Status::Unset, None), "{span:?}");
    assert!(span.event("exception").is_none(), "{span:?}");
}

fn assert_error(span: &FinishedSpan, error_type: &str) {
    assert!(span.status().is_error(), "{span:?}");
    assert_eq!(span.attribute("error.type").unwrap(), error_type);
    assert!(span.event("exception").is_some(), "{span:?}");
}

#[test]
fn a_server_fails_with_5xx_and_a_client_with_both() {
    for code in [400_u16, 404, 499] {
        let code = StatusCode::from_u16(code).unwrap();
        let servers: [Spans<bool>; 2] = [capture(|| serve(code).is_err()), capture(|| serve_plainly(code).is_err())];
        for spans in servers {
            assert!(spans.result, "what is returned stays");
            assert_unset(&spans[0]);
            assert_eq!(spans[0].attribute("http.response.status_code").unwrap(), i64::from(code.as_u16()));
        }
        assert_error(&capture(|| call(code).is_err())[0], code.as_str());
    }
    assert_error(&capture(|| serve(StatusCode::SERVICE_UNAVAILABLE).is_err())[0], "503");
    assert_error(&capture(|| call(StatusCode::SERVICE_UNAVAILABLE).is_err())[0], "503");
}

#[test]
fn the_same_for_futures() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_unset(&runtime.block_on(capture_async(serve_async(StatusCode::NOT_FOUND)))[0]);
    assert_error(&runtime.block_on(capture_async(serve_async(StatusCode::BAD_GATEWAY)))[0], "502");
}

#[test]
fn the_kind_that_was_set_last_counts() {
    #[traced(kind = server)]
    fn becomes_a_client() -> Result<(), StatusCode> {
        Span::current().set_kind(SpanKind::Client);
        Err(StatusCode::NOT_FOUND)
    }
    assert_error(&capture(|| becomes_a_client().is_err())[0], "404");
}

#[traced("read")]
fn read(kind: io::ErrorKind) -> io::Result<()> {
    Err(io::Error::new(kind, "of the test"))
}

#[test]
fn errors_of_io() {
    assert_unset(&capture(|| read(io::ErrorKind::WouldBlock).is_err())[0]);
    assert_unset(&capture(|| read(io::ErrorKind::Interrupted).is_err())[0]);
    let spans = capture(|| read(io::ErrorKind::ConnectionRefused).is_err());
    assert_error(&spans[0], "ConnectionRefused");
    assert_eq!(spans[0].status(), Status::error("of the test"));
}

#[derive(SpanError)]
#[span_error(attrs(shop = "main"))]
enum ShopError {
    #[span_error(status = 404)]
    NoSuchOrder,
    #[span_error(type = "declined", attrs(decline.code = *code, ?reason, %bank))]
    Declined {
        code: u32,
        reason: Vec<u8>,
        bank: String,
    },
    #[span_error(ok)]
    NothingToDo,
    #[span_error(ok(server, consumer))]
    Busy(#[allow(dead_code, reason = "what users have")] u32),
    #[span_error(transparent)]
    Io(io::Error),
    #[span_error(status = _0.as_u16())]
    Http(StatusCode),
    Other,
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the shop is closed")
    }
}

#[test]
fn derived() {
    let of = |kind: SpanKind, error: ShopError| match kind {
        SpanKind::Server => capture(|| serve(error).is_err())[0].clone(),
        _ => capture(|| call(error).is_err())[0].clone(),
    };
    let span = of(SpanKind::Server, ShopError::NoSuchOrder);
    assert_unset(&span);
    assert_eq!(span.attribute("http.response.status_code").unwrap(), 404);
    assert_eq!(span.attribute("shop").unwrap(), "main");
    assert_error(&of(SpanKind::Client, ShopError::NoSuchOrder), "404");

    let declined = ShopError::Declined { code: 7, reason: vec![1], bank: "acme".to_owned() };
    let span = of(SpanKind::Server, declined);
    assert_error(&span, "declined");
    assert_eq!(span.status(), Status::error("the shop is closed"));
    assert_eq!(span.attribute("decline.code").unwrap(), 7);
    assert_eq!((span.attribute("reason").unwrap(), span.attribute("bank").unwrap()), ("[1]".into(), "acme".into()));

    assert_unset(&of(SpanKind::Server, ShopError::NothingToDo));
    assert_unset(&of(SpanKind::Client, ShopError::NothingToDo));
    assert_unset(&of(SpanKind::Server, ShopError::Busy(1)));
    assert_error(&of(SpanKind::Client, ShopError::Busy(1)), "recording::span_errors::ShopError::Busy");
    assert_unset(&of(SpanKind::Client, ShopError::Io(io::ErrorKind::WouldBlock.into())));
    assert_error(&of(SpanKind::Client, ShopError::Io(io::ErrorKind::NotFound.into())), "NotFound");
    assert_unset(&of(SpanKind::Server, ShopError::Http(StatusCode::CONFLICT)));
    assert_error(&of(SpanKind::Server, ShopError::Http(StatusCode::BAD_GATEWAY)), "502");
    assert_error(&of(SpanKind::Server, ShopError::Other), "recording::span_errors::ShopError::Other");
}

#[derive(Debug, SpanError)]
#[span_error(type = "boom")]
struct Generic<T>(T)
where
    T: fmt::Debug;

#[test]
fn derived_for_a_struct() {
    let span = capture(|| call(Generic(5_u8)).is_err())[0].clone();
    assert_error(&span, "boom");
    assert_eq!(span.status(), Status::error("Generic(5)"), "by `Debug`, for want of better");
}

struct Hostile;

impl SpanError for Hostile {
    fn message(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("message")
    }

    fn is_failure(&self, _: SpanKind) -> bool {
        panic!("is_failure")
    }

    fn error_type(&self) -> std::borrow::Cow<'_, str> {
        panic!("error_type")
    }
}

#[test]
fn a_meaning_that_panics_is_a_failure() {
    let spans = capture(|| call(Hostile).is_err());
    assert!(spans.result && spans[0].status().is_error(), "{spans:?}");
}

#[derive(Debug)]
#[allow(dead_code, reason = "read by `Debug`")]
enum Plain {
    Refused { code: u8 },
    Unit,
}

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("plain")
    }
}

impl std::error::Error for Plain {}

#[derive(Debug)]
struct Whole;

#[traced("fails")]
fn fails<E>(error: E) -> Result<(), E>
where
    E: std::error::Error,
{
    Err(error)
}

#[traced("fails")]
fn fails_boxed(error: Plain) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
    Err(error.into())
}

#[traced("fails")]
fn fails_with_text() -> Result<(), Box<dyn std::error::Error>> {
    Err("refused".into())
}

#[traced("fails")]
fn fails_by_debug() -> Result<(), Whole> {
    Err(Whole)
}

#[test]
fn enums_and_boxes_say_what_they_are() {
    assert_error(&capture(|| fails(Plain::Refused { code: 1 }).is_err())[0], "recording::span_errors::Plain::Refused");
    assert_error(&capture(|| fails(Plain::Unit).is_err())[0], "recording::span_errors::Plain::Unit");
    assert_error(&capture(|| fails(fmt::Error).is_err())[0], "core::fmt::Error");
    assert_error(&capture(|| fails_boxed(Plain::Unit).is_err())[0], "Unit");
    assert_error(&capture(|| fails_by_debug().is_err())[0], "recording::span_errors::Whole");
    let text = capture(|| fails_with_text().is_err())[0].clone();
    assert_error(&text, std::any::type_name::<Box<dyn std::error::Error>>());
}

#[test]
fn spans_by_hand_are_told() {
    let spans = capture(|| {
        let span = Span::builder("server").kind(SpanKind::Server).start();
        span.fail_as(&StatusCode::NOT_FOUND);
        span.end();
        let span = Span::builder("client").kind(SpanKind::Client).start();
        span.fail_as(&StatusCode::NOT_FOUND);
        span.end();
    });
    assert_unset(spans.one("server"));
    assert_error(spans.one("client"), "404");
}
