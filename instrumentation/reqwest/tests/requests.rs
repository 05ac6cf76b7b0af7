//! Requests to a server on loopback, and what their spans say.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, Once};
use std::time::Duration;

use http::Extensions;
use reqwest::{Request, Response};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware, Middleware, Next};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use traced::propagation::{self, TraceContextPropagator};
use traced::testing::{Capture, tree};
use traced::{FinishedSpan, SpanKind, Status};
use traced_conventions::check;
use traced_reqwest::{Spans, UrlTemplate};

type Seen = Arc<Mutex<Vec<String>>>;

/// Answers by the path, and keeps the `traceparent` of each request.
async fn server() -> (SocketAddr, Seen) {
    static PROPAGATOR: Once = Once::new();
    PROPAGATOR.call_once(|| propagation::set_global(TraceContextPropagator));
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("bound");
    let seen = Seen::default();
    let log = Arc::clone(&seen);
    tokio::spawn(async move {
        while let Ok((mut socket, _)) = listener.accept().await {
            let mut head = vec![0; 4096];
            let length = socket.read(&mut head).await.unwrap_or_default();
            let head = String::from_utf8_lossy(&head[..length]).into_owned();
            let parents: Vec<_> = head.lines().filter_map(|line| line.strip_prefix("traceparent: ")).collect();
            let count = {
                let mut log = log.lock().expect("the log");
                log.push(parents.join(","));
                log.len()
            };
            let path = head.split(' ').nth(1).unwrap_or_default();
            let status = match path.split('?').next().unwrap_or_default() {
                "/404" => "404 Not Found",
                "/flaky" if count < 3 => "503 Service Unavailable",
                "/moved" => "302 Found\r\nlocation: /there",
                "/slow" => {
                    tokio::time::sleep(Duration::from_secs(60)).await;
                    "200 OK"
                }
                _ => "200 OK",
            };
            let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok");
            let _ = socket.write_all(answer.as_bytes()).await;
        }
    });
    (address, seen)
}

/// Runs a future and returns its spans, which follow the conventions and hold no secret.
async fn spans<T>(future: impl Future<Output = T>) -> (T, Vec<FinishedSpan>) {
    let capture = Capture::new();
    let result = capture.context().instrument(future).await;
    let spans: Vec<FinishedSpan> = capture.take().into();
    check::assert_clean(&spans);
    assert!(!tree(&spans).contains("s3cret"), "{}", tree(&spans));
    assert!(spans.iter().all(|span| span.view().kind() == SpanKind::Client));
    (result, spans)
}

fn client() -> ClientWithMiddleware {
    traced_reqwest::client(reqwest::Client::new())
}

fn text(span: &FinishedSpan, key: &str) -> Option<String> {
    span.view().attributes().get(key).map(|value| value.to_string())
}

fn is_error(span: &FinishedSpan) -> bool {
    matches!(span.view().status().to_owned(), Status::Error { .. })
}

fn sent(span: &FinishedSpan) -> String {
    format!("00-{}-{}-03", span.view().trace_id(), span.view().span_id())
}

#[tokio::test]
async fn a_request_is_a_span_and_carries_it() {
    let (address, seen) = server().await;
    for (path, status, fails) in [("/", "200", false), ("/404", "404", true)] {
        let url = format!("http://ann:s3cret@{address}{path}?sig=s3cret&a=1");
        let request = client().get(&url).with_extension(UrlTemplate("/{page}")).header("traceparent", "stale");
        let (answer, spans) = spans(request.send()).await;
        answer.expect("answered");
        let span = &spans[0];
        assert_eq!((spans.len(), span.view().name()), (1, "GET /{page}"));
        // reqwest itself makes a header of user and password.
        assert_eq!(text(span, "url.full"), Some(format!("http://{address}{path}?sig=REDACTED&a=1")));
        assert_eq!(text(span, "server.port"), Some(address.port().to_string()));
        assert_eq!(text(span, "http.response.status_code").as_deref(), Some(status));
        assert_eq!(text(span, "error.type").as_deref(), fails.then_some(status));
        assert_eq!(seen.lock().expect("the log").pop().as_deref(), Some(&*sent(span)));
    }
}

#[tokio::test]
async fn what_fails_is_one_word_and_what_is_given_up_is_none() {
    let (address, _) = server().await;
    let (result, seen) = spans(client().get("http://127.0.0.1:1/?sig=s3cret").send()).await;
    assert!(result.is_err());
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("connect"));

    let hurried = client().get(format!("http://{address}/slow")).timeout(Duration::from_millis(50));
    let (result, seen) = spans(hurried.send()).await;
    assert!(result.is_err());
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("timeout"));

    let given_up =
        tokio::time::timeout(Duration::from_millis(50), client().get(format!("http://{address}/slow")).send());
    let (result, seen) = spans(given_up).await;
    assert!(result.is_err());
    assert_eq!((is_error(&seen[0]), text(&seen[0], "error.type")), (false, None));
}

struct Retry;

#[async_trait::async_trait]
impl Middleware for Retry {
    async fn handle(
        &self,
        request: Request,
        extensions: &mut Extensions,
        next: Next<'_>,
    ) -> reqwest_middleware::Result<Response> {
        loop {
            let again = request.try_clone().expect("no stream");
            let answer = next.clone().run(again, extensions).await?;
            if answer.status() != 503 {
                return Ok(answer);
            }
        }
    }
}

#[tokio::test]
async fn attempts_have_spans_of_their_own_and_redirects_are_inside_of_one() {
    let (address, seen) = server().await;
    let http = ClientBuilder::new(reqwest::Client::new()).with(Retry).with(Spans::default()).build();
    let (answer, attempts) = spans(http.get(format!("http://{address}/flaky")).send()).await;
    assert_eq!(answer.expect("answered").status(), 200);
    let counts: Vec<_> = attempts.iter().map(|span| text(span, "http.request.resend_count")).collect();
    assert_eq!(counts, [None, Some("1".to_owned()), Some("2".to_owned())]);
    assert_eq!(attempts.iter().map(is_error).collect::<Vec<_>>(), [true, true, false]);
    assert_eq!(*seen.lock().expect("the log"), attempts.iter().map(sent).collect::<Vec<_>>());

    let (answer, followed) = spans(client().get(format!("http://{address}/moved")).send()).await;
    assert_eq!(answer.expect("answered").url().path(), "/there");
    assert_eq!((followed.len(), text(&followed[0], "http.response.status_code").as_deref()), (1, Some("200")));
}
