//! Faults of the console, of files, and of exporters of the program's own.

use std::io::{PipeReader, Write};
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};

use traced::{ConsoleExporter, ExportCall, ExportError, FileExporter, SpanBatch, SpanExporter};

use crate::row::Outcome::{self, Delivered, Held, Refused, TwoRefused};
use crate::row::{Fault, Seen};

type Build = Box<dyn Fn() -> Box<dyn SpanExporter>>;

struct Other {
    exporter: &'static str,
    name: &'static str,
    outcome: Outcome,
    /// How many spans each batch had, where that is seen.
    batches: Arc<Mutex<Vec<Option<usize>>>>,
    build: Build,
    begin: Box<dyn Fn()>,
    /// Ends the fault, if that can be.
    end: Box<dyn Fn() -> bool>,
}

fn row<E: SpanExporter>(
    (exporter, name): (&'static str, &'static str),
    outcome: Outcome,
    build: impl Fn() -> E + 'static,
) -> Other {
    let build = move || -> Box<dyn SpanExporter> { Box::new(build()) };
    let (begin, end) = (Box::new(|| ()), Box::new(|| false));
    Other { exporter, name, outcome, batches: Arc::default(), build: Box::new(build), begin, end }
}

impl Fault for Other {
    fn exporter(&self) -> &'static str {
        self.exporter
    }

    fn name(&self) -> &str {
        self.name
    }

    fn outcome(&self) -> Outcome {
        self.outcome
    }

    fn build(&self) -> Box<dyn SpanExporter> {
        (self.build)()
    }

    fn begin(&self) {
        (self.begin)();
    }

    fn end(&self) -> bool {
        (self.end)()
    }

    fn requests(&self) -> Vec<Option<usize>> {
        self.batches.lock().unwrap().clone()
    }
}

/// An exporter of the program's own, which does what a function says.
struct Yours<F>(F);

impl<F: FnMut(usize) -> Result<(), ExportError> + Send + 'static> SpanExporter for Yours<F> {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        (self.0)(batch.len())
    }

    fn name(&self) -> &str {
        "yours"
    }
}

fn yours() -> Vec<Other> {
    let says = |name, outcome, error: fn() -> ExportError| {
        row(("your own", name), outcome, move || Yours(move |_| Err(error())))
    };
    let gate = Arc::new((Mutex::new(false), Condvar::new()));
    let (waits, begins, ends) = (Arc::clone(&gate), Arc::clone(&gate), gate);
    let hanging = row(("your own", "hangs"), Held, move || {
        let gate = Arc::clone(&waits);
        Yours(move |_| {
            let _open = gate.1.wait_while(gate.0.lock().unwrap(), |is_open| !*is_open).unwrap();
            Ok(())
        })
    });
    let hanging = Other {
        begin: Box::new(move || *begins.0.lock().unwrap() = false),
        end: Box::new(move || {
            *ends.0.lock().unwrap() = true;
            ends.1.notify_all();
            true
        }),
        ..hanging
    };
    vec![
        row(("your own", "panics"), Refused, || Yours(|_| panic!("on purpose"))),
        hanging,
        says("says `later`", Held, || ExportError::later("the broker is asleep")),
        says("says `new`", Refused, || ExportError::new("the broker is gone")),
        says("says `rejected`, two", TwoRefused, || ExportError::rejected(2, "two are too old")),
        too_large_once(),
    ]
}

fn too_large_once() -> Other {
    let batches = Arc::<Mutex<Vec<_>>>::default();
    let seen = Arc::clone(&batches);
    let row = row(("your own", "says `too_large` once"), Delivered, move || {
        let (seen, mut is_first) = (Arc::clone(&seen), true);
        Yours(move |spans| {
            seen.lock().unwrap().push(Some(spans));
            if std::mem::take(&mut is_first) { Err(ExportError::too_large("too large")) } else { Ok(()) }
        })
    });
    Other { batches, ..row }
}

/// A pipe with as much in it as fits. What is to be written is the exporter's, the other end is kept.
fn full_pipe(kept: &Mutex<Vec<PipeReader>>) -> impl Write + Send + use<> {
    let (reader, mut writer) = std::io::pipe().unwrap();
    // What a pipe takes on Linux; a write of more would wait for ever.
    writer.write_all(&[b' '; 64 << 10]).unwrap();
    kept.lock().unwrap().push(reader);
    writer
}

fn closed_pipe() -> impl Write + Send {
    std::io::pipe().unwrap().1
}

fn full_disk() -> std::fs::File {
    std::fs::File::options().write(true).open("/dev/full").unwrap()
}

/// A pipe that nobody reads until the fault is over.
fn unread(exporter: &'static str, build: impl Fn(Box<dyn Write + Send>) -> Box<dyn SpanExporter> + 'static) -> Other {
    let kept = Arc::new(Mutex::new(Vec::new()));
    let pipes = Arc::clone(&kept);
    let row = row((exporter, "a pipe that nobody reads"), Held, move || build(Box::new(full_pipe(&pipes))));
    let end = move || {
        for mut reader in kept.lock().unwrap().drain(..) {
            std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
        }
        true
    };
    Other { end: Box::new(end), ..row }
}

#[cfg(target_os = "linux")]
fn outputs() -> Vec<Other> {
    let path = std::env::temp_dir().join(format!("traced-reliability-{}.jsonl", std::process::id()));
    let (begins, ends) = (path.clone(), path.clone());
    let moved = row(("file", "it was moved away"), Delivered, move || FileExporter::append(&path).unwrap());
    let moved = Other {
        begin: Box::new(move || std::fs::rename(&begins, begins.with_extension("old")).unwrap()),
        end: Box::new(move || {
            let written = std::fs::read_to_string(&ends).unwrap();
            assert!(written.lines().count() >= 1, "{written}");
            true
        }),
        ..moved
    };
    assert!(Path::new("/dev/full").exists());
    vec![
        row(("console", "nobody reads the pipe any more"), Refused, || ConsoleExporter::writer(closed_pipe())),
        row(("console", "the disk is full"), Refused, || ConsoleExporter::writer(full_disk())),
        unread("console", |output| Box::new(ConsoleExporter::writer(output))),
        row(("file", "the disk is full"), Refused, || FileExporter::append("/dev/full").unwrap()),
        row(("file", "nobody reads the pipe any more"), Refused, || FileExporter::writer(closed_pipe())),
        unread("file", |output| Box::new(FileExporter::writer(output))),
        moved,
    ]
}

pub(crate) fn rows() -> Vec<Seen> {
    let mut rows = yours();
    rows.extend(outputs());
    rows.iter().map(|fault| Seen::of(fault)).collect()
}
