//! Row 12: `-> !`.

/// Ends the process.
#[shape_without_ret]
pub fn quit(code: i32) -> ! {
    std::process::exit(code)
}

/// Loops for ever.
#[shape_without_ret]
pub fn spin() -> ! {
    loop {
        std::thread::yield_now();
    }
}

/// Panics with a message.
#[shape_without_ret]
pub fn fail(message: &str) -> ! {
    panic!("{message}")
}

/// Chosen by an argument.
#[shape_without_ret]
pub fn either(quiet: bool) -> ! {
    if quiet {
        quit(0);
    }
    fail("loud")
}
