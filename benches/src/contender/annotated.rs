//! `traced`, with its default pipeline and an exporter that stitches and counts; also with its bridge to OpenTelemetry's
//! API installed.

use std::marker::PhantomData;

use super::{Contender, SetUp};
use crate::ours;

/// See the module.
pub type Traced = Annotated<Alone>;
/// The same with the bridge at its default level.
pub type Bridged = Annotated<WithBridge>;

/// What is installed besides.
pub trait Besides: 'static {
    /// See [`Contender::NAME`].
    const NAME: &'static str;
    /// Installs it.
    fn install();
}

/// Nothing.
#[derive(Debug)]
pub struct Alone;

impl Besides for Alone {
    const NAME: &'static str = "traced";

    fn install() {}
}

/// The bridge.
#[derive(Debug)]
pub struct WithBridge;

impl Besides for WithBridge {
    const NAME: &'static str = "traced with its bridge";

    fn install() {
        traced_opentelemetry::install(traced_opentelemetry::Attach::default());
    }
}

/// See the module.
#[derive(Debug)]
pub struct Annotated<B>(PhantomData<B>);

impl<B: Besides> Contender for Annotated<B> {
    const NAME: &'static str = B::NAME;
    const RECORDS: bool = true;

    fn set_up(how: SetUp) {
        if how != SetUp::Nothing {
            ours::install(how == SetUp::Recording);
        }
        B::install();
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
