//! Products.

use crate::sql::Dialect;

/// A database product: its `db.system.name` and what follows from it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct System {
    name: &'static str,
    default_port: Option<u16>,
    dialect: Dialect,
    is_embedded: bool,
}

/// PostgreSQL.
pub const POSTGRESQL: System = System::new("postgresql", 5432, Dialect::PostgreSql);
/// MySQL.
pub const MYSQL: System = System::new("mysql", 3306, Dialect::MySql);
/// MariaDB.
pub const MARIADB: System = System::new("mariadb", 3306, Dialect::MySql);
/// Microsoft SQL Server.
pub const SQL_SERVER: System = System::new("microsoft.sql_server", 1433, Dialect::SqlServer);
/// Redis.
pub const REDIS: System = System::new("redis", 6379, Dialect::Standard);
/// SQLite: in the process, so its spans are internal ones.
pub const SQLITE: System =
    System { default_port: None, is_embedded: true, ..System::new("sqlite", 0, Dialect::Sqlite) };
/// A database with SQL whose product is not known.
pub const OTHER_SQL: System = System { default_port: None, ..System::new("other_sql", 0, Dialect::Standard) };

impl System {
    const fn new(name: &'static str, default_port: u16, dialect: Dialect) -> Self {
        Self { name, default_port: Some(default_port), dialect, is_embedded: false }
    }

    /// Another product, by the name that the conventions give it, as `clickhouse`.
    ///
    /// ```
    /// use traced_conventions::{db::System, sql::Dialect};
    /// const CLICKHOUSE: System = System::other("clickhouse", Some(9000), Dialect::Standard);
    /// assert_eq!(CLICKHOUSE.name(), "clickhouse");
    /// ```
    #[must_use]
    pub const fn other(name: &'static str, default_port: Option<u16>, dialect: Dialect) -> Self {
        Self { name, default_port, dialect, is_embedded: false }
    }

    /// The `db.system.name`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.name
    }

    /// The port that its servers usually have, which spans leave out.
    #[must_use]
    pub const fn default_port(self) -> Option<u16> {
        self.default_port
    }

    /// How it writes SQL.
    #[must_use]
    pub const fn dialect(self) -> Dialect {
        self.dialect
    }

    /// Whether it runs in the program's own process.
    #[must_use]
    pub const fn is_embedded(self) -> bool {
        self.is_embedded
    }

    /// The usual port of a product that is known by its name alone.
    #[cfg(feature = "testing")]
    pub(crate) fn default_port_of(name: &str) -> Option<u16> {
        [POSTGRESQL, MYSQL, MARIADB, SQL_SERVER, REDIS].into_iter().find(|one| one.name == name)?.default_port
    }
}
