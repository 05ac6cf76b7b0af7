//! `gateway`: what customers talk to.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::post;
use axum::{Json, Router};
use traced::traced;

use crate::error::ServiceError;
use crate::http::{self, Peer};
use crate::model::{Cart, Receipt};
use crate::role::Role;

pub(crate) async fn run() -> anyhow::Result<()> {
    let orders = Peer::from_environment(Role::Orders)?;
    http::serve(Router::new().route("/checkout", post(checkout)).with_state(orders)).await
}

#[traced(
    "POST /checkout",
    kind = server,
    // Anybody can call the gateway: a trace of theirs is linked to, not joined.
    parent = traced::propagation::extract_public(&headers),
    attrs(http.request.method = "POST", http.route = "/checkout"),
)]
async fn checkout(State(orders): State<Peer>, headers: HeaderMap, Json(cart): Json<Cart>) -> Response {
    let mut response = http::respond(place_order(&orders, &cart).await);
    http::tell_trace_id(&mut response);
    response
}

#[traced(attrs(cart.item = cart.item, cart.amount_cents = cart.amount_cents))]
async fn place_order(orders: &Peer, cart: &Cart) -> Result<Receipt, ServiceError> {
    validate(cart)?;
    orders.post("/orders", cart).await
}

#[traced]
fn validate(cart: &Cart) -> Result<(), ServiceError> {
    if cart.amount_cents <= 0 {
        return Err(ServiceError::Invalid(format!("the amount of {} is not a price", cart.amount_cents)));
    }
    Ok(())
}
