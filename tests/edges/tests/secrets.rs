//! Secrets in all that goes in at the edges: none of them leaves in what is exported, as others decode it.
//!
//! The servers are found by the variables of the drivers' own tests, by default on this machine. What is missing is skipped,
//! and fails where `CI` is `true`.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::collections::BTreeSet;
use std::fmt::Display;
use std::time::Duration;

use async_nats::HeaderMap;
use axum::Router;
use axum::extract::MatchedPath;
use axum::routing::get;
use lapin::options::{BasicPublishOptions, QueueDeclareOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, ConnectionProperties};
use redis::RedisResult;
use sqlx::AssertSqlSafe;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use traced::OtlpHttpExporter;
use traced_tests::receiver::Receiver;

/// Planted everywhere.
const SECRET: &str = "s3cret";

fn variable(name: &str, default: &str) -> String {
    std::env::var(name).unwrap_or(default.to_owned())
}

/// What came of connecting; a server that is missing fails where all of them must be there.
fn found<T>(what: &str, connected: Result<T, impl Display>) -> Option<T> {
    let error = match connected {
        Ok(connection) => return Some(connection),
        Err(error) => error,
    };
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what} is missing: {error}");
    eprintln!("skipped: {what} is missing: {error}");
    None
}

/// A server and a client of HTTP: in the URL's user, its query, headers and cookies.
async fn http() {
    let app = Router::new().route("/orders/{id}", get(|| async { "s3cret" }));
    let app = app.layer(traced_tower::server().route(MatchedPath::as_str).request_headers(["authorization", "cookie"]));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async { axum::serve(listener, app).await });
    let http = traced_reqwest::client(reqwest::Client::new());
    let request = http.get(format!("http://ann:{SECRET}@{address}/orders/7?sig={SECRET}&X-Amz-Signature={SECRET}"));
    let request = request.header("cookie", SECRET).header("x-api-key", SECRET).body(SECRET);
    assert!(request.send().await.expect("an answer").status().is_success());
    // A request that fails, whose error has the URL in its text.
    assert!(http.get(format!("http://ann:{SECRET}@127.0.0.1:1/?sig={SECRET}")).send().await.is_err());
    server.abort();
}

/// A database: in the URL, in bound values, in texts made at run time, and in the messages of its errors.
macro_rules! database {
    ($pool:expr, $insert:literal) => {
        let pool = traced_sqlx::Pool::from($pool);
        let table = "CREATE TEMPORARY TABLE secrets (name VARCHAR(50) UNIQUE)";
        sqlx::raw_sql(table).execute(&pool).await.expect("made");
        sqlx::query($insert).bind(SECRET).execute(&pool).await.expect("inserted");
        assert!(sqlx::query($insert).bind(SECRET).execute(&pool).await.is_err(), "it is unique");
        let made = format!("INSERT INTO secrets VALUES ('{SECRET}')");
        assert!(sqlx::query(AssertSqlSafe(made)).execute(&pool).await.is_err(), "it is unique");
    };
}

/// Redis: passwords, settings, values.
async fn redis() {
    let client = redis::Client::open(variable("REDIS_URL", "redis://127.0.0.1:6379/3")).expect("a URL");
    let Some(connection) = found("Redis", client.get_multiplexed_async_connection().await) else { return };
    let mut redis = traced_redis::Connection::new(connection);
    let key = format!("traced:{}:secrets", std::process::id());
    for (command, arguments) in [
        ("AUTH", &["ann", SECRET][..]),
        ("HELLO", &["3", "AUTH", "ann", SECRET]),
        ("CONFIG", &["SET", "no-such-setting", SECRET]),
        ("ACL", &["SETUSER", "ann", "=no:such:rule", SECRET]),
        ("SET", &[&key, SECRET, "EX", "60"]),
        ("INCR", &[&key]),
        ("DEL", &[&key]),
    ] {
        // Most of them fail, and their answers hold what they were given.
        let _: RedisResult<redis::Value> = redis::cmd(command).arg(arguments).query_async(&mut redis).await;
    }
}

/// NATS: headers and bodies.
async fn nats() {
    let url = variable("NATS_URL", "nats://127.0.0.1:4222");
    let Some(client) = found("NATS", async_nats::connect(url).await) else { return };
    let nats = traced_nats::Client::from(client);
    let mut headers = HeaderMap::new();
    headers.insert("authorization", SECRET);
    nats.publish_with_headers("traced.secrets", headers, SECRET.into()).await.expect("sent");
    assert!(nats.request("traced.nobody", SECRET.into()).await.is_err(), "nobody answers");
}

/// RabbitMQ: headers and bodies.
async fn rabbitmq() {
    let url = variable("RABBITMQ_URL", "amqp://guest:guest@127.0.0.1:5672/%2f");
    let connected = lapin::Connection::connect(&url, ConnectionProperties::default()).await;
    let Some(connection) = found("RabbitMQ", connected) else { return };
    let channel = traced_lapin::Channel::from(connection.create_channel().await.expect("a channel"));
    let queue = QueueDeclareOptions { exclusive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare("traced.secrets".into(), queue, FieldTable::default()).await.expect("declared");
    let mut headers = FieldTable::default();
    headers.insert("authorization".into(), AMQPValue::LongString(SECRET.into()));
    let (options, properties) = (BasicPublishOptions::default(), BasicProperties::default().with_headers(headers));
    let publish = channel.basic_publish("".into(), "traced.secrets".into(), options, SECRET.as_bytes(), properties);
    publish.await.expect("sent");
    let message = channel.basic_get("traced.secrets".into(), lapin::options::BasicGetOptions::default()).await;
    let message = message.expect("got").expect("one");
    let failing = async { Err::<(), _>(std::io::Error::other(SECRET)) };
    assert!(traced_lapin::process(&message).run(failing).await.is_err());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_leaves() {
    let receiver = Receiver::start();
    let exporter = OtlpHttpExporter::builder().endpoint(receiver.endpoint()).build().expect("an endpoint");
    let guard = traced::builder().service_name("edges").exporter(exporter).init().expect("the first one");

    http().await;
    let sqlite = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await;
    database!(sqlite.expect("in the process"), "INSERT INTO secrets VALUES (?)");
    let url = variable("POSTGRES_URL", &format!("postgres://root:{SECRET}@127.0.0.1:5432/test"));
    let postgres = PgPoolOptions::new().max_connections(1).connect(&url).await;
    let mut expected: BTreeSet<_> = ["traced-conventions", "traced-reqwest", "traced-tower"].into();
    if let Some(pool) = found("PostgreSQL", postgres) {
        database!(pool, "INSERT INTO secrets VALUES ($1)");
    }
    redis().await;
    nats().await;
    rabbitmq().await;

    guard.shutdown(Duration::from_secs(30)).expect("exported");
    let spans = receiver.spans();
    assert!(spans.len() >= 6, "{spans:#?}");
    for span in &spans {
        expected.remove(&*span.scope.name);
        let all = format!("{span:?}");
        assert!(!all.contains(SECRET), "{all}");
    }
    assert!(expected.is_empty(), "no spans of {expected:?}");
}
