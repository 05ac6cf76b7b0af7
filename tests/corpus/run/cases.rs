//! Every case; compiled twice, once with each meaning of `#[traced]`.
#![allow(clippy::needless_pass_by_value, reason = "where arguments are dropped is what is tested")]
#![allow(clippy::manual_async_fn, reason = "functions of every form are what is tested")]

use super::traced;
use crate::log::Case;

macro_rules! cases {
    ($($name:ident => $run:expr;)*) => {
        /// The cases of this module.
        pub(crate) fn all() -> Vec<crate::log::Case> {
            vec![$(crate::log::Case { name: stringify!($name), run: || format!("{:?}", $run) }),*]
        }
    };
}

#[path = "cases/boxed.rs"]
mod boxed;
#[path = "cases/futures.rs"]
mod futures;
#[path = "cases/methods.rs"]
mod methods;
#[path = "cases/sizes.rs"]
pub(crate) mod sizes;
#[path = "cases/streams.rs"]
mod streams;
#[path = "cases/sync.rs"]
mod sync;

/// All of them.
pub(crate) fn all() -> Vec<Case> {
    [sync::all(), futures::all(), boxed::all(), streams::all(), methods::all()].concat()
}
