//! Messages through a real broker, found by `RABBITMQ_URL`, by default on this machine. Without one the tests are skipped, and
//! fail where `CI` is `true`.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::io;
use std::sync::Once;

use futures_util::StreamExt;
use lapin::options::{
    BasicAckOptions, BasicConsumeOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions, BasicRejectOptions,
    ConfirmSelectOptions, ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable, LongString, ShortString};
use lapin::{BasicProperties, Confirmation, Connection, ConnectionProperties, ExchangeKind};
use traced::propagation::{self, TraceContextPropagator};
use traced::testing::{Capture, tree};
use traced::{FinishedSpan, SpanKind, Status, assert_tree};
use traced_conventions::check;
use traced_conventions::messaging::Operation;
use traced_lapin::{Channel, Consumer, process};

/// A channel, and the connection that it ends with.
async fn connect() -> Option<(Connection, Channel)> {
    static PROPAGATOR: Once = Once::new();
    PROPAGATOR.call_once(|| propagation::set_global(TraceContextPropagator));
    let url = std::env::var("RABBITMQ_URL").unwrap_or("amqp://guest:guest@127.0.0.1:5672/%2f".to_owned());
    match Connection::connect(&url, ConnectionProperties::default()).await {
        Ok(connection) => {
            let channel = connection.create_channel().await.expect("a channel");
            Some((connection, Channel::from(channel).server("127.0.0.1", Some(5672))))
        }
        Err(error) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "RabbitMQ is missing: {error}");
            eprintln!("skipped: RabbitMQ is missing: {error}");
            None
        }
    }
}

/// Runs a future and returns its spans, which follow the conventions and hold no secret.
async fn spans<T>(future: impl Future<Output = T>) -> (T, Vec<FinishedSpan>) {
    let capture = Capture::new();
    let result = capture.context().instrument(future).await;
    let spans: Vec<FinishedSpan> = capture.take().into();
    check::assert_clean(&spans);
    let shown = format!("{spans:?}{}", tree(&spans));
    assert!(!shown.contains("s3cret") && !shown.contains("guest"), "{shown}");
    (result, spans)
}

fn names(spans: &[FinishedSpan]) -> Vec<&str> {
    spans.iter().map(|span| span.view().name()).collect()
}

fn text(span: &FinishedSpan, key: &str) -> Option<String> {
    span.view().attributes().get(key).map(|value| value.to_string())
}

/// A queue of this process and test, gone with its connection.
async fn queue(channel: &Channel, name: &str) -> String {
    let name = format!("traced-{}-{name}", std::process::id());
    let options = QueueDeclareOptions { exclusive: true, auto_delete: true, ..QueueDeclareOptions::default() };
    channel.queue_declare((&*name).into(), options, FieldTable::default()).await.expect("declared");
    name
}

async fn consume(channel: &Channel, queue: &str) -> Consumer {
    let consume = channel.basic_consume(queue.into(), "".into(), BasicConsumeOptions::default(), FieldTable::default());
    consume.await.expect("consumed")
}

async fn publish(channel: &Channel, (exchange, key): (&str, &str), properties: BasicProperties) -> Confirmation {
    let options = BasicPublishOptions::default();
    let publish = channel.basic_publish(exchange.into(), key.into(), options, b"s3cret", properties);
    publish.await.expect("sent").await.expect("confirmed")
}

/// Handles a message, in a span that is prepared where it starts.
async fn handle<'a>(process: impl FnOnce() -> Operation<'a>) -> Result<(), io::Error> {
    process().run(async { Ok(()) }).await
}

#[tokio::test]
async fn a_message_is_linked_or_goes_on_with_its_trace() {
    let Some((_connection, channel)) = connect().await else { return };
    let queue = queue(&channel, "orders").await;
    let mut orders = consume(&channel, &queue).await;
    for is_child in [false, true] {
        let properties = BasicProperties::default().with_message_id("7".into()).with_correlation_id("c7".into());
        let (_, send) = spans(publish(&channel, ("", &queue), properties)).await;
        let delivery = orders.next().await.expect("a message").expect("no error");
        let handling = async {
            let process = if is_child { process(&delivery).as_parent() } else { process(&delivery) };
            process.run(delivery.ack(BasicAckOptions::default())).await
        };
        let (handled, seen) = spans(handling).await;
        assert!(handled.expect("acknowledged"));
        let about = format!("messaging.rabbitmq.destination.routing_key={queue}");
        let at = "server.address=127.0.0.1";
        let ids = "messaging.message.id=\"7\" messaging.message.conversation_id=c7";
        let head = |word: &str, of: &str| {
            format!(
                "messaging.system=rabbitmq messaging.operation.name={word} messaging.operation.type={of} \
                 messaging.destination.name={queue}"
            )
        };
        let expected = format!(
            "publish {queue} [producer] {} {about} {ids} {at} messaging.message.body.size=6 server.port=5672",
            head("publish", "send")
        );
        assert_tree!(send, &expected);
        let tag = format!("messaging.rabbitmq.message.delivery_tag={}", 1 + u8::from(is_child));
        let remote = if is_child { " (remote parent)" } else { "" };
        let expected = format!(
            "process {queue} [consumer]{remote} {} {about} {at} {ids} {tag} server.port=5672 messaging.message.body.size=6\n  ↗ (elsewhere)\n  \
             ack {queue} [client] {} {about} {at} {tag} server.port=5672",
            head("process", "process"),
            head("ack", "settle")
        );
        assert_tree!(seen, &expected);
        let (send, handled) = (send[0].view(), seen[1].view());
        assert!(handled.links().any(|link| link.span_id() == send.span_id()));
        assert_eq!(handled.trace_id() == send.trace_id(), is_child);
    }
}

