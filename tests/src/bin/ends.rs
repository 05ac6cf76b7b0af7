//! A program that ends in the way its argument names. Its exporter prints the name of each span it gets.
#![forbid(unsafe_code)]
#![allow(clippy::print_stdout, reason = "the test reads the names")]

use std::time::Duration;

use traced::{ExportCall, ExportError, Span, SpanBatch, SpanExporter, traced};

struct Print;

impl SpanExporter for Print {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        batch.spans().for_each(|span| println!("span {}", span.name()));
        Ok(())
    }

    fn name(&self) -> &str {
        "print"
    }
}

#[traced]
fn work() {}

#[traced]
async fn work_async() {
    tokio::task::yield_now().await;
}

#[traced]
fn fails() -> Result<(), std::io::Error> {
    work();
    Err(std::io::Error::other("on purpose"))
}

#[traced]
fn panics() {
    work();
    panic!("on purpose");
}

fn early_return() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::builder().exporter(Print).init()?;
    fails()?;
    unreachable!("returned before");
}

fn panic_in_main() {
    let _traced = traced::builder().exporter(Print).init();
    panics();
}

/// A panic with spans of all kinds around it.
fn panic_inside() {
    #[traced]
    fn outer() {
        let by_hand = Span::start("by hand");
        let _attached = by_hand.attach();
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        let _ = std::future::Future::poll(std::pin::pin!(async_in_between()), &mut context);
    }

    #[traced]
    async fn async_in_between() {
        panics();
    }

    let _traced = traced::builder().exporter(Print).init();
    outer();
}

fn panic_on_thread() {
    let _traced = traced::builder().exporter(Print).init();
    assert!(std::thread::spawn(panics).join().is_err());
}

fn in_runtime(builder: &mut tokio::runtime::Builder) -> Result<(), Box<dyn std::error::Error>> {
    builder.enable_all().build()?.block_on(async {
        let _traced = traced::builder().exporter(Print).init()?;
        tokio::spawn(traced::Context::current().instrument(work_async())).await?;
        work_async().await;
        // Blocks the only thread of the runtime: exporting must not need it.
        traced::flush(Duration::from_secs(10))?;
        work();
        Ok(())
    })
}

/// A guard that is dropped when its thread's storage is being taken down.
fn in_thread_local() {
    thread_local! {
        static GUARD: std::cell::RefCell<Option<traced::Guard>> = const { std::cell::RefCell::new(None) };
    }
    GUARD.set(traced::builder().exporter(Print).init().ok());
    work();
}

fn exit() -> ! {
    let _traced = traced::builder().exporter(Print).init();
    work();
    let _ = traced::shutdown(Duration::from_secs(10));
    std::process::exit(0)
}

/// Spans that are never ended, and what was left behind on other threads.
fn open_spans() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::builder().exporter(Print).init()?;
    std::mem::forget(Span::start("never ended"));
    let (say, heard) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        work();
        let _ = say.send(());
        std::thread::park();
    });
    heard.recv()?;
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1).as_deref() {
        Some("early-return") => early_return(),
        Some("panic") => {
            panic_in_main();
            Ok(())
        }
        Some("panic-inside") => {
            panic_inside();
            Ok(())
        }
        Some("panic-on-thread") => {
            panic_on_thread();
            Ok(())
        }
        Some("current-thread") => in_runtime(&mut tokio::runtime::Builder::new_current_thread()),
        Some("multi-thread") => in_runtime(&mut tokio::runtime::Builder::new_multi_thread()),
        Some("thread-local") => {
            in_thread_local();
            Ok(())
        }
        Some("exit") => exit(),
        Some("open-spans") => open_spans(),
        other => Err(format!("unknown way to end: {other:?}").into()),
    }
}
