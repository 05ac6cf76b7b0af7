//! What sqlx's errors mean for a span.

use sqlx::Error;
use traced_conventions::db::Failure;

/// `None` for what is no error of the database: a row that is not there.
pub(crate) fn failure(error: &Error) -> Option<Failure> {
    let word = match error {
        Error::RowNotFound => return None,
        Error::Database(error) => match code(&**error) {
            Some(code) => return Some(Failure::Code(code.into())),
            None => "database",
        },
        Error::PoolTimedOut => "pool_timed_out",
        Error::PoolClosed => "pool_closed",
        Error::Io(error) if error.kind() == std::io::ErrorKind::TimedOut => "timeout",
        Error::Io(_) => "io",
        Error::Tls(_) => "tls",
        Error::Protocol(_) => "protocol",
        Error::Encode(_) | Error::InvalidArgument(_) => "encode",
        Error::Decode(_)
        | Error::ColumnDecode { .. }
        | Error::ColumnIndexOutOfBounds { .. }
        | Error::ColumnNotFound(_) => "decode",
        Error::TypeNotFound { .. } => "type_not_found",
        Error::Configuration(_) => "configuration",
        Error::WorkerCrashed => "worker_crashed",
        _ => "_OTHER",
    };
    Some(Failure::Word(word))
}

/// SQLSTATE of PostgreSQL, the result code of SQLite, the number of MySQL and MariaDB.
fn code(error: &dyn sqlx::error::DatabaseError) -> Option<String> {
    #[cfg(feature = "mysql")]
    if let Some(error) = error.try_downcast_ref::<sqlx::mysql::MySqlDatabaseError>() {
        return Some(error.number().to_string());
    }
    error.code().map(std::borrow::Cow::into_owned)
}
