//! `orders`: keeps the orders in a database, has them paid, and says how they ended.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use traced::traced;

use crate::database::Database;
use crate::error::ServiceError;
use crate::http::{self, Peer};
use crate::model::{Authorization, Cart, Charge, OrderClosed, OrderStatus, Receipt};
use crate::queue::Queue;
use crate::role::Role;
use crate::stock::Stock;

#[derive(Clone)]
struct Orders {
    stock: Stock,
    database: Database,
    payments: Peer,
    queue: Queue,
}

pub(crate) async fn run() -> anyhow::Result<()> {
    let orders = Orders {
        stock: Stock::open().await?,
        database: Database::open().await?,
        payments: Peer::from_environment(Role::Payments)?,
        queue: Queue::open().await?,
    };
    let router = Router::new().route("/orders", post(create_order)).with_state(orders);
    http::serve(router, traced_tower::server()).await
}

async fn create_order(State(orders): State<Orders>, Json(cart): Json<Cart>) -> Result<Json<Receipt>, ServiceError> {
    orders.create(cart).await.map(Json)
}

impl Orders {
    #[traced("orders.create")]
    async fn create(&self, cart: Cart) -> Result<Receipt, ServiceError> {
        let left = self.stock.take_one().await?;
        let order_id = self.database.insert_order(&cart).await?;
        traced::attrs!(order.id = order_id, stock.left = left);
        tracing::info!(order.id = order_id, "order received");
        let charge = Charge { order_id, amount_cents: cart.amount_cents, card: cart.card };
        let payment = self.payments.post::<_, Authorization>("/charges", &charge).await;
        let status = if payment.is_ok() { OrderStatus::Paid } else { OrderStatus::Declined };
        self.database.set_status(order_id, status).await?;
        traced::event!("order.closed", status = status.as_str());
        self.queue.send(&OrderClosed { order_id, status }).await?;
        Ok(Receipt { order_id, authorization: payment?.code })
    }
}
