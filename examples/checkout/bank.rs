//! The bank: outside the system, so it is played here, by rules on the card's number.

use std::time::Duration;

use traced::traced;

use crate::error::ServiceError;
use crate::model::Charge;

/// A card that pays.
pub(crate) const GOOD_CARD: &str = "4242424242424242";
/// A card that the bank declines.
pub(crate) const EMPTY_CARD: &str = "4000000000009995";
/// A card for which the bank's first answer takes too long.
pub(crate) const SLOW_CARD: &str = "4000000000000077";

/// Asks the bank for the amount; the answer is an authorization code.
#[traced("bank.authorize", kind = client, attrs(attempt, card = redact(charge.card)))]
pub(crate) async fn authorize(charge: &Charge, attempt: u32) -> Result<String, ServiceError> {
    let first_and_slow = charge.card == SLOW_CARD && attempt == 1;
    tokio::time::sleep(Duration::from_millis(if first_and_slow { 10_000 } else { 12 })).await;
    if charge.card == EMPTY_CARD {
        return Err(ServiceError::Declined("card declined: insufficient funds".to_owned()));
    }
    Ok(format!("A{:05}-{attempt}", charge.order_id))
}
