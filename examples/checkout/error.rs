//! How a request can fail, and what the caller is told.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};

use crate::role::Role;

#[derive(Debug, thiserror::Error)]
pub(crate) enum ServiceError {
    #[error("{0}")]
    Invalid(String),
    #[error("{0}")]
    Declined(String),
    #[error("the bank did not answer after {attempts} attempts")]
    BankUnavailable { attempts: u32 },
    #[error("{role} cannot be reached")]
    Unreachable { role: Role, source: reqwest_middleware::Error },
    #[error("{role} answered {status}: {message}")]
    Upstream { role: Role, status: StatusCode, message: String },
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
    #[error("the stock cannot be counted")]
    Stock(#[from] redis::RedisError),
    #[error("the message cannot be sent")]
    Queue(#[from] async_nats::PublishError),
    #[error("the message cannot be written")]
    Message(#[from] serde_json::Error),
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Problem {
    pub(crate) error: String,
}

impl ServiceError {
    /// The HTTP status that tells a caller about this error.
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Declined(_) => StatusCode::PAYMENT_REQUIRED,
            Self::BankUnavailable { .. } => StatusCode::GATEWAY_TIMEOUT,
            Self::Unreachable { .. } | Self::Upstream { .. } => StatusCode::BAD_GATEWAY,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error that an unsuccessful answer stands for.
    pub(crate) fn from_answer(role: Role, status: StatusCode, problem: Option<Problem>) -> Self {
        let message = problem.map_or_else(|| "no reason given".to_owned(), |problem| problem.error);
        match status {
            StatusCode::PAYMENT_REQUIRED => Self::Declined(message),
            StatusCode::UNPROCESSABLE_ENTITY => Self::Invalid(message),
            _ => Self::Upstream { role, status, message },
        }
    }
}

impl IntoResponse for ServiceError {
    fn into_response(self) -> Response {
        (self.status(), Json(Problem { error: self.to_string() })).into_response()
    }
}
