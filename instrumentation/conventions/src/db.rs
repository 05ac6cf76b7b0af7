//! Spans of databases, around the future of any driver.
//!
//! ```
//! use traced_conventions::db;
//!
//! # async fn ask(client: impl AsyncFn(&str) -> Result<u64, std::io::Error>) -> Result<u64, std::io::Error> {
//! let sql = "SELECT count(*) FROM orders WHERE customer = $1";
//! let rows = db::query(db::POSTGRESQL, sql).parameterized().namespace("shop").run(client(sql)).await?;
//! # Ok(rows)
//! # }
//! ```
//!
//! The span is named by the query's summary and has its text. Text that is not [parameterized](Query::parameterized) is
//! recorded without its literals. Errors are recorded by their code or type, never by their message, since messages of
//! databases hold values.

mod statements;
mod system;

use std::borrow::Cow;
use std::sync::Arc;

use traced::instrumentation::{CallSite, Convention, Metric, Outcome, OwnedSpan, Start};
use traced::{Scope, SpanKind, Value};

use crate::SCHEMA_URL;
use crate::attribute::{
    DB_COLLECTION_NAME, DB_NAMESPACE, DB_OPERATION_BATCH_SIZE, DB_OPERATION_NAME, DB_QUERY_SUMMARY, DB_QUERY_TEXT,
    DB_RESPONSE_STATUS_CODE, DB_SYSTEM_NAME, NETWORK_PEER_ADDRESS, NETWORK_PEER_PORT, SERVER_ADDRESS, SERVER_PORT,
};
use crate::metric;
use crate::sites::Sites;

pub use system::{MARIADB, MYSQL, OTHER_SQL, POSTGRESQL, REDIS, SQL_SERVER, SQLITE, System};

const SCOPE: Scope =
    Scope::new(env!("CARGO_PKG_NAME")).with_version(env!("CARGO_PKG_VERSION")).with_schema_url(SCHEMA_URL);

static DURATION: Metric = metric::db_client_operation_duration();
const fn site(kind: SpanKind) -> CallSite {
    CallSite::new("db", SCOPE).kind(kind).convention(Convention::Database).metric(&DURATION)
}

static REMOTE: CallSite = site(SpanKind::Client);
static EMBEDDED: CallSite = site(SpanKind::Internal);

/// A call site for each summary or operation; summaries of generated names are many, so these are fewer than there may be.
static SITES: Sites = Sites::new(300);

/// Where a database is, known once for a pool or connection.
#[derive(Clone, Debug)]
pub struct Database {
    system: System,
    namespace: Option<Arc<str>>,
    address: Option<Arc<str>>,
    port: Option<u16>,
}

impl Database {
    /// Only its product is known.
    #[must_use]
    pub const fn new(system: System) -> Self {
        Self { system, namespace: None, address: None, port: None }
    }

    /// The database's name, or `{database}|{schema}`; for Redis its index.
    #[must_use]
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.into()).filter(|_| !namespace.is_empty());
        self
    }

    /// Where its server listens. The product's usual port is left out of spans.
    #[must_use]
    pub fn server(mut self, address: &str, port: Option<u16>) -> Self {
        self.address = Some(address.into()).filter(|_| !address.is_empty());
        self.port = port.filter(|port| self.address.is_some() && Some(*port) != self.system.default_port());
        self
    }

    /// Its product.
    #[must_use]
    pub const fn system(&self) -> System {
        self.system
    }

    /// Prepares the span of a query.
    pub fn query<'a>(&'a self, text: &'a str) -> Query<'a> {
        Query { database: Cow::Borrowed(self), ..query(self.system, text) }
    }

    /// Prepares the span of a command.
    pub fn operation<'a>(&'a self, name: &'a str) -> Query<'a> {
        Query { database: Cow::Borrowed(self), ..operation(self.system, name) }
    }
}

