//! OTEL_SERVICE_NAME=hello OTEL_TRACES_EXPORTER=console cargo run --example hello
use traced::{InitError, traced};

#[traced(attrs(name))]
fn greet(name: &str) -> Result<String, &'static str> {
    if name.is_empty() { Err("nobody to greet") } else { Ok(format!("Hello, {name}!")) }
}

#[traced]
fn hello() {
    let greetings = ["Ada", "Grace", ""].map(greet);
    traced::attrs!(greetings = greetings.iter().flatten().count());
}

fn main() -> Result<(), InitError> {
    let _traced = traced::init()?;
    hello();
    Ok(())
}
