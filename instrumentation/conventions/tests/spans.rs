//! Spans of databases and brokers, and the checker that reads all of them.

use std::collections::HashMap;
use std::io;
use std::sync::Once;

use traced::propagation::{self, TraceContextPropagator};
use traced::testing::{Capture, capture, tree};
use traced::{FinishedSpan, Span, SpanKind, Status, Value, assert_tree};
use traced_conventions::db::{self, Database, Failure};
use traced_conventions::{check, messaging};

async fn rows(result: Result<u64, io::Error>) -> Result<u64, io::Error> {
    Span::start("driver").end();
    result
}

fn run<F: Future>(future: F) -> Vec<FinishedSpan> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let spans: Vec<FinishedSpan> = capture(|| drop(runtime.block_on(future))).into();
    check::assert_clean(&spans);
    spans
}

#[test]
fn a_query_is_named_by_its_summary_and_shows_no_literal() {
    let sql = "SELECT * FROM orders WHERE mail = 's3cret'";
    let shop = Database::new(db::POSTGRESQL).namespace("shop").server("db.example", Some(5433));
    for _ in 0..2 {
        let spans = run(shop.query(sql).run(rows(Ok(1))));
        assert_tree!(
            spans,
            "SELECT orders [client] db.system.name=postgresql db.query.summary=\"SELECT orders\" db.query.text=\"SELECT * FROM \
             orders WHERE mail = ?\" db.namespace=shop server.address=db.example server.port=5433\n  driver"
        );
    }
    let spans = run(db::query(db::SQLITE, "SELECT 1 FROM t WHERE x = ?").parameterized().run(rows(Ok(1))));
    assert!(tree(&spans).contains("db.query.text=\"SELECT 1 FROM t WHERE x = ?\""), "{}", tree(&spans));
    assert_eq!(spans[1].view().kind(), SpanKind::Internal);
    // The same text of another system, and where it has its values in it, is another statement.
    let spans = run(db::query(db::MYSQL, "SELECT 1 FROM t WHERE x = ?").run(rows(Ok(1))));
    assert!(tree(&spans).contains("db.query.text=\"SELECT ? FROM t WHERE x = ?\""));
}

#[test]
fn a_database_s_error_is_its_code_and_never_its_message() {
    let failed = || rows(Err(io::Error::other("duplicate key s3cret")));
    let spans = run(db::query(db::POSTGRESQL, "COMMIT").run_with(failed(), |_| Some(Failure::Code("23505".into()))));
    let text = tree(&spans);
    assert!(
        text.contains("db.response.status_code=\"23505\" error.type=\"23505\" ✗") && !text.contains("s3cret"),
        "{text}"
    );
    let spans = run(db::query(db::POSTGRESQL, "COMMIT").run(failed()));
    assert!(tree(&spans).contains("error.type=std::io::error::Error"));
    let spans = run(db::query(db::POSTGRESQL, "COMMIT").run_with(failed(), |_| None));
    assert_eq!(spans[1].view().status().to_owned(), Status::Unset);
}

#[test]
fn commands_have_operations_and_usual_ports_are_left_out() {
    let cache = Database::new(db::REDIS).namespace("3").server("cache.example", Some(6379));
    let spans = run(cache.operation("SET").text("SET key ?").batch(1).run(rows(Ok(1))));
    let expected = "SET [client] db.system.name=redis db.operation.name=SET db.query.text=\"SET key ?\" db.namespace=\"3\" \
                    server.address=cache.example\n  driver\n";
    assert_tree!(spans, expected);
    let spans = run(cache.operation("find").collection("orders").batch(3).run(rows(Ok(1))));
    assert_eq!(spans[1].view().name(), "find orders");
    assert!(tree(&spans).contains("db.operation.batch.size=3"));
}

#[test]
fn many_statements_cost_no_more_memory_than_few() {
    let spans = run(async {
        for n in 10_000..12_000 {
            let _ = db::query(db::OTHER_SQL, &format!("SELECT a FROM t{n} WHERE b = {n}")).run(rows(Ok(1))).await;
        }
    });
    // Also those for which there is no call site any more.
    let last = spans.iter().rfind(|span| span.view().name() == "SELECT t11999").expect("the last one");
    let shown = tree(std::slice::from_ref(last));
    assert!(shown.contains("db.query.text=\"SELECT a FROM t11999 WHERE b = ?\""), "{shown}");
}

