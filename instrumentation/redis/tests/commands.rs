//! Commands, pipelines, transactions and scripts on a real server, found by `REDIS_URL`, by default on this machine.
//! Without one the tests are skipped, and fail where `CI` is `true`.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::time::Duration;

use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands, AsyncConnectionConfig, RedisError, RedisResult, Script};
use traced::testing::{Capture, tree};
use traced::{FinishedSpan, SpanKind, Status};
use traced_conventions::check;
use traced_redis::Connection;

fn url() -> String {
    std::env::var("REDIS_URL").unwrap_or("redis://127.0.0.1:6379/3".to_owned())
}

async fn connect() -> Option<Connection<MultiplexedConnection>> {
    let connected = async { redis::Client::open(url())?.get_multiplexed_async_connection().await };
    match connected.await {
        Ok(connection) => Some(Connection::new(connection).server("127.0.0.1", Some(6379))),
        Err(error) => {
            missing(&error);
            None
        }
    }
}

/// Says that the server is missing, which is an error where it must be there.
fn missing(error: &RedisError) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "Redis is missing: {error}");
    eprintln!("skipped: Redis is missing: {error}");
}

/// Runs a future and returns its spans, which follow the conventions and hold no secret.
async fn spans<T>(future: impl Future<Output = T>) -> (T, Vec<FinishedSpan>) {
    let capture = Capture::new();
    let result = capture.context().instrument(future).await;
    let spans: Vec<FinishedSpan> = capture.take().into();
    check::assert_clean(&spans);
    assert!(!format!("{spans:?}{}", tree(&spans)).contains("s3cret"), "{}", tree(&spans));
    assert!(spans.iter().all(|span| span.view().kind() == SpanKind::Client));
    (result, spans)
}

fn text(span: &FinishedSpan, key: &str) -> Option<String> {
    span.view().attributes().get(key).map(|value| value.to_string())
}

fn shown(spans: &[FinishedSpan]) -> Vec<(String, String)> {
    spans.iter().map(|span| (span.view().name().to_owned(), text(span, "db.query.text").unwrap_or_default())).collect()
}

fn error(span: &FinishedSpan) -> Option<String> {
    let is_error = matches!(span.view().status().to_owned(), Status::Error { .. });
    assert_eq!(is_error, text(span, "error.type").is_some());
    text(span, "error.type")
}

/// A key of this process and test.
fn key(name: &str) -> String {
    format!("traced:{}:{name}", std::process::id())
}

#[tokio::test]
async fn commands_show_their_keys_and_no_values() {
    let Some(mut redis) = connect().await else { return };
    let key = key("shown");
    let work = async {
        let _: () = redis.set_ex(&key, "s3cret", 60).await?;
        let value: String = redis.get(&key).await?;
        assert_eq!(value, "s3cret");
        let _: () = redis.del(&key).await?;
        let _: () = redis.hset(&key, "field", "s3cret").await?;
        let _: () = redis.del(&[&key, "other"]).await?;
        let _: String = redis::cmd("echo").arg("s3cret").query_async(&mut redis).await?;
        RedisResult::Ok(())
    };
    let (result, spans) = spans(work).await;
    result.expect("all of them");
    let expected = [
        ("SETEX", format!("SETEX {key} ? ?")),
        ("GET", format!("GET {key}")),
        ("DEL", format!("DEL {key}")),
        ("HSET", format!("HSET {key} field ?")),
        ("DEL", format!("DEL {key} other")),
        ("echo", "echo ?".to_owned()),
    ];
    assert_eq!(shown(&spans), expected.map(|(name, text)| (name.to_owned(), text)));
    assert_eq!(text(&spans[0], "db.system.name").as_deref(), Some("redis"));
    assert_eq!(text(&spans[0], "db.operation.name").as_deref(), Some("SETEX"));
    assert_eq!(text(&spans[0], "db.namespace").as_deref(), Some("3"));
    assert_eq!(
        (text(&spans[0], "server.address").as_deref(), text(&spans[0], "server.port")),
        (Some("127.0.0.1"), None)
    );
}

