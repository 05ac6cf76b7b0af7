//! Messages through a real server, found by `NATS_URL`, by default on this machine. Without one the tests are skipped, and
//! fail where `CI` is `true`.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::io;
use std::sync::Once;
use std::time::Duration;

use async_nats::jetstream;
use futures_util::StreamExt;
use traced::propagation::{self, TraceContextPropagator};
use traced::testing::{Capture, tree};
use traced::{FinishedSpan, SpanKind, Status};
use traced_conventions::check;
use traced_nats::{Client, process};

fn url() -> String {
    std::env::var("NATS_URL").unwrap_or("nats://127.0.0.1:4222".to_owned())
}

async fn connect() -> Option<Client> {
    static PROPAGATOR: Once = Once::new();
    PROPAGATOR.call_once(|| propagation::set_global(TraceContextPropagator));
    match async_nats::connect(url()).await {
        Ok(client) => Some(Client::from(client).server("127.0.0.1", Some(4222))),
        Err(error) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "NATS is missing: {error}");
            eprintln!("skipped: NATS is missing: {error}");
            None
        }
    }
}

/// Runs a future and returns its spans, which follow the conventions.
async fn spans<T>(future: impl Future<Output = T>) -> (T, Vec<FinishedSpan>) {
    let capture = Capture::new();
    let result = capture.context().instrument(future).await;
    let spans: Vec<FinishedSpan> = capture.take().into();
    check::assert_clean(&spans);
    assert!(!format!("{spans:?}{}", tree(&spans)).contains("s3cret"), "{}", tree(&spans));
    (result, spans)
}

fn names(spans: &[FinishedSpan]) -> Vec<&str> {
    spans.iter().map(|span| span.view().name()).collect()
}

fn text(span: &FinishedSpan, key: &str) -> Option<String> {
    span.view().attributes().get(key).map(|value| value.to_string())
}

/// A subject of this process and test.
fn subject(name: &str) -> String {
    format!("traced-{}-{name}", std::process::id())
}

type Handled = Result<(), io::Error>;

#[tokio::test]
async fn a_message_is_linked_or_goes_on_with_its_trace() {
    let Some(nats) = connect().await else { return };
    let subject = subject("orders");
    let mut orders = nats.subscribe(subject.clone()).await.expect("subscribed");
    for is_child in [false, true] {
        let (sent, send) = spans(nats.publish(subject.clone(), "s3cret".into())).await;
        sent.expect("sent");
        nats.flush().await.expect("flushed");
        let message = orders.next().await.expect("a message");
        let handling = async {
            let process = if is_child { process(&message).as_parent() } else { process(&message) };
            process.run(async { Handled::Ok(()) }).await
        };
        let (_, handled) = spans(handling).await;
        let (send, handled) = (send[0].view(), handled[0].view());
        assert_eq!((send.name(), send.kind()), (&*format!("publish {subject}"), SpanKind::Producer));
        assert_eq!((handled.name(), handled.kind()), (&*format!("process {subject}"), SpanKind::Consumer));
        assert!(handled.links().any(|link| link.span_id() == send.span_id()));
        assert_eq!(handled.trace_id() == send.trace_id(), is_child);
    }
}

#[tokio::test]
async fn a_question_and_its_answer_have_no_inbox_in_a_name() {
    let Some(nats) = connect().await else { return };
    let subject = subject("prices");
    let mut questions = nats.subscribe(subject.clone()).await.expect("subscribed");
    let answering = async {
        let question = questions.next().await.expect("a question");
        let inbox = question.reply.clone().expect("an inbox");
        process(&question).run(nats.publish(inbox, "42".into())).await
    };
    let ((answer, answered), spans) =
        spans(async { tokio::join!(nats.request(subject.clone(), "?".into()), answering) }).await;
    assert_eq!(answer.expect("an answer").payload, "42");
    answered.expect("sent");
    let mut seen = names(&spans);
    seen.sort_unstable();
    assert_eq!(seen, [format!("process {subject}"), "publish _INBOX.*".to_owned(), format!("request {subject}")]);
    let inbox = spans.iter().find(|span| span.view().name().contains("INBOX")).expect("the answer");
    assert_eq!(text(inbox, "messaging.destination.template").as_deref(), Some("_INBOX.*"));
    assert_eq!(text(inbox, "messaging.destination.temporary").as_deref(), Some("true"));
}