#[tokio::test]
async fn destinations_are_exchange_key_and_queue() {
    let Some((_connection, channel)) = connect().await else { return };
    let exchange = format!("traced-{}-shop", std::process::id());
    let options = ExchangeDeclareOptions { auto_delete: true, ..ExchangeDeclareOptions::default() };
    let kind = ExchangeKind::Topic;
    channel.exchange_declare((&*exchange).into(), kind, options, FieldTable::default()).await.expect("declared");
    let queue = queue(&channel, "billing").await;
    let bind = channel.queue_bind(
        (&*queue).into(),
        (&*exchange).into(),
        "orders.#".into(),
        QueueBindOptions::default(),
        FieldTable::default(),
    );
    bind.await.expect("bound");
    let mut billing = consume(&channel, &queue).await;
    let (_, seen) = spans(publish(&channel, (&exchange, "orders.new"), BasicProperties::default())).await;
    assert_eq!(names(&seen), [format!("publish {exchange}:orders.new")]);
    let template = format!("{exchange}:orders.*");
    let orders = channel.clone().template(&template);
    let (_, seen) = spans(publish(&orders, (&exchange, "orders.7"), BasicProperties::default())).await;
    assert_eq!(names(&seen), [format!("publish {template}")]);
    assert_eq!(text(&seen[0], "messaging.destination.name"), Some(format!("{exchange}:orders.7")));
    let delivery = billing.next().await.expect("the first").expect("no error");
    let (_, seen) = spans(handle(|| process(&delivery))).await;
    assert_eq!(names(&seen), [format!("process {exchange}:orders.new:{queue}")]);
    assert_eq!(text(&seen[0], "messaging.rabbitmq.destination.routing_key").as_deref(), Some("orders.new"));
    let delivery = billing.next().await.expect("the second").expect("no error");
    let (_, seen) = spans(handle(|| process(&delivery).template(&*template))).await;
    assert_eq!(names(&seen), [format!("process {template}")]);
}

#[tokio::test]
async fn names_that_the_broker_makes_up_are_in_no_span_s_name() {
    let Some((_connection, channel)) = connect().await else { return };
    let options = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    let queue = channel.queue_declare("".into(), options, FieldTable::default()).await.expect("declared");
    let name = queue.name().as_str();
    assert!(name.starts_with("amq.gen-"), "{name}");
    let (_, seen) = spans(publish(&channel, ("", name), BasicProperties::default())).await;
    assert_eq!(names(&seen), ["publish amq.gen-*"]);
    assert_eq!(text(&seen[0], "messaging.destination.name").as_deref(), Some(name));
    assert_eq!(text(&seen[0], "messaging.destination.anonymous").as_deref(), Some("true"));
    let delivery = consume(&channel, name).await.next().await.expect("a message").expect("no error");
    let (_, seen) = spans(async {
        let failed = process(&delivery).run(async { Err::<(), _>(io::Error::other("s3cret")) }).await;
        let nack = BasicNackOptions { requeue: false, ..BasicNackOptions::default() };
        (failed.is_err(), delivery.nack(nack).await)
    })
    .await;
    assert_eq!(names(&seen), ["process amq.gen-*", "nack amq.gen-*"]);
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("std::io::error::Error"));
}