#[tokio::test]
async fn passwords_and_settings_are_not_shown() {
    let Some(mut redis) = connect().await else { return };
    let work = async {
        let auth: RedisResult<()> = redis::cmd("AUTH").arg("ann").arg("s3cret").query_async(&mut redis).await;
        let hello: RedisResult<redis::Value> =
            redis::cmd("HELLO").arg("2").arg("AUTH").arg("ann").arg("s3cret").query_async(&mut redis).await;
        let set: RedisResult<()> =
            redis::cmd("CONFIG").arg("SET").arg("no-such-s3cret").arg("s3cret").query_async(&mut redis).await;
        let other: RedisResult<()> = redis::cmd("s3cret of ours").query_async(&mut redis).await;
        [auth.is_err(), hello.is_err(), set.is_err(), other.is_err()]
    };
    let (failed, spans) = spans(work).await;
    assert_eq!(failed, [true; 4]);
    let names: Vec<_> = shown(&spans).into_iter().map(|(name, text)| (name.clone(), text == name)).collect();
    assert_eq!(names, ["AUTH", "HELLO", "CONFIG", "_OTHER"].map(|name| (name.to_owned(), true)));
    assert_eq!(error(&spans[0]).as_deref(), Some("WRONGPASS"));
}

#[tokio::test]
async fn an_error_of_the_server_is_its_first_word_wherever_it_comes() {
    let Some(mut redis) = connect().await else { return };
    let key = key("errors");
    let work = async {
        let _: () = redis.lpush(&key, 1).await?;
        let one: RedisResult<i64> = redis.incr(&key, 1).await;
        let many: RedisResult<(i64, i64)> = redis::pipe().llen(&key).incr(&key, 1).query_async(&mut redis).await;
        let atomic: RedisResult<(i64, i64)> =
            redis::pipe().atomic().llen(&key).incr(&key, 1).query_async(&mut redis).await;
        let _: () = redis.del(&key).await?;
        RedisResult::Ok([one.is_err(), many.is_err(), atomic.is_err()])
    };
    let (failed, spans) = spans(work).await;
    assert_eq!(failed.expect("the others"), [true; 3]);
    let wrong = Some("WRONGTYPE".to_owned());
    assert_eq!(spans.iter().map(error).collect::<Vec<_>>(), [None, wrong.clone(), wrong.clone(), wrong, None]);
    assert_eq!(spans[3].view().name(), "MULTI");
}

#[tokio::test]
async fn pipelines_are_one_span_with_a_size() {
    let Some(mut redis) = connect().await else { return };
    let (a, b) = (key("a"), key("b"));
    let work = async {
        let _: () = redis::pipe().set(&a, "s3cret").set(&b, "s3cret").query_async(&mut redis).await?;
        let _: () = redis::pipe().get(&a).del(&b).query_async(&mut redis).await?;
        let _: () = redis::pipe().del(&a).query_async(&mut redis).await?;
        RedisResult::Ok(())
    };
    let (result, spans) = spans(work).await;
    result.expect("all of them");
    let expected = [
        ("PIPELINE SET".to_owned(), format!("SET {a} ?; SET {b} ?")),
        ("PIPELINE".to_owned(), format!("GET {a}; DEL {b}")),
        ("PIPELINE DEL".to_owned(), format!("DEL {a}")),
    ];
    assert_eq!(shown(&spans), expected);
    let sizes: Vec<_> = spans.iter().map(|span| text(span, "db.operation.batch.size")).collect();
    assert_eq!(sizes, [Some("2".to_owned()), Some("2".to_owned()), None]);
}

#[tokio::test]
async fn a_script_and_a_command_that_is_given_up() {
    let Some(mut redis) = connect().await else { return };
    let (result, seen) = spans(Script::new("return ARGV[1]").arg("s3cret").invoke_async::<String>(&mut redis)).await;
    assert_eq!(result.expect("run"), "s3cret");
    assert!(seen.iter().all(|span| !tree(std::slice::from_ref(span)).contains("ARGV")));
    let never = key("never");
    let waiting = tokio::time::timeout(Duration::from_millis(50), redis.blpop::<_, Option<String>>(&never, 60.0));
    let (result, seen) = spans(waiting).await;
    assert!(result.is_err());
    assert_eq!((seen[0].view().name(), error(&seen[0])), ("BLPOP", None));
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_a_timeout() {
    if connect().await.is_none() {
        return;
    }
    let client = redis::Client::open(url()).expect("a URL");
    let config = AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_millis(50)));
    let connection = client.get_multiplexed_async_connection_with_config(&config).await;
    let mut redis = Connection::new(connection.expect("connected"));
    let (result, seen) = spans(redis.blpop::<_, Option<String>>(key("nothing"), 60.0)).await;
    assert!(result.is_err());
    assert_eq!((seen[0].view().name(), error(&seen[0]).as_deref()), ("BLPOP", Some("timeout")));
}
