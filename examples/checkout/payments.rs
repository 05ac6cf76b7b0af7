//! `payments`: charges cards, and asks the bank again when it is slow.

use std::time::Duration;

use axum::routing::post;
use axum::{Json, Router};
use traced::traced;

use crate::bank;
use crate::error::ServiceError;
use crate::http;
use crate::model::{Authorization, Charge};

/// How often the bank is asked.
const ATTEMPTS: u32 = 3;
/// How long one answer of the bank may take.
const PATIENCE: Duration = Duration::from_millis(100);

pub(crate) async fn run() -> anyhow::Result<()> {
    http::serve(Router::new().route("/charges", post(charge_card)), traced_tower::server()).await
}

#[traced("payments.charge", attrs(order.id = charge.order_id, charge.amount_cents = charge.amount_cents))]
async fn charge_card(Json(charge): Json<Charge>) -> Result<Json<Authorization>, ServiceError> {
    for attempt in 1..=ATTEMPTS {
        // An answer that comes too late is given up: its future is dropped.
        if let Ok(answer) = tokio::time::timeout(PATIENCE, bank::authorize(&charge, attempt)).await {
            return answer.map(|code| Json(Authorization { code, attempts: attempt }));
        }
        tracing::warn!(attempt, "the bank does not answer");
    }
    Err(ServiceError::BankUnavailable { attempts: ATTEMPTS })
}
