//! The cases with an attribute that returns every item unchanged.

use traced_macros::traced_off as traced;

#[path = "cases.rs"]
pub(crate) mod cases;
