//! Spans of databases beyond a driver's double, which answers at once.

use std::cell::RefCell;

use futures_util::FutureExt;
use redis::aio::ConnectionLike;
use redis::{Cmd, Pipeline, RedisFuture, Value};
use traced_benches::ours;
use traced_conventions::db::{self, Database};

use super::contenders::Contender;

const QUERY: &str = "SELECT name FROM users WHERE id = $1";

/// A query and a command, each beyond the double alone.
pub(crate) fn all() -> Vec<Contender> {
    let base = |name, call| Contender { name, is_base: true, spans: 0, set_up: || {}, call, flush: || {} };
    let ours = |name, call| Contender {
        name,
        is_base: false,
        spans: 1,
        set_up: || ours::install(true),
        call,
        flush: ours::flush_if_installed,
    };
    vec![
        base("database's double", || run(driver())),
        ours("traced-conventions, query", || {
            with_shop(|shop| run(shop.query(QUERY).parameterized().run(driver())));
        }),
        base("redis' double", || get(&mut Double)),
        ours("traced-redis, command", || TRACED.with_borrow_mut(get)),
    ]
}

async fn driver() -> Result<u64, std::io::Error> {
    std::hint::black_box(Ok(1))
}

fn run<T>(call: impl Future<Output = T>) {
    call.now_or_never().expect("nothing waits");
}

fn with_shop(call: impl FnOnce(&Database)) {
    thread_local! {
        static SHOP: Database = Database::new(db::POSTGRESQL).namespace("shop").server("db.internal", Some(5432));
    }
    SHOP.with(call);
}

/// A connection of redis that answers at once.
struct Double;

impl ConnectionLike for Double {
    fn req_packed_command<'a>(&'a mut self, _: &'a Cmd) -> RedisFuture<'a, Value> {
        Box::pin(async { Ok(std::hint::black_box(Value::Int(1))) })
    }

    fn req_packed_commands<'a>(&'a mut self, _: &'a Pipeline, _: usize, _: usize) -> RedisFuture<'a, Vec<Value>> {
        Box::pin(async { Ok(Vec::new()) })
    }

    fn get_db(&self) -> i64 {
        0
    }
}

thread_local! {
    static TRACED: RefCell<traced_redis::Connection<Double>> =
        RefCell::new(traced_redis::Connection::new(Double).server("cache.internal", Some(6379)));
    static GET: Cmd = redis::cmd("GET").arg("user:7").clone();
}

fn get(connection: &mut impl ConnectionLike) {
    GET.with(|command| run(async { connection.req_packed_command(command).await.expect("it answers") }));
}
