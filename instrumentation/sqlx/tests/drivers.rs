//! sqlx on SQLite, PostgreSQL and MariaDB: every way to run a query, and every way in which one ends.
//!
//! The servers are found by `POSTGRES_URL` and `MARIADB_URL`, by default on this machine. Without one its tests are skipped,
//! and fail where `CI` is `true`.

#![allow(clippy::print_stderr, reason = "a test that is skipped says so")]

use std::time::Duration;

use futures_util::TryStreamExt;
use sqlx::mysql::MySqlPoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, Error, MySql, Postgres, Sqlite};
use traced::testing::{Capture, tree};
use traced::{FinishedSpan, SpanKind, Status};
use traced_conventions::{check, db};
use traced_sqlx::Pool;

/// Runs a future and returns its spans, which follow the conventions and hold no secret.
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

fn error(span: &FinishedSpan) -> Option<String> {
    let is_error = matches!(span.view().status().to_owned(), Status::Error { .. });
    assert_eq!(is_error, text(span, "error.type").is_some());
    text(span, "error.type")
}

/// Says that a server is missing, which is an error where all of them must be there.
fn missing(what: &str, error: &Error) {
    assert!(std::env::var("CI").as_deref() != Ok("true"), "{what} is missing: {error}");
    eprintln!("skipped: {what} is missing: {error}");
}

async fn sqlite() -> Pool<Sqlite> {
    let pool = SqlitePoolOptions::new().max_connections(1).acquire_timeout(Duration::from_millis(80));
    Pool::from(pool.connect("sqlite::memory:").await.expect("in the process"))
}

async fn postgres() -> Option<Pool<Postgres>> {
    let url = std::env::var("POSTGRES_URL").unwrap_or("postgres://root:s3cret@127.0.0.1:5432/test".to_owned());
    let pool = PgPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
    match pool.connect(&url).await {
        Ok(pool) => Some(Pool::from(pool)),
        Err(error) => {
            missing("PostgreSQL", &error);
            None
        }
    }
}

async fn mariadb() -> Option<Pool<MySql>> {
    let url = std::env::var("MARIADB_URL").unwrap_or("mysql://root@127.0.0.1:3306/test".to_owned());
    let pool = MySqlPoolOptions::new().max_connections(1).acquire_timeout(Duration::from_secs(5));
    match pool.connect(&url).await {
        Ok(pool) => Some(Pool::from(pool).system(db::MARIADB)),
        Err(error) => {
            missing("MariaDB", &error);
            None
        }
    }
}

#[tokio::test]
async fn every_way_to_run_a_query_makes_one_span() {
    let pool = sqlite().await;
    let work = async {
        sqlx::raw_sql("CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT)").execute(&pool).await?;
        sqlx::query("INSERT INTO t (name) VALUES (?)").bind("s3cret").execute(&pool).await?;
        sqlx::query("SELECT * FROM t").fetch_all(&pool).await?;
        sqlx::query("SELECT * FROM t").fetch(&pool).try_collect::<Vec<_>>().await?;
        sqlx::query_as::<_, (i64, String)>("SELECT id, name FROM t WHERE id = ?").bind(1).fetch_one(&pool).await?;
        sqlx::query_scalar::<_, i64>("SELECT count(*) FROM t").fetch_one(&pool).await?;
        let mut connection = pool.acquire().await?;
        sqlx::query("SELECT * FROM t").fetch_optional(&mut *connection).await?;
        drop(connection);
        let mut tx = pool.begin().await?;
        sqlx::query("UPDATE t SET name = ? WHERE id = 1").bind("s3cret").execute(&mut *tx).await?;
        tx.commit().await?;
        let tx = pool.begin().await?;
        tx.rollback().await
    };
    let (result, spans) = spans(work).await;
    result.expect("all of them");
    let expected = [
        "CREATE TABLE t",
        "INSERT t",
        "SELECT t",
        "SELECT t",
        "SELECT t",
        "SELECT t",
        "SELECT t",
        "BEGIN",
        "UPDATE t",
        "COMMIT",
        "BEGIN",
        "ROLLBACK",
    ];
    assert_eq!(names(&spans), expected);
    assert!(spans.iter().all(|span| span.view().kind() == SpanKind::Internal && error(span).is_none()));
    assert!(spans.iter().all(|span| text(span, "db.system.name").as_deref() == Some("sqlite")));
    // Bound values leave the text as it is, and what is not bound is taken out of it.
    assert_eq!(text(&spans[4], "db.query.text").as_deref(), Some("SELECT id, name FROM t WHERE id = ?"));
    assert_eq!(text(&spans[8], "db.query.text").as_deref(), Some("UPDATE t SET name = ? WHERE id = 1"));
}

