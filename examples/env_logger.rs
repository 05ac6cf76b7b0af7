//! The ids of the current trace in the lines of any logger: here `env_logger`.
//!
//! ```text
//! cargo run --example env_logger
//! ```

use std::io::Write as _;

use log::{LevelFilter, info};
use traced::{ConsoleExporter, traced};

#[traced]
fn work() {
    info!("working");
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::builder().exporter(ConsoleExporter::stdout()).init()?;
    env_logger::Builder::new()
        .filter_level(LevelFilter::Info)
        .format(|out, record| {
            if let Some(ids) = traced::current_ids() {
                write!(out, "trace_id={} span_id={} ", ids.trace_id(), ids.span_id())?;
            }
            writeln!(out, "{} {}", record.level(), record.args())
        })
        .init();
    info!("outside of any trace");
    work();
    Ok(())
}
