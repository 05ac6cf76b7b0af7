//! A table in memory, and its spans in the terminal:
//!
//! ```sh
//! OTEL_TRACES_EXPORTER=console cargo run -p traced-sqlx --example sqlite
//! ```

#![allow(clippy::print_stdout, reason = "the program's output")]

use sqlx::SqlitePool;
use traced::traced;

#[traced]
async fn fill(pool: &traced_sqlx::Pool<sqlx::Sqlite>) -> Result<i64, sqlx::Error> {
    sqlx::raw_sql("CREATE TABLE orders (id INTEGER PRIMARY KEY, paid BOOLEAN)").execute(pool).await?;
    let mut tx = pool.begin().await?;
    for paid in [true, false] {
        sqlx::query("INSERT INTO orders (paid) VALUES (?)").bind(paid).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    sqlx::query_scalar("SELECT count(*) FROM orders WHERE paid = ?").bind(true).fetch_one(pool).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    let pool = traced_sqlx::Pool::from(SqlitePool::connect("sqlite::memory:").await?);
    println!("{} paid", fill(&pool).await?);
    Ok(())
}