#[tokio::test]
async fn a_text_that_is_made_at_run_time_loses_its_values() {
    let pool = sqlite().await;
    let sql = format!("SELECT '{}' AS a WHERE 1 = {}", "s3cret", 1);
    let (result, spans) = spans(sqlx::query(AssertSqlSafe(sql)).fetch_all(&pool)).await;
    result.expect("a row");
    assert_eq!(text(&spans[0], "db.query.text").as_deref(), Some("SELECT ? AS a WHERE ? = ?"));
}

#[tokio::test]
async fn what_is_no_fault_of_the_database_is_no_error() {
    let pool = sqlite().await;
    let (result, seen) = spans(sqlx::query("SELECT 1 WHERE 1 = 2").fetch_one(&pool)).await;
    assert!(matches!(result, Err(Error::RowNotFound)));
    assert_eq!(error(&seen[0]), None);
    // A stream that nobody reads to its end.
    let (_, seen) = spans(async {
        let mut rows = sqlx::query("SELECT 1 UNION SELECT 2").fetch(&pool);
        rows.try_next().await.map(|row| row.is_some())
    })
    .await;
    assert_eq!((seen.len(), error(&seen[0])), (1, None));
}

#[tokio::test]
async fn a_pool_that_is_empty_times_out() {
    let pool = sqlite().await;
    let held = pool.acquire().await.expect("the one connection");
    let (result, spans) = spans(async {
        let query = sqlx::query("SELECT 1").fetch_one(&pool).await.err();
        (query, pool.begin().await.err())
    })
    .await;
    assert!(matches!(result, (Some(Error::PoolTimedOut), Some(Error::PoolTimedOut))));
    assert_eq!(
        spans.iter().map(error).collect::<Vec<_>>(),
        [Some("pool_timed_out".to_owned()), Some("pool_timed_out".to_owned())]
    );
    drop(held);
}

#[tokio::test]
async fn sqlite_s_codes_are_its_own() {
    let pool = sqlite().await;
    sqlx::raw_sql("CREATE TABLE u (mail TEXT UNIQUE)").execute(pool.inner()).await.expect("made");
    let (result, spans) = spans(async {
        let insert = || sqlx::query("INSERT INTO u VALUES (?)").bind("s3cret").execute(&pool);
        insert().await?;
        insert().await
    })
    .await;
    assert!(result.is_err());
    assert_eq!((error(&spans[0]), error(&spans[1])), (None, Some("2067".to_owned())));
    assert_eq!(text(&spans[1], "db.response.status_code").as_deref(), Some("2067"));
}

#[tokio::test]
async fn postgresql_is_named_with_its_place_and_its_errors_by_sqlstate() {
    let Some(pool) = postgres().await else { return };
    let work = async {
        sqlx::raw_sql("CREATE TEMP TABLE u (mail TEXT UNIQUE)").execute(&pool).await?;
        let insert = || sqlx::query("INSERT INTO u VALUES ($1)").bind("s3cret").execute(&pool);
        insert().await?;
        insert().await
    };
    let (result, seen) = spans(work).await;
    assert!(result.is_err());
    assert_eq!(names(&seen), ["CREATE TABLE u", "INSERT u", "INSERT u"]);
    assert_eq!(seen.iter().map(error).collect::<Vec<_>>(), [None, None, Some("23505".to_owned())]);
    assert_eq!(text(&seen[2], "db.query.text").as_deref(), Some("INSERT INTO u VALUES ($1)"));
    assert_eq!(text(&seen[2], "db.system.name").as_deref(), Some("postgresql"));
    assert!(text(&seen[2], "db.namespace").is_some() && text(&seen[2], "server.address").is_some());
    assert!(seen.iter().all(|span| span.view().kind() == SpanKind::Client));
    // Prepared statements are kept as without us.
    let prepared = "SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'INSERT INTO u%'";
    let kept: i64 = sqlx::query_scalar(prepared).fetch_one(pool.inner()).await.expect("counted");
    assert_eq!(kept, 1);
}

