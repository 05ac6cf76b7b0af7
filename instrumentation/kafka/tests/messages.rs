//! Messages through librdkafka's own cluster in the process.

use std::io;
use std::sync::Once;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::consumer::{CommitMode, Consumer as _, DefaultConsumerContext, StreamConsumer};
use rdkafka::message::{Header, Headers, Message, OwnedHeaders, OwnedMessage};
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use rdkafka::producer::{FutureProducer, FutureRecord};
use rdkafka::types::{RDKafkaApiKey, RDKafkaErrorCode, RDKafkaRespErr};
use rdkafka::{Offset, TopicPartitionList};
use traced::propagation::{self, TraceContextPropagator};
use traced::testing::{Capture, tree};
use traced::{FinishedSpan, SpanKind, Status, assert_tree};
use traced_conventions::check;
use traced_kafka::{Consumer, Producer, batch, process};

const TOPIC: &str = "orders";

/// A cluster with a topic of one partition, and its clients.
struct Shop {
    cluster: MockCluster<'static, DefaultProducerContext>,
    producer: Producer,
    consumer: Consumer<StreamConsumer>,
}

impl Shop {
    fn new() -> Self {
        static PROPAGATOR: Once = Once::new();
        PROPAGATOR.call_once(|| propagation::set_global(TraceContextPropagator));
        let cluster = MockCluster::new(1).expect("a cluster");
        cluster.create_topic(TOPIC, 1, 1).expect("a topic");
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", cluster.bootstrap_servers()).set("group.id", "billing");
        config.set("enable.auto.commit", "false");
        // A consumer that is told its partition needs to join nothing.
        let consumer: StreamConsumer<DefaultConsumerContext> = config.create().expect("a consumer");
        let mut partitions = TopicPartitionList::new();
        partitions.add_partition_offset(TOPIC, 0, Offset::Beginning).expect("a partition");
        consumer.assign(&partitions).expect("assigned");
        config.set("message.timeout.ms", "5000").set("sasl.password", "s3cret");
        let producer: FutureProducer = config.create().expect("a producer");
        Self {
            cluster,
            producer: Producer::from(producer).server("kafka.example", Some(9092)),
            consumer: Consumer::from(consumer).group("billing"),
        }
    }

    async fn send(&self, key: &str, payload: Option<&str>, headers: Option<OwnedHeaders>) {
        let mut record = FutureRecord::to(TOPIC).key(key);
        record.payload = payload;
        record.headers = headers;
        self.producer.send(record, Duration::from_secs(5)).await.expect("delivered");
    }

    async fn receive(&self) -> OwnedMessage {
        self.consumer.recv().await.expect("a message").detach()
    }
}

/// Runs a future and returns its spans, which follow the conventions and hold no secret.
async fn spans<T>(future: impl Future<Output = T>) -> (T, Vec<FinishedSpan>) {
    let capture = Capture::new();
    let result = capture.context().instrument(future).await;
    let spans: Vec<FinishedSpan> = capture.take().into();
    check::assert_clean(&spans);
    assert!(!format!("{spans:?}{}", tree(&spans)).contains("s3cret"), "{}", tree(&spans));
    (result, spans)
}

fn text(span: &FinishedSpan, key: &str) -> Option<String> {
    span.view().attributes().get(key).map(|value| value.to_string())
}

type Handled = Result<(), io::Error>;

#[tokio::test]
async fn a_message_is_linked_or_goes_on_with_its_trace() {
    let shop = Shop::new();
    for (offset, is_child) in [false, true].into_iter().enumerate() {
        let (_, send) = spans(shop.send("7", Some("s3cret"), None)).await;
        let message = shop.consumer.recv().await.expect("a message");
        let handling = async {
            let process = process(&message).consumer_group("billing");
            let process = if is_child { process.as_parent() } else { process };
            process.run(async { shop.consumer.commit_message(&message, CommitMode::Sync) }).await
        };
        let (committed, seen) = spans(handling).await;
        committed.expect("committed");
        let head = |word: &str, of: &str| {
            format!(
                "messaging.system=kafka messaging.operation.name={word} messaging.operation.type={of} \
                 messaging.destination.name=orders"
            )
        };
        let expected = format!(
            "send orders [producer] {} messaging.kafka.message.key=\"7\" server.address=kafka.example \
             messaging.message.body.size=6 server.port=9092 messaging.destination.partition.id=\"0\" \
             messaging.kafka.offset={offset}",
            head("send", "send")
        );
        assert_tree!(send, &expected);
        let remote = if is_child { " (remote parent)" } else { "" };
        let expected = format!(
            "process orders [consumer]{remote} {} messaging.destination.partition.id=\"0\" messaging.kafka.message.key=\"7\" \
             messaging.consumer.group.name=billing messaging.kafka.offset={offset} messaging.message.body.size=6\n  \
             ↗ (elsewhere)\n  \
             commit orders [client] {} messaging.consumer.group.name=billing messaging.destination.partition.id=\"0\" \
             messaging.kafka.offset={offset}",
            head("process", "process"),
            head("commit", "settle")
        );
        assert_tree!(seen, &expected);
        let (send, handled) = (send[0].view(), seen[1].view());
        assert!(handled.links().any(|link| link.span_id() == send.span_id()));
        assert_eq!(handled.trace_id() == send.trace_id(), is_child);
    }
}

