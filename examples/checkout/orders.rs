//! `orders`: keeps the orders in SQLite, has them paid, and says how they ended.

use std::collections::HashMap;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use traced::traced;

use crate::database::Database;
use crate::error::ServiceError;
use crate::http::{self, Peer};
use crate::model::{Authorization, Cart, Charge, Message, OrderStatus, Receipt};
use crate::role::{self, Role};

#[derive(Clone)]
struct Orders {
    database: Database,
    payments: Peer,
    notifications: Peer,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let orders = Orders {
        database: Database::open(role::setting(role::DATABASE)?.as_ref())?,
        payments: Peer::from_environment(Role::Payments)?,
        notifications: Peer::from_environment(Role::Notifications)?,
    };
    http::serve(Router::new().route("/orders", post(create_order)).with_state(orders)).await
}

#[traced(
    "POST /orders",
    kind = server,
    parent = traced::propagation::extract(&headers),
    attrs(http.request.method = "POST", http.route = "/orders"),
)]
async fn create_order(State(orders): State<Orders>, headers: HeaderMap, Json(cart): Json<Cart>) -> Response {
    http::respond(orders.create(cart).await)
}

impl Orders {
    #[traced("orders.create")]
    async fn create(&self, cart: Cart) -> Result<Receipt, ServiceError> {
        let order_id = self.database.insert_order(cart.clone()).await?;
        traced::attrs!(order.id = order_id);
        let charge = Charge { order_id, amount_cents: cart.amount_cents, card: cart.card };
        let payment = self.payments.post::<_, Authorization>("/charges", &charge).await;
        let status = if payment.is_ok() { OrderStatus::Paid } else { OrderStatus::Declined };
        self.database.set_status(order_id, status).await?;
        traced::event!("order.closed", status = status.as_str());
        self.publish(order_id, status).await?;
        Ok(Receipt { order_id, authorization: payment?.code })
    }

    /// Puts a message on the queue. Its body carries the context: a broker passes on no request headers.
    #[traced(
        "send order-events",
        kind = producer,
        attrs(messaging.destination.name = "order-events", messaging.operation.type = "send"),
    )]
    async fn publish(&self, order_id: i64, status: OrderStatus) -> Result<(), ServiceError> {
        let mut message = Message { context: HashMap::new(), order_id, status };
        traced::propagation::inject(&mut message.context);
        self.notifications.enqueue(&message).await
    }
}
