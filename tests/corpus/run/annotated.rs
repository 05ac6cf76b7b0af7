//! The cases with the attribute.

use traced::traced;

#[path = "cases.rs"]
pub(crate) mod cases;
