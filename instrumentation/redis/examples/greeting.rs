//! A value in Redis, and the spans of its commands in the terminal:
//!
//! ```sh
//! OTEL_TRACES_EXPORTER=console cargo run -p traced-redis --example greeting
//! ```
//!
//! `REDIS_URL` says where Redis is, if it is not on this machine.

#![allow(clippy::print_stdout, reason = "the program's output")]

use redis::AsyncCommands;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let url = std::env::var("REDIS_URL").unwrap_or("redis://127.0.0.1:6379".to_owned());
    let Ok(connection) = redis::Client::open(url)?.get_multiplexed_async_connection().await else {
        println!("there is no Redis");
        return Ok(());
    };
    let mut redis = traced_redis::Connection::new(connection);
    let _: () = redis.set_ex("greeting", "hello", 10).await?;
    let greeting: String = redis.get("greeting").await?;
    println!("{greeting}");
    Ok(())
}
