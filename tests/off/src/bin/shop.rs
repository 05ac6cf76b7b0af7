//! A program that switches off what a library of its own has annotated: one feature in its `Cargo.toml`.

use traced_example_library::price;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let _traced = traced::init()?;
    println!("{} cents, {} spans", price(3)?, traced::stats().started);
    println!("{}", price(u64::MAX).unwrap_err());
    Ok(())
}
