//! Writes spans to a file as OTLP in JSON, a request a line.
//!
//! Follows the OTLP File Exporter specification (its status is Development) and the JSON encoding of the OTLP
//! specification, as the Collector's file receiver reads them.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter, otlp_json};
use traced_core::Resource;
use traced_core::view::SpanView;

/// Lines are shorter: the Collector's file receiver cuts at 1 MiB.
const MAX_LINE: usize = (1 << 20) - 1;
/// How many spans are written as one line at first; about half of what fits.
const SPANS_IN_LINE: usize = 1_000;

/// Appends spans to a file as JSON lines, which the OpenTelemetry Collector and other tools read.
///
/// Each line is one `TracesData` object of less than 1 MiB; the usual extension is `.jsonl`. When the file was moved or
/// removed, a new one is begun. It grows without end unless it is [rotated](Self::rotate).
///
/// ```
/// use traced::{FileExporter, Span};
///
/// # let path = std::env::temp_dir().join("traced-file-exporter-example.jsonl");
/// let file = FileExporter::append(&path)?.rotate(100 << 20, 3);
/// let _traced = traced::builder().exporter(file).init()?;
/// Span::start("work").end();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileExporter {
    output: Output,
    /// The last write failed, so that the output may end in the middle of a line.
    is_torn: bool,
}

enum Output {
    File(AppendedFile),
    Other(Box<dyn Write + Send>),
}

/// A file at a path, which others may move away.
struct AppendedFile {
    path: PathBuf,
    file: File,
    /// How large it may become, and how many older ones are kept.
    rotation: Option<(u64, usize)>,
}

impl FileExporter {
    /// Appends to the file, which is made if need be.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened for appending.
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let named = |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        let file = open(path).map_err(named)?;
        let file = AppendedFile { path: path.to_owned(), file, rotation: None };
        Ok(Self { output: Output::File(file), is_torn: false })
    }

    /// Writes to anything, such as [`std::io::stdout()`]. Each batch is one call of `write_all`, and a flush.
    pub fn writer(output: impl Write + Send + 'static) -> Self {
        Self { output: Output::Other(Box::new(output)), is_torn: false }
    }

    /// Begins a new file before this one has more than `bytes`, unless a single batch has. `kept` older ones stay beside
    /// it, with `.1` (the youngest), `.2` and so on after the name. Does nothing for a [`writer`](Self::writer).
    #[must_use]
    pub fn rotate(mut self, bytes: u64, kept: usize) -> Self {
        if let Output::File(file) = &mut self.output {
            file.rotation = Some((bytes, kept));
        }
        self
    }
}

fn open(path: &Path) -> io::Result<File> {
    File::options().append(true).create(true).open(path)
}

impl AppendedFile {
    /// The file to write so many bytes to. Second, whether it is a new one.
    fn ready(&mut self, bytes: usize) -> io::Result<(&mut File, bool)> {
        let length = self.file.metadata()?.len();
        let is_full = self.rotation.is_some_and(|(most, _)| length > 0 && length + bytes as u64 > most);
        let is_new = is_full || self.was_moved();
        if is_full {
            self.move_away();
        }
        if is_new {
            self.file = open(&self.path)?;
        }
        Ok((&mut self.file, is_new))
    }

    /// Moves the file away, and older ones further. What cannot be moved is appended to.
    fn move_away(&self) {
        let Some((_, kept)) = self.rotation else { return };
        let older = |number: usize| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        for number in (1..kept).rev() {
            // There need not be so many yet.
            let _ = fs::rename(older(number), older(number + 1));
        }
        let _ = if kept == 0 { fs::remove_file(&self.path) } else { fs::rename(&self.path, older(1)) };
    }

    /// Whether something else, or nothing, is at the path.
    #[cfg(unix)]
    fn was_moved(&self) -> bool {
        use std::os::unix::fs::MetadataExt as _;

        let id = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        self.path.metadata().map(id).ok() != self.file.metadata().map(id).ok()
    }

    #[cfg(not(unix))]
    fn was_moved(&self) -> bool {
        !self.path.exists()
    }
}

/// Appends the spans as lines that are short enough, as far as single spans are.
fn write_lines(resource: &Resource, spans: &[SpanView<'_>], lines: &mut String) {
    let start = lines.len();
    lines.push_str(&otlp_json::traces_data(resource, spans.iter().copied()));
    lines.push('\n');
    if lines.len() - start > MAX_LINE && spans.len() > 1 {
        lines.truncate(start);
        let (first, rest) = spans.split_at(spans.len() / 2);
        write_lines(resource, first, lines);
        write_lines(resource, rest, lines);
    }
}

impl SpanExporter for FileExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let mut lines = String::new();
        let spans: Vec<_> = batch.spans().collect();
        spans.chunks(SPANS_IN_LINE).for_each(|spans| write_lines(batch.resource(), spans, &mut lines));
        let written = self.write(&lines);
        self.is_torn = written.is_err();
        written.map_err(|error| ExportError::new(format!("spans cannot be written: {error}")))
    }

    fn name(&self) -> &str {
        "file"
    }
}

impl FileExporter {
    /// In one call, so that lines of several processes do not mix.
    fn write(&mut self, lines: &str) -> io::Result<()> {
        let (output, is_new): (&mut dyn Write, bool) = match &mut self.output {
            Output::File(file) => {
                let (file, is_new) = file.ready(lines.len())?;
                (file, is_new)
            }
            Output::Other(output) => (output, false),
        };
        if self.is_torn && !is_new {
            output.write_all(format!("\n{lines}").as_bytes())?;
        } else {
            output.write_all(lines.as_bytes())?;
        }
        output.flush()
    }
}

impl fmt::Debug for FileExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileExporter").finish_non_exhaustive()
    }
}