/// Prepares the span of a query in SQL.
pub fn query(system: System, text: &str) -> Query<'_> {
    Query {
        database: Cow::Owned(Database::new(system)),
        what: What::Sql { text, is_parameterized: false },
        collection: None,
        batch: None,
        peer: None,
    }
}

/// Prepares the span of a command, such as `GET`, of a database that has no queries.
pub fn operation(system: System, name: &str) -> Query<'_> {
    Query { what: What::Operation { name, text: None }, ..query(system, "") }
}

/// The span of a query before it starts; made by [`query`], [`operation`] or [`Database`].
#[derive(Clone, Debug)]
#[must_use = "the span starts by `run` or `start`"]
pub struct Query<'a> {
    database: Cow<'a, Database>,
    what: What<'a>,
    collection: Option<&'a str>,
    batch: Option<usize>,
    peer: Option<std::net::SocketAddr>,
}

#[derive(Clone, Copy, Debug)]
enum What<'a> {
    Sql { text: &'a str, is_parameterized: bool },
    Operation { name: &'a str, text: Option<&'a str> },
}

/// A span's name, the key of what is called so, and that, if there is more to it than the system.
type Said<'a> = (&'a str, &'static str, Option<&'a str>);

/// How a call to a database failed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Failure {
    /// The database refused it with this code: a SQLSTATE, the number of MySQL, the first word of Redis.
    Code(Cow<'static, str>),
    /// An error of another part than the database: `timeout`, `pool_timed_out`, `io`, `decode`, or the name of the error's type.
    Word(&'static str),
}

impl<'a> Query<'a> {
    /// The text has no values in it, only places for them: it is recorded as it is.
    pub const fn parameterized(mut self) -> Self {
        if let What::Sql { text, .. } = self.what {
            self.what = What::Sql { text, is_parameterized: true };
        }
        self
    }

    /// The text of a command, without its values: `SET key ?`.
    pub const fn text(mut self, text: &'a str) -> Self {
        if let What::Operation { name, .. } = self.what {
            self.what = What::Operation { name, text: Some(text) };
        }
        self
    }

    /// The database's name; see [`Database::namespace`].
    pub fn namespace(mut self, namespace: &str) -> Self {
        self.database = Cow::Owned(self.database.into_owned().namespace(namespace));
        self
    }

    /// Where its server listens; see [`Database::server`].
    pub fn server(mut self, address: &str, port: Option<u16>) -> Self {
        self.database = Cow::Owned(self.database.into_owned().server(address, port));
        self
    }

    /// The collection that a command is for.
    pub const fn collection(mut self, name: &'a str) -> Self {
        self.collection = Some(name);
        self
    }

    /// How many queries go out together. One is no batch.
    pub const fn batch(mut self, size: usize) -> Self {
        self.batch = if size == 1 { None } else { Some(size) };
        self
    }

    /// The other end of the connection.
    pub const fn peer(mut self, peer: std::net::SocketAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    /// Starts the span in the current context.
    pub fn start(self) -> OwnedSpan {
        let system = self.database.system;
        let any = if system.is_embedded() { &EMBEDDED } else { &REMOTE };
        if !any.is_enabled() {
            return OwnedSpan::none();
        }
        match self.what {
            What::Sql { text, is_parameterized } => {
                let statement = statements::get(system, text, is_parameterized);
                let name = statement.summary.as_deref();
                let said = (name.unwrap_or(system.name()), DB_QUERY_SUMMARY, name);
                let site = *statement.site.get_or_init(|| self.site(any, said));
                self.start_at(site.ok_or(any), said, Some(&statement.text))
            }
            What::Operation { name, text } => match self.collection {
                Some(collection) => {
                    let whole = format!("{name} {collection}");
                    let said = (&*whole, DB_OPERATION_NAME, Some(name));
                    self.start_at(self.site(any, said).ok_or(any), said, text)
                }
                None => {
                    let said = (name, DB_OPERATION_NAME, Some(name));
                    self.start_at(self.site(any, said).ok_or(any), said, text)
                }
            },
        }
    }

    /// The call site of all spans of this name, if there is room for it.
    fn site(&self, any: &'static CallSite, (name, key, value): Said<'_>) -> Option<&'static CallSite> {
        let system = self.database.system.name();
        SITES.get(name, [system, key, ""], || {
            let mut attributes = vec![(DB_SYSTEM_NAME, Value::from(system))];
            attributes.extend(value.map(|value| (key, Value::from(value.to_owned()))));
            any.leak(name, &attributes)
        })
    }

    /// Starts the span at its own call site, or at that of all, where it has to say more.
    fn start_at(
        &self,
        site: Result<&'static CallSite, &'static CallSite>,
        (name, key, value): Said<'_>,
        text: Option<&str>,
    ) -> OwnedSpan {
        let system = self.database.system.name();
        let (Ok(start_at) | Err(start_at)) = site;
        let mut span = start_at.start(|start| {
            if site.is_err() {
                start.name(format_args!("{name}"));
                start.attribute(DB_SYSTEM_NAME, system);
                start.attribute(key, &value);
            }
            start.attribute(DB_QUERY_TEXT, &text.filter(|text| !text.is_empty()));
            self.attributes(start);
        });
        if span.is_measured() {
            if site.is_err() {
                span.label(DB_SYSTEM_NAME, system);
                span.label(key, &value);
            }
            self.label(&mut span);
        }
        span
    }

    fn label(&self, span: &mut OwnedSpan) {
        let database = &*self.database;
        span.label(DB_NAMESPACE, &database.namespace.as_deref());
        span.label(SERVER_ADDRESS, &database.address.as_deref());
        span.label(SERVER_PORT, &database.port.map(i64::from));
        span.label(DB_COLLECTION_NAME, &self.collection);
    }

    fn attributes(&self, start: &mut Start<'_>) {
        let database = &*self.database;
        start.attribute(DB_NAMESPACE, &database.namespace.as_deref());
        start.attribute(SERVER_ADDRESS, &database.address.as_deref());
        start.attribute(SERVER_PORT, &database.port.map(i64::from));
        start.attribute(DB_COLLECTION_NAME, &self.collection);
        start.attribute(DB_OPERATION_BATCH_SIZE, &self.batch.map(|size| size as i64));
        if let Some(peer) = self.peer {
            start.format(NETWORK_PEER_ADDRESS, format_args!("{}", peer.ip()));
            start.attribute(NETWORK_PEER_PORT, &i64::from(peer.port()));
        }
    }

    /// Runs a driver's future in the span, which starts when this is polled first. An error is recorded by the name of its
    /// type.
    ///
    /// # Errors
    ///
    /// Those of the future.
    pub async fn run<F, T, E>(self, future: F) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        self.run_with(future, |_| Some(Failure::Word(std::any::type_name::<E>()))).await
    }

    /// Runs the operation where it is known what an error means; `None` if it is none of the database, as a row that is not there.
    ///
    /// # Errors
    ///
    /// Those of the future.
    pub async fn run_with<F, T, E>(self, future: F, failure: impl FnOnce(&E) -> Option<Failure>) -> Result<T, E>
    where
        F: Future<Output = Result<T, E>>,
    {
        self.start().run(future, |span, result: &Result<T, E>| end(span, result.as_ref().err().and_then(failure))).await
    }
}

/// Ends the span of a call to a database.
pub fn end(mut span: OwnedSpan, failure: Option<Failure>) {
    match failure {
        None => span.end(Outcome::Success),
        Some(Failure::Word(word)) => span.end(Outcome::error(word)),
        Some(Failure::Code(code)) => {
            span.set_attribute(DB_RESPONSE_STATUS_CODE, &*code);
            span.label(DB_RESPONSE_STATUS_CODE, &*code);
            span.end(Outcome::error(&code));
        }
    }
}