#[tokio::test]
async fn a_query_that_is_given_up_is_no_error() {
    let Some(pool) = postgres().await else { return };
    let slow = tokio::time::timeout(Duration::from_millis(50), sqlx::query("SELECT pg_sleep(60)").execute(&pool));
    let (result, seen) = spans(slow).await;
    assert!(result.is_err());
    assert_eq!((names(&seen), error(&seen[0])), (vec!["SELECT"], None));
}

#[tokio::test]
async fn mariadb_s_errors_are_numbers() {
    let Some(pool) = mariadb().await else { return };
    let work = async {
        sqlx::raw_sql("CREATE TEMPORARY TABLE u (mail VARCHAR(50) UNIQUE)").execute(&pool).await?;
        sqlx::raw_sql("SELECT \"s3cret\", 'it\\'s s3cret'").execute(&pool).await?;
        let insert = || sqlx::query("INSERT INTO u VALUES (?)").bind("s3cret").execute(&pool);
        insert().await?;
        insert().await
    };
    let (result, seen) = spans(work).await;
    assert!(result.is_err());
    assert_eq!(seen.iter().map(error).collect::<Vec<_>>(), [None, None, None, Some("1062".to_owned())]);
    assert_eq!(text(&seen[1], "db.query.text").as_deref(), Some("SELECT ?, ?"));
    assert_eq!(text(&seen[1], "db.system.name").as_deref(), Some("mariadb"));
}

/// All that a database on a server does besides one query, in the order of its spans; what it is given holds secrets.
macro_rules! ends_of {
    ($test:ident, $connect:ident, $bind:literal, $sleep:literal) => {
        #[tokio::test]
        async fn $test() {
            let Some(pool) = $connect().await else { return };
            sqlx::raw_sql("CREATE TEMPORARY TABLE jobs (name VARCHAR(50))").execute(&pool).await.expect("made");
            let insert = concat!("INSERT INTO jobs VALUES (", $bind, ")");
            let work = async {
                let mut tx = pool.begin().await?;
                sqlx::query(insert).bind("s3cret").execute(&mut *tx).await?;
                tx.commit().await?;
                let mut tx = pool.begin().await?;
                sqlx::query(insert).bind("s3cret").execute(&mut *tx).await?;
                tx.rollback().await?;
                // Several statements in one call, and one that is made of values.
                sqlx::raw_sql("INSERT INTO jobs VALUES ('s3cret'); DELETE FROM jobs WHERE name = 'no s3cret'")
                    .execute(&pool)
                    .await?;
                let made = format!("SELECT count(*) FROM jobs WHERE name <> '{}' AND 7 = {}", "no s3cret", 7);
                sqlx::query_scalar::<_, i64>(AssertSqlSafe(made)).fetch_one(&pool).await
            };
            let (result, seen) = spans(work).await;
            assert_eq!(result.expect("all of them"), 2, "what was rolled back is not there");
            let transaction = ["BEGIN", "INSERT jobs", "COMMIT", "BEGIN", "INSERT jobs", "ROLLBACK"];
            assert_eq!(names(&seen), [&transaction[..], &["INSERT jobs DELETE jobs", "SELECT jobs"]].concat());
            assert!(seen.iter().all(|span| error(span).is_none()));
            let shown = |at: usize| text(&seen[at], "db.query.text").unwrap_or_default();
            assert_eq!(shown(1), insert);
            assert_eq!(shown(6), "INSERT INTO jobs VALUES (?); DELETE FROM jobs WHERE name = ?");
            assert_eq!(shown(7), "SELECT count(*) FROM jobs WHERE name <> ? AND ? = ?");

            let held = pool.acquire().await.expect("the one connection");
            let (result, seen) = spans(sqlx::query("SELECT 1").execute(&pool)).await;
            assert!(matches!(result, Err(Error::PoolTimedOut)));
            assert_eq!((names(&seen), error(&seen[0]).as_deref()), (vec!["SELECT"], Some("pool_timed_out")));
            drop(held);

            let slow = tokio::time::timeout(Duration::from_millis(50), sqlx::query($sleep).execute(&pool));
            let (result, seen) = spans(slow).await;
            assert!(result.is_err(), "given up");
            assert_eq!((seen.len(), error(&seen[0])), (1, None));
        }
    };
}

ends_of!(postgresql_s_transactions_batches_and_ends, postgres, "$1", "SELECT pg_sleep(60)");
ends_of!(mariadb_s_transactions_batches_and_ends, mariadb, "?", "SELECT SLEEP(60)");
