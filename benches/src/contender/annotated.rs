//! `traced`, with its default pipeline and an exporter that stitches and counts.

use super::{Contender, SetUp};
use crate::ours;

/// See the module.
#[derive(Debug)]
pub struct Traced;

impl Contender for Traced {
    const NAME: &'static str = "traced";
    const RECORDS: bool = true;

    fn set_up(how: SetUp) {
        if how != SetUp::Nothing {
            ours::install(how == SetUp::Recording);
        }
    }

    fn flush() {
        ours::flush();
    }

    fn root() {
        ours::root();
    }

    fn children() {
        ours::children();
    }

    fn attributes() {
        ours::attributes();
    }

    fn nested() {
        ours::nested();
    }

    fn awaiting() {
        ours::awaiting();
    }

    fn failing() {
        ours::failing();
    }

    fn event() {
        ours::event();
    }

    async fn task() {
        ours::task().await;
    }
}