#[tokio::test]
async fn what_fails_is_named_by_its_type_and_ids_are_no_names() {
    let Some(nats) = connect().await else { return };
    let base = subject("nobody");
    let (result, seen) = spans(nats.request(base.clone(), "?".into())).await;
    assert!(result.is_err(), "nobody answers");
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("NoResponders"));
    let (template, one) = (format!("{base}.*"), format!("{base}.7"));
    let mut all = nats.subscribe(template.clone()).await.expect("subscribed");
    let (_, seen) = spans(nats.publish_to(&template, one.clone(), async_nats::HeaderMap::new(), "x".into())).await;
    assert_eq!(names(&seen), [format!("publish {template}")]);
    let message = all.next().await.expect("a message");
    let failing = async {
        let handler = async { Err::<(), _>(io::Error::other("s3cret")) };
        process(&message).template(&template).run(handler).await
    };
    let (_, seen) = spans(failing).await;
    assert_eq!(names(&seen), [format!("process {template}")]);
    assert_eq!(text(&seen[0], "messaging.destination.name"), Some(one));
    assert!(matches!(seen[0].view().status().to_owned(), Status::Error { description, .. } if description.is_empty()));
}

#[tokio::test]
async fn jetstream_publishes_and_settles() {
    let Some(nats) = connect().await else { return };
    let (name, context) = (subject("stream"), jetstream::new((*nats).clone()));
    let config = jetstream::stream::Config { name: name.clone(), subjects: vec![name.clone()], ..Default::default() };
    let stream = context.create_stream(config).await.expect("JetStream is on");
    let (sent, send) =
        spans(traced_nats::jetstream::publish(&context, name.clone(), async_nats::HeaderMap::new(), "1".into())).await;
    sent.expect("sent").await.expect("kept");
    let consumer = stream.create_consumer(jetstream::consumer::pull::Config::default()).await.expect("a consumer");
    let message = consumer.messages().await.expect("messages").next().await.expect("one").expect("no error");
    let (done, seen) = spans(async { process(&message).run(traced_nats::jetstream::ack(&message)).await }).await;
    context.delete_stream(&name).await.expect("deleted");
    done.expect("acknowledged");
    assert_eq!(names(&seen), [format!("ack {name}"), format!("process {name}")]);
    assert_eq!(seen[0].view().parent_span_id(), Some(seen[1].view().span_id()));
    assert!(seen[1].view().links().any(|link| link.span_id() == send[0].view().span_id()));
}

#[tokio::test]
async fn what_is_late_is_a_timeout_and_what_is_given_up_is_no_error_but_a_handler_s() {
    let Some(nats) = connect().await else { return };
    let subject = subject("slow");
    let mut questions = nats.subscribe(subject.clone()).await.expect("subscribed");
    let client = async_nats::ConnectOptions::new().request_timeout(Some(Duration::from_millis(50)));
    let impatient = Client::from(client.connect(url()).await.expect("connected"));
    nats.flush().await.expect("flushed");
    let (result, seen) = spans(impatient.request(subject.clone(), "?".into())).await;
    assert!(result.is_err());
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("timeout"));

    let given_up = tokio::time::timeout(Duration::from_millis(50), nats.request(subject.clone(), "s3cret".into()));
    let (result, seen) = spans(given_up).await;
    assert!(result.is_err());
    assert_eq!((seen.len(), text(&seen[0], "error.type")), (1, None));

    let question = questions.next().await.expect("a question");
    let stuck = async {
        let handler = process(&question).run(std::future::pending::<Handled>());
        tokio::time::timeout(Duration::from_millis(50), handler).await
    };
    let (result, seen) = spans(stuck).await;
    assert!(result.is_err());
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("cancelled"));
}
