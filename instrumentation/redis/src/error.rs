//! What answers and errors of Redis mean for a span.

use redis::{ErrorKind, RedisError, Value};
use traced_conventions::db::Failure;

/// The first failure. The server's errors come as values, in pipelines among the others, in transactions one level down.
pub(crate) fn of(result: Result<&[Value], &RedisError>) -> Option<Failure> {
    match result {
        Ok(values) => values.iter().find_map(in_value),
        Err(error) => Some(of_error(error)),
    }
}

fn in_value(value: &Value) -> Option<Failure> {
    match value {
        Value::ServerError(error) => Some(Failure::Code(error.code().to_owned().into())),
        Value::Array(values) => values.iter().find_map(|value| match value {
            Value::ServerError(error) => Some(Failure::Code(error.code().to_owned().into())),
            _ => None,
        }),
        _ => None,
    }
}

fn of_error(error: &RedisError) -> Failure {
    if let Some(code) = error.code() {
        return Failure::Code(code.to_owned().into());
    }
    Failure::Word(match error.kind() {
        _ if error.is_timeout() => "timeout",
        ErrorKind::Io if error.is_connection_refusal() || error.is_connection_dropped() => "connect",
        ErrorKind::Io => "io",
        ErrorKind::AuthenticationFailed => "authentication_failed",
        ErrorKind::Parse | ErrorKind::UnexpectedReturnType => "decode",
        _ => "_OTHER",
    })
}