#[tokio::test]
async fn a_message_that_is_asked_for_is_linked_and_settled_by_its_tag() {
    let Some((_connection, channel)) = connect().await else { return };
    let queue = queue(&channel, "asked").await;
    let (_, sent) = spans(async {
        publish(&channel, ("", &queue), BasicProperties::default()).await;
        publish(&channel, ("", &queue), BasicProperties::default()).await
    })
    .await;
    let get = || channel.basic_get((&*queue).into(), BasicGetOptions::default());
    let (result, seen) = spans(async {
        let message = get().await?.expect("the first");
        assert_eq!(message.message_count, 1);
        let last = get().await?.expect("the second");
        assert!(get().await?.is_none());
        channel.basic_ack(message.delivery_tag, BasicAckOptions::default()).await?;
        last.reject(BasicRejectOptions::default()).await
    })
    .await;
    assert!(result.expect("all of them"));
    let got = format!("get {queue}");
    assert_eq!(names(&seen), [&got, &got, &got, "ack", &format!("reject {queue}")]);
    assert!(seen.iter().all(|span| span.view().kind() == SpanKind::Client));
    let links = |at: usize| seen[at].view().links().map(|link| link.span_id()).collect::<Vec<_>>();
    assert_eq!([links(0), links(1)], [[sent[0].view().span_id()], [sent[1].view().span_id()]]);
    assert!(links(2).is_empty(), "no message came");
}

#[tokio::test]
async fn headers_are_kept_and_a_given_context_stays() {
    let Some((_connection, channel)) = connect().await else { return };
    let queue = queue(&channel, "headers").await;
    let mut orders = consume(&channel, &queue).await;
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    // Also as a client writes it whose texts are bytes.
    for value in [AMQPValue::LongString(given.into()), AMQPValue::ByteArray(given.as_bytes().to_vec().into())] {
        let mut headers = FieldTable::default();
        headers.insert("authorization".into(), AMQPValue::LongString("s3cret".into()));
        headers.insert("traceparent".into(), value.clone());
        let properties = BasicProperties::default().with_headers(headers.clone());
        let (_, seen) = spans(publish(&channel, ("", &queue), properties)).await;
        assert_eq!(
            seen[0].view().links().next().map(|link| link.span_id().to_string()).as_deref(),
            Some("00f067aa0ba902b7")
        );
        let delivery = orders.next().await.expect("a message").expect("no error");
        assert_eq!(delivery.properties.headers().as_ref(), Some(&headers));
        let (_, seen) = spans(handle(|| process(&delivery).as_parent())).await;
        assert_eq!(seen[0].view().trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
        delivery.ack(BasicAckOptions::default()).await.expect("acknowledged");
    }
    // Beside other headers, ours is a long string. What is no text is left alone.
    let mut headers = FieldTable::default();
    headers.insert("attempt".into(), AMQPValue::LongInt(2));
    let properties = BasicProperties::default().with_headers(headers);
    let (_, seen) = spans(publish(&channel, ("", &queue), properties)).await;
    let delivery = orders.next().await.expect("a message").expect("no error").into_inner();
    let headers = delivery.properties.headers().as_ref().expect("headers").inner();
    assert_eq!(headers[&ShortString::from("attempt")], AMQPValue::LongInt(2));
    let expected = format!("00-{}-{}-03", seen[0].view().trace_id(), seen[0].view().span_id());
    assert_eq!(headers[&ShortString::from("traceparent")], AMQPValue::LongString(LongString::from(expected)));
}

#[tokio::test]
async fn what_fails_is_named_by_the_broker_s_code_or_a_word() {
    let Some((_connection, channel)) = connect().await else { return };
    let get = channel.basic_get("no-such-s3cret".into(), BasicGetOptions::default());
    let capture = Capture::new();
    assert!(capture.context().instrument(get).await.is_err());
    let seen: Vec<FinishedSpan> = capture.take().into();
    check::assert_clean(&seen);
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("404"));
    assert!(matches!(seen[0].view().status().to_owned(), Status::Error { description, .. } if description.is_empty()));
    // The broker has closed the channel.
    let options = BasicPublishOptions::default();
    let publish = channel.basic_publish("".into(), "orders".into(), options, b"7", BasicProperties::default());
    let (result, seen) = spans(publish).await;
    assert!(result.is_err());
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("channel_closed"));
}

#[tokio::test]
async fn confirmations_come_as_before_and_nothing_is_written_where_nothing_records() {
    let Some((_connection, channel)) = connect().await else { return };
    let queue = queue(&channel, "bare").await;
    channel.confirm_select(ConfirmSelectOptions::default()).await.expect("selected");
    let confirmed = publish(&channel, ("", &queue), BasicProperties::default()).await;
    assert!(matches!(confirmed, Confirmation::Ack(None)), "{confirmed:?}");
    let message = channel.basic_get((&*queue).into(), BasicGetOptions::default()).await.expect("got").expect("one");
    assert_eq!(message.properties.headers(), &None);
}
