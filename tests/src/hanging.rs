//! An exporter whose export lasts until it is told to end.

use std::sync::mpsc::{Receiver, Sender, channel};

use traced::{ExportCall, ExportError, SpanBatch, SpanExporter};

/// Says that an export has begun, and ends it when it is told to, or when nobody can tell it any more.
#[derive(Debug)]
pub struct Hanging {
    has_begun: Sender<()>,
    go_on: Receiver<()>,
}

/// The exporter, what says that an export has begun, and what ends one; all of them, when it is dropped.
#[must_use]
pub fn hanging() -> (Hanging, Receiver<()>, Sender<()>) {
    let (has_begun, begun) = channel();
    let (let_go, go_on) = channel();
    (Hanging { has_begun, go_on }, begun, let_go)
}

impl SpanExporter for Hanging {
    fn export(&mut self, _batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let _ = self.has_begun.send(());
        let _ = self.go_on.recv();
        Ok(())
    }

    fn name(&self) -> &str {
        "hanging"
    }
}
