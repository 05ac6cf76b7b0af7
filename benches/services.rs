//! What it takes to trace a service of axum, reqwest and sqlx: lines added or changed, counted in programs that compile.
//!
//! ```text
//! cargo bench --bench services --features services
//! ```
//!
//! Each makes a server's span that goes on with the caller's trace, spans of two functions with an attribute, of which an
//! error is one, a client's span whose context goes out, a span of the query as far as there is one, OTLP export, and a
//! flush at the end.

// The services are as rustfmt leaves them at 120 columns, without empty lines.
#[path = "services/bare.rs"]
mod bare;
#[path = "services/with_contrib.rs"]
mod with_contrib;
#[path = "services/with_fastrace.rs"]
mod with_fastrace;
#[path = "services/with_traced.rs"]
mod with_traced;
#[path = "services/with_tracing.rs"]
mod with_tracing;

const BARE: &str = include_str!("services/bare.rs");

const SERVICES: [(&str, &str); 4] = [
    ("traced", include_str!("services/with_traced.rs")),
    ("tracing", include_str!("services/with_tracing.rs")),
    ("OpenTelemetry, contrib's layer", include_str!("services/with_contrib.rs")),
    ("fastrace", include_str!("services/with_fastrace.rs")),
];

fn main() {
    // They are services, and compiled; none of them is served here.
    let _ = (bare::serve, with_traced::serve, with_tracing::serve, with_contrib::serve, with_fastrace::serve);
    println!("| | lines added or changed |\n|---|--:|");
    for (name, text) in SERVICES {
        println!("| {name} | {} |", lines(text).filter(|line| !lines(BARE).any(|bare| bare == *line)).count());
    }
}

/// Those of code; a line that is there twice counts twice.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.starts_with("//!") && line.chars().any(char::is_alphanumeric))
}
