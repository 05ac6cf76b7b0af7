//! Log lines of a request have its correlation id, in functions far below the server's layer too.

use std::io;
use std::sync::{Arc, Mutex};

use axum::extract::MatchedPath;
use axum::{Router, body::Body, http::Request, routing::get};
use tower::ServiceExt;
use traced::testing::Capture;
use traced::traced;
use traced_conventions::correlation::CorrelationId;
use tracing_subscriber::fmt::{self, MakeWriter};
use tracing_subscriber::layer::SubscriberExt;

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl io::Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("no test panics with it").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Lines {
    type Writer = Self;

    fn make_writer(&self) -> Self {
        self.clone()
    }
}

#[traced]
async fn reserve() {
    tokio::task::yield_now().await;
    tracing::info!(pieces = 2, "reserved");
}

/// The one line of a request with this correlation id, and the id that was sent back.
async fn line_of(id: &str) -> (serde_json::Value, String) {
    let lines = Lines::default();
    let format = traced::subscriber::json().field("service_name", || Some("shop"));
    let format = format.field("correlation_id", CorrelationId::current).field("tenant", || None::<&str>);
    let layer = fmt::layer().event_format(format).with_writer(lines.clone());
    let subscriber = tracing_subscriber::registry().with(traced::subscriber::layer()).with(layer);
    let _subscriber = tracing::subscriber::set_default(subscriber);
    let layer = traced_tower::server().route(MatchedPath::as_str).correlation_id("x-correlation-id");
    let app = Router::new().route("/orders", get(reserve)).layer(layer);
    let request = Request::get("/orders").header("x-correlation-id", id).body(Body::empty()).expect("a request");
    let capture = Capture::new();
    let answer = capture.context().instrument(app.oneshot(request)).await.expect("infallible");
    let sent_back = answer.headers()["x-correlation-id"].to_str().expect("text").to_owned();
    let text = String::from_utf8(lines.0.lock().expect("no test panics with it").clone()).expect("text");
    assert_eq!(text.lines().count(), 1, "{text}");
    drop(answer);
    let line: serde_json::Value = serde_json::from_str(&text).expect("one object");
    let spans = capture.take();
    assert_eq!(line["trace_id"], spans[0].view().trace_id().to_string());
    assert_eq!(line["span_id"], spans.one("reserve").view().span_id().to_string());
    (line, sent_back)
}

#[tokio::test]
async fn lines_have_the_id_that_the_caller_sent() {
    let (line, sent_back) = line_of("order-7.b").await;
    assert_eq!((&line["correlation_id"], &*sent_back), (&"order-7.b".into(), "order-7.b"));
    assert_eq!((&line["service_name"], &line["level"]), (&"shop".into(), &"INFO".into()));
    assert_eq!((&line["message"], &line["fields"]["pieces"]), (&"reserved".into(), &2.into()));
    assert!(line.get("tenant").is_none(), "nothing was said");
}

#[tokio::test]
async fn an_id_that_would_break_a_line_is_replaced_by_that_of_the_trace() {
    let (line, sent_back) = line_of("a b").await;
    assert_eq!(line["correlation_id"], line["trace_id"]);
    assert_eq!(line["trace_id"], *sent_back);
}
