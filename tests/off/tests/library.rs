//! A library that is annotated, in a program that switches it off, records nothing and compiles to nothing. That the same
//! library records elsewhere is shown by `examples/tests/first_programs.rs`.

use std::process::Command;

const SHOP: &str = env!("CARGO_BIN_EXE_shop");

#[test]
fn program_records_nothing() {
    let output = Command::new(SHOP).env("OTEL_TRACES_EXPORTER", "console").output().expect("it runs");
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "750 cents, 0 spans\ntoo high a price\n");
}

/// The call site of an annotated function has its name and its literals; those are in the program only if it is.
#[test]
fn program_has_nothing_of_the_annotations() {
    let program = std::fs::read(SHOP).expect("it was built");
    let holds = |text: &str| program.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("too high a price"), "what the function itself says");
    for text in ["price of an order", "order.items", "order.currency", "order priced"] {
        assert!(!holds(text), "{text}");
    }
}
