//! The cases with an attribute that returns every item unchanged.

use traced_macros::traced;

#[path = "cases.rs"]
pub(crate) mod cases;
