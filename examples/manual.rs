//! Spans by hand: for operations that do not begin and end with a function.
//!
//! ```text
//! cargo run --example manual
//! ```
//!
//! A connection lives longer than the function that opened it, and its span ends on another thread. A batch is caused by
//! several messages, and links to all of them.
#![allow(clippy::print_stdout, reason = "a program for the terminal")]

use std::thread::{self, JoinHandle};

use traced::{ConsoleExporter, KeyValue, Span, SpanKind, Status};

/// A connection whose span lasts as long as it does.
struct Connection {
    span: Span,
}

impl Connection {
    fn open(server: &'static str) -> Self {
        let span = Span::builder("connection").kind(SpanKind::Client).attribute("server.address", server).start();
        Self { span }
    }

    fn send(&self, text: &str) {
        // Not a span of its own: an event on the connection's.
        self.span.add_event("sent", &[KeyValue::new("size", text.len() as i64)]);
    }

    fn close(self, bytes_left: i64) {
        self.span.set_attribute("bytes.left", bytes_left);
        if bytes_left > 0 {
            self.span.set_status(Status::error("closed with unread bytes"));
        }
        // Would also end when the last handle is dropped.
        self.span.end();
    }
}

/// Closes the connection on another thread; the span goes with it.
fn close_elsewhere(connection: Connection) -> JoinHandle<()> {
    thread::spawn(move || connection.close(3))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::builder().exporter(ConsoleExporter::stdout()).init()?;

    let session = Span::start("session");
    {
        // Current on this thread until the guard is dropped: what starts meanwhile is its child.
        let _current = session.attach();
        let connection = Connection::open("db.example");
        connection.send("ping");
        close_elsewhere(connection).join().map_err(|_| "the thread panicked")?;
    }
    session.end();

    let messages = ["a", "b", "c"].map(|id| Span::builder("message").root().attribute("message.id", id).start());
    let batch = messages
        .iter()
        .fold(Span::builder("batch").root(), |batch, message| batch.link(message.span_context(), Vec::new()));
    batch.start().end();
    Ok(())
}
