//! What the services say to each other.

use serde::{Deserialize, Serialize};

/// What a customer sends to the gateway, and the gateway to `orders`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Cart {
    pub(crate) item: String,
    pub(crate) amount_cents: i64,
    pub(crate) card: String,
}

/// What `orders` answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Receipt {
    pub(crate) order_id: i64,
    pub(crate) authorization: String,
}

/// What `orders` asks of `payments`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Charge {
    pub(crate) order_id: i64,
    pub(crate) amount_cents: i64,
    pub(crate) card: String,
}

/// What `payments` answers.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Authorization {
    pub(crate) code: String,
    pub(crate) attempts: u32,
}

/// How an order ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum OrderStatus {
    Paid,
    Declined,
}

impl OrderStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Declined => "declined",
        }
    }
}

/// What `orders` tells `notifications`.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct OrderClosed {
    pub(crate) order_id: i64,
    pub(crate) status: OrderStatus,
}
