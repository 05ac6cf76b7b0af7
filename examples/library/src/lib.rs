//! A library that is annotated.
//!
//! It depends on `traced` without default features, and switches nothing on or off. A program that calls `traced::init`
//! records its functions as parts of its own traces; one that sets the feature `off` compiles them to what they were
//! without the attribute: `tests/off/src/bin/shop.rs` is such a program.

use traced::traced;

/// The price of so many items, in cents.
///
/// # Errors
///
/// When it is too high to be said.
#[traced("price of an order", attrs(order.items = items, order.currency = "EUR"))]
pub fn price(items: u64) -> Result<u64, PriceError> {
    let cents = items.checked_mul(250).ok_or(PriceError)?;
    traced::event!("order priced");
    Ok(cents)
}

/// A price that is too high.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PriceError;

impl std::fmt::Display for PriceError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("too high a price")
    }
}

impl std::error::Error for PriceError {}