#[tokio::test]
async fn headers_are_kept_and_a_given_context_stays() {
    let shop = Shop::new();
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let secret = Header { key: "authorization", value: Some("s3cret") };
    let headers = OwnedHeaders::new().insert(secret).insert(Header { key: "Traceparent", value: Some(given) });
    let (_, seen) = spans(shop.send("7", Some("s3cret"), Some(headers))).await;
    assert_eq!(
        seen[0].view().links().next().map(|link| link.span_id().to_string()).as_deref(),
        Some("00f067aa0ba902b7")
    );
    let message = shop.receive().await;
    let read = |message: &OwnedMessage| -> Vec<(String, Option<Vec<u8>>)> {
        let headers = message.headers().expect("headers").iter();
        headers.map(|header| (header.key.to_owned(), header.value.map(<[u8]>::to_vec))).collect()
    };
    let pair = |key: &str, value: &str| (key.to_owned(), Some(value.as_bytes().to_vec()));
    assert_eq!(read(&message), [pair("authorization", "s3cret"), pair("Traceparent", given)]);
    let (_, seen) = spans(async { process(&message).as_parent().run(async { Handled::Ok(()) }).await }).await;
    assert_eq!(seen[0].view().trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");

    // What is no context makes room for ours, and what is no text is left alone.
    let bytes: &[u8] = &[0xff];
    let headers = OwnedHeaders::new()
        .insert(Header { key: "traceparent", value: Some("none") })
        .insert(Header { key: "bytes", value: Some(bytes) })
        .insert(Header::<&str> { key: "nothing", value: None });
    let (_, seen) = spans(shop.send("7", Some("s3cret"), Some(headers))).await;
    let view = seen[0].view();
    let ours = format!("00-{}-{}-03", view.trace_id(), view.span_id());
    let expected = [("bytes".to_owned(), Some(vec![0xff])), ("nothing".to_owned(), None), pair("traceparent", &ours)];
    assert_eq!(read(&shop.receive().await), expected);
}

#[tokio::test]
async fn a_batch_is_linked_to_each_message_and_a_tombstone_says_so() {
    let shop = Shop::new();
    let (_, sent) = spans(async {
        shop.send("1", Some("s3cret"), None).await;
        shop.send("2", None, None).await;
    })
    .await;
    let tombstone = |span: &FinishedSpan| text(span, "messaging.kafka.message.tombstone");
    assert_eq!([tombstone(&sent[0]), tombstone(&sent[1])], [None, Some("true".to_owned())]);
    let messages = [shop.receive().await, shop.receive().await];
    let (_, seen) = spans(async { batch(TOPIC, &messages).run(async { Handled::Ok(()) }).await }).await;
    let view = seen[0].view();
    assert_eq!(
        (view.name(), text(&seen[0], "messaging.batch.message_count").as_deref()),
        ("process orders", Some("2"))
    );
    let links: Vec<_> = view
        .links()
        .map(|link| {
            let of = |key: &str| link.attributes().get(key).map(|value| value.to_string());
            (link.span_id(), of("messaging.kafka.message.key"), of("messaging.kafka.offset"))
        })
        .collect();
    let expected = |at: usize| (sent[at].view().span_id(), Some((at + 1).to_string()), Some(at.to_string()));
    assert_eq!(links, [expected(0), expected(1)]);
    let (_, seen) = spans(async { process(&messages[1]).run(async { Handled::Ok(()) }).await }).await;
    assert_eq!(tombstone(&seen[0]).as_deref(), Some("true"));
}

#[tokio::test]
async fn what_fails_is_named_by_kafka_s_code() {
    let shop = Shop::new();
    let refused = RDKafkaRespErr::RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED;
    shop.cluster.request_errors(RDKafkaApiKey::Produce, &[refused]);
    let record = FutureRecord::to(TOPIC).key("7").payload("s3cret");
    let (result, seen) = spans(shop.producer.send(record, Duration::from_secs(5))).await;
    let (error, message) = result.expect_err("refused");
    assert_eq!(error.rdkafka_error_code(), Some(RDKafkaErrorCode::TopicAuthorizationFailed));
    assert_eq!(message.payload(), Some("s3cret".as_bytes()));
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("TopicAuthorizationFailed"));
    assert!(matches!(seen[0].view().status().to_owned(), Status::Error { description, .. } if description.is_empty()));

    // Nothing was read that could be committed.
    let (result, seen) = spans(async { shop.consumer.commit(&TopicPartitionList::new(), CommitMode::Sync) }).await;
    assert!(result.is_err());
    assert_eq!((seen[0].view().name(), seen[0].view().kind()), ("commit", SpanKind::Client));
    assert_eq!(text(&seen[0], "error.type").as_deref(), Some("NoOffset"));
}

#[tokio::test]
async fn a_delivery_that_nobody_waits_for_is_no_error() {
    let shop = Shop::new();
    shop.cluster.broker_down(1).expect("down");
    let record = FutureRecord::to(TOPIC).key("7").payload("s3cret");
    let send = shop.producer.send(record, Duration::from_secs(5));
    let (result, seen) = spans(tokio::time::timeout(Duration::from_millis(50), send)).await;
    assert!(result.is_err(), "given up");
    assert_eq!((seen.len(), text(&seen[0], "error.type")), (1, None));
}

#[tokio::test]
async fn nothing_is_written_where_nothing_records() {
    let shop = Shop::new();
    shop.send("7", Some("s3cret"), None).await;
    assert!(shop.receive().await.headers().is_none());
}