#[test]
fn what_is_on_a_link_has_names_too() {
    propagate();
    let headers = HashMap::from([("traceparent".to_owned(), format!("00-{:032x}-{:016x}-01", 9, 8))]);
    let attributes = vec![traced::KeyValue::new("messaging.kafka.offset", "1")];
    let process = || messaging::process("kafka", "process").destination("orders").message_with(&headers, attributes);
    let (_, spans) = Capture::new().run(|| drop(process().start()));
    let found = check::findings(&spans[0]).join("\n");
    assert!(found.contains("messaging.kafka.offset is no Int"), "{found}");
}

fn propagate() {
    static PROPAGATOR: Once = Once::new();
    PROPAGATOR.call_once(|| propagation::set_global(TraceContextPropagator));
}

#[test]
fn a_message_takes_the_context_along_and_its_handler_is_linked_to_it() {
    propagate();
    let mut headers = HashMap::new();
    let sent = run(async {
        let span = messaging::send("nats", "publish").destination("orders").body_size(7).start_with(&mut headers);
        messaging::run(span, rows(Ok(1))).await
    });
    let send = sent[1].view();
    assert_eq!(headers["traceparent"], format!("00-{}-{}-03", send.trace_id(), send.span_id()));
    assert_eq!((send.name(), send.kind()), ("publish orders", SpanKind::Producer));

    for is_child in [false, true] {
        let handled = run(async {
            let process = messaging::process("nats", "process").destination("orders").message(&headers);
            let process = if is_child { process.as_parent() } else { process };
            messaging::run(process.start(), rows(Ok(1))).await
        });
        let process = handled[1].view();
        assert_eq!(process.kind(), SpanKind::Consumer);
        assert_eq!(process.trace_id() == send.trace_id(), is_child);
        assert_eq!(process.parent_span_id(), is_child.then_some(send.span_id()));
        assert!(process.links().any(|link| link.span_id() == send.span_id()), "the link stays");
    }
}

#[test]
fn a_context_that_is_in_the_message_already_stays() {
    propagate();
    let given = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned();
    let mut headers = HashMap::from([("traceparent".to_owned(), given.clone())]);
    let spans = run(async { messaging::send("kafka", "send").destination("orders").start_with(&mut headers) });
    assert_eq!(headers["traceparent"], given);
    assert_eq!(
        spans[0].view().links().next().map(|link| link.span_id().to_string()).as_deref(),
        Some("00f067aa0ba902b7")
    );
    assert_ne!(spans[0].view().trace_id().to_string(), "4bf92f3577b34da6a3ce929d0e0e4736");
}

#[test]
fn names_have_no_inboxes_and_batches_link_to_each_message() {
    propagate();
    let message = |n: u64| HashMap::from([("traceparent".to_owned(), format!("00-{:032x}-{n:016x}-01", 9))]);
    let spans = run(async {
        let receive = messaging::receive("nats", "fetch").destination("_INBOX.x7").template("_INBOX.*").batch(2);
        drop(receive.message(&message(1)).message(&message(2)).start());
        drop(messaging::settle("rabbitmq", "ack").destination("q1").anonymous().temporary().start());
    });
    assert_eq!(spans.iter().map(|span| span.view().name()).collect::<Vec<_>>(), ["fetch _INBOX.*", "ack"]);
    assert_eq!(spans[0].view().links().count(), 2);
}

