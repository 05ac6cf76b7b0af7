//! Writes spans to a file as OTLP in JSON, a request a line.
//!
//! Follows the OTLP File Exporter specification (its status is Development) and the JSON encoding of the OTLP
//! specification.

use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;

use crate::export::{ExportCall, ExportError, SpanBatch, SpanExporter, otlp_json};

/// Appends spans to a file as JSON lines, which the OpenTelemetry Collector and other tools read.
///
/// Each batch is one line with one `TracesData` object; the usual extension is `.jsonl`. The file is not rotated.
///
/// ```
/// use traced::{FileExporter, Span};
///
/// # let path = std::env::temp_dir().join("traced-file-exporter-example.jsonl");
/// let _traced = traced::builder().exporter(FileExporter::append(&path)?).init()?;
/// Span::start("work").end();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct FileExporter {
    output: Box<dyn Write + Send>,
    /// The last write failed, so that the output may end in the middle of a line.
    is_torn: bool,
}

impl FileExporter {
    /// Appends to the file, which is made if need be.
    ///
    /// # Errors
    ///
    /// When the file cannot be opened for appending.
    pub fn append(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref();
        let open = File::options().append(true).create(true).open(path);
        open.map(Self::writer).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
    }

    /// Writes to anything, such as [`std::io::stdout()`]. Each batch is one call of `write_all`, and a flush.
    pub fn writer(output: impl Write + Send + 'static) -> Self {
        Self { output: Box::new(output), is_torn: false }
    }
}

impl SpanExporter for FileExporter {
    fn export(&mut self, batch: &SpanBatch<'_>, _call: &ExportCall<'_>) -> Result<(), ExportError> {
        let mut line = if self.is_torn { "\n".to_owned() } else { String::new() };
        line.push_str(&otlp_json::traces_data(batch.resource(), batch.spans()).to_string());
        line.push('\n');
        let written = self.output.write_all(line.as_bytes()).and_then(|()| self.output.flush());
        self.is_torn = written.is_err();
        written.map_err(|error| ExportError::new(format!("spans cannot be written: {error}")))
    }

    fn name(&self) -> &str {
        "file"
    }
}

impl fmt::Debug for FileExporter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FileExporter").finish_non_exhaustive()
    }
}
