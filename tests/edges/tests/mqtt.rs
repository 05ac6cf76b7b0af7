//! A broker without headers: messages of MQTT 3 carry the context in their body. The broker is found by `MQTT_URL`, as
//! `host:port`, by default on this machine. Without one the test is skipped, and fails where `CI` is `true`.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::collections::HashMap;
use std::io;
use std::time::Duration;

use rumqttc::{AsyncClient, ConnectionError, Event, EventLoop, MqttOptions, Packet, Publish, QoS};
use serde_json::{Value, json};
use traced::propagation::{self, TraceContextPropagator};
use traced::testing::Capture;
use traced::{FinishedSpan, SpanKind};
use traced_conventions::{check, messaging};

/// What goes over the wire: the context beside what is meant.
fn envelope(trace: &HashMap<String, String>, order: u32) -> Vec<u8> {
    json!({ "trace": trace, "order": order }).to_string().into_bytes()
}

/// The carrier of an envelope.
fn carrier(body: &Value) -> HashMap<String, String> {
    let pairs = body["trace"].as_object().into_iter().flatten();
    pairs.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect()
}

/// The next message.
async fn message(connection: &mut EventLoop) -> Result<Publish, ConnectionError> {
    loop {
        if let Event::Incoming(Packet::Publish(message)) = connection.poll().await? {
            return Ok(message);
        }
    }
}

async fn connect() -> Option<(AsyncClient, EventLoop)> {
    let url = std::env::var("MQTT_URL").unwrap_or("127.0.0.1:1883".to_owned());
    let (host, port) = url.rsplit_once(':').expect("MQTT_URL is host:port");
    let options = MqttOptions::new(format!("traced-{}", std::process::id()), host, port.parse().expect("a port"));
    let (client, mut connection) = AsyncClient::new(options, 10);
    match connection.poll().await {
        Ok(_) => Some((client, connection)),
        Err(error) => {
            assert!(std::env::var("CI").as_deref() != Ok("true"), "an MQTT broker is missing: {error}");
            eprintln!("skipped: an MQTT broker is missing: {error}");
            None
        }
    }
}

/// Runs a future and returns its one span, which follows the conventions.
async fn span<T>(future: impl Future<Output = T>) -> (T, FinishedSpan) {
    let capture = Capture::new();
    let result = capture.context().instrument(future).await;
    let spans: Vec<FinishedSpan> = capture.take().into();
    check::assert_clean(&spans);
    let [span] = <[_; 1]>::try_from(spans).expect("one span");
    (result, span)
}

#[tokio::test]
async fn a_message_without_headers_carries_its_trace_in_the_body() {
    let Some((client, mut connection)) = connect().await else { return };
    propagation::set_global(TraceContextPropagator);
    let topic = format!("traced/{}/orders", std::process::id());
    client.subscribe(topic.clone(), QoS::AtLeastOnce).await.expect("subscribed");
    let publish = async {
        let mut trace = HashMap::new();
        let span = messaging::send("mqtt", "publish").destination(&*topic).start_with(&mut trace);
        let body = envelope(&trace, 7);
        messaging::run(span, client.publish(topic.clone(), QoS::AtLeastOnce, false, body)).await
    };
    let (sent, send) = span(publish).await;
    sent.expect("sent");
    let received = tokio::time::timeout(Duration::from_secs(20), message(&mut connection)).await;
    let received = received.expect("in time").expect("a message");
    let body: Value = serde_json::from_slice(&received.payload).expect("an envelope");
    let handle = async {
        let process = messaging::process("mqtt", "process").destination(&*received.topic).message(&carrier(&body));
        process.as_parent().run(async { Ok::<_, io::Error>(body["order"].as_u64()) }).await
    };
    let (order, process) = span(handle).await;
    assert_eq!(order.expect("handled"), Some(7));
    let (send, process) = (send.view(), process.view());
    assert_eq!((send.name(), send.kind()), (&*format!("publish {topic}"), SpanKind::Producer));
    assert_eq!((process.name(), process.kind()), (&*format!("process {topic}"), SpanKind::Consumer));
    assert_eq!((process.trace_id(), process.parent_span_id()), (send.trace_id(), Some(send.span_id())));
    assert!(process.links().any(|link| link.span_id() == send.span_id()));
}
