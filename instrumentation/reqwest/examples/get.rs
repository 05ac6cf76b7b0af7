//! A request, and its span in the terminal:
//!
//! ```sh
//! OTEL_TRACES_EXPORTER=console cargo run -p traced-reqwest --example get -- http://127.0.0.1:8080/
//! ```
//!
//! Without a URL it asks a port at which nobody listens.

#![allow(clippy::print_stdout, reason = "the program's output")]

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let url = std::env::args().nth(1).unwrap_or("http://127.0.0.1:1/".to_owned());
    let http = traced_reqwest::client(reqwest::Client::new());
    match http.get(url).send().await {
        Ok(answer) => println!("{}", answer.status()),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