/// A span by hand, and what must be found in it.
fn found(kind: SpanKind, name: &'static str, attributes: &[(&'static str, Value)], status: Status) -> String {
    let spans = Capture::new().run(|| {
        let mut span = Span::builder(name).kind(kind);
        for (key, value) in attributes {
            span = span.attribute(*key, value.clone());
        }
        let span = span.start();
        span.set_status(status);
        span.end();
    });
    check::findings(&spans.1[0]).join("\n")
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn the_checker_finds_what_is_wrong() {
    let ok = Status::Unset;
    let server = |more: &[(&'static str, Value)]| {
        let mut all =
            vec![("http.request.method", "GET".into()), ("url.path", "/a".into()), ("url.scheme", "http".into())];
        all.extend_from_slice(more);
        all
    };
    assert_eq!(found(SpanKind::Server, "GET", &server(&[]), ok.clone()), "");
    let message = |operation: &'static str, more: &[(&'static str, Value)]| {
        let mut all = vec![
            ("messaging.system", "kafka".into()),
            ("messaging.operation.name", operation.into()),
            ("messaging.operation.type", operation.into()),
        ];
        all.extend_from_slice(more);
        all
    };
    let to = ("messaging.destination.name", Value::from("orders"));
    let query = [("db.system.name", "postgresql".into()), ("db.query.summary", "SELECT t".into())];
    let wrong = [
        (found(SpanKind::Server, "GET /a", &server(&[]), ok.clone()), "the name is not made of method"),
        (found(SpanKind::Internal, "GET", &server(&[]), ok.clone()), "not Internal"),
        (found(SpanKind::Server, "GET", &server(&[])[..2], ok.clone()), "url.scheme is missing"),
        (
            found(SpanKind::Server, "GET", &server(&[("http.method", "GET".into())]), ok.clone()),
            "no name of the conventions",
        ),
        (found(SpanKind::Server, "GET", &server(&[("http.route", "".into())]), ok.clone()), "http.route is empty"),
        (found(SpanKind::Server, "GET", &server(&[("server.port", "80".into())]), ok.clone()), "server.port is no Int"),
        (found(SpanKind::Server, "GET", &server(&[("url.query", "sig=a".into())]), ok.clone()), "has a secret"),
        (
            found(
                SpanKind::Server,
                "GET",
                &server(&[("http.response.status_code", 404.into()), ("error.type", "404".into())]),
                Status::error(""),
            ),
            "this status is no error",
        ),
        (
            found(SpanKind::Server, "GET", &server(&[("http.response.status_code", 503.into())]), ok.clone()),
            "this status is an error",
        ),
        (found(SpanKind::Server, "GET", &server(&[]), Status::error("x")), "an error has error.type"),
        (
            found(SpanKind::Server, "GET", &server(&[("network.protocol.version", "HTTP/1.1".into())]), ok.clone()),
            "version of HTTP",
        ),
        (found(SpanKind::Client, "GET", &server(&[]), ok.clone()), "url.full is missing"),
        (found(SpanKind::Client, "SELECT", &query, ok.clone()), "the name is not the summary"),
        (
            found(SpanKind::Client, "x", &[query[0].clone(), ("db.operation.batch.size", 1.into())], ok.clone()),
            "a batch of one",
        ),
        (
            found(
                SpanKind::Client,
                "x",
                &[query[0].clone(), ("server.address", "a".into()), ("server.port", 5432.into())],
                ok.clone(),
            ),
            "the port is the usual one",
        ),
        (
            found(
                SpanKind::Server,
                "a/b",
                &[("rpc.system.name", "grpc".into()), ("rpc.method", "a/b".into())],
                ok.clone(),
            ),
            "rpc.status_code is missing",
        ),
        (
            found(
                SpanKind::Server,
                "a/b",
                &[
                    ("rpc.system.name", "grpc".into()),
                    ("rpc.method", "a/b".into()),
                    ("rpc.status_code", "NOT_FOUND".into()),
                    ("error.type", "NOT_FOUND".into()),
                ],
                Status::error(""),
            ),
            "does not follow from the status",
        ),
        (found(SpanKind::Client, "process", &message("process", &[]), ok.clone()), "not Client"),
        (found(SpanKind::Consumer, "process", &message("process", &[]), ok.clone()), "destination.name is missing"),
        (
            found(
                SpanKind::Producer,
                "send orders",
                &message("send", &[to.clone(), ("messaging.rabbitmq.message.delivery_tag", 1.into())]),
                ok.clone(),
            ),
            "of another broker",
        ),
        (
            found(
                SpanKind::Consumer,
                "process orders",
                &message(
                    "process",
                    &[to, ("messaging.batch.message_count", 2.into()), ("messaging.kafka.offset", 1.into())],
                ),
                ok.clone(),
            ),
            "belongs on its link",
        ),
        (
            found(SpanKind::Client, "redis", &[("db.system.name", "redis".into())], ok.clone()),
            "operation.name is missing",
        ),
        (found(SpanKind::Server, "GET", &server(&[("url.scheme", "HTTP".into())])[..], ok.clone()), "in lower case"),
        (
            found(SpanKind::Server, "GET", &server(&[("network.protocol.name", "http".into())]), ok.clone()),
            "left out where it is http",
        ),
        (
            found(SpanKind::Server, "GET", &server(&[("http.request.header.Host", "a".into())]), ok),
            "has upper-case letters",
        ),
    ];
    for (found, expected) in wrong {
        assert!(found.contains(expected), "{expected:?} is not among {found:?}");
    }
}
