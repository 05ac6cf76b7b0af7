//! `gateway`: what customers talk to.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use traced::traced;

use crate::error::ServiceError;
use crate::http::{self, Peer};
use crate::model::{Cart, Receipt};
use crate::role::Role;

pub(crate) async fn run() -> anyhow::Result<()> {
    let router = Router::new().route("/checkout", post(place_order)).with_state(Peer::from_environment(Role::Orders)?);
    // Anybody can call the gateway: a trace of theirs is linked to, not joined.
    http::serve(router, traced_tower::server().public_endpoint()).await
}

#[traced(attrs(cart.item = cart.item, cart.amount_cents = cart.amount_cents))]
async fn place_order(State(orders): State<Peer>, Json(cart): Json<Cart>) -> Result<Json<Receipt>, ServiceError> {
    validate(&cart)?;
    orders.post("/orders", &cart).await.map(Json)
}

#[traced]
fn validate(cart: &Cart) -> Result<(), ServiceError> {
    if cart.amount_cents <= 0 {
        return Err(ServiceError::Invalid(format!("the amount of {} is not a price", cart.amount_cents)));
    }
    Ok(())
}
