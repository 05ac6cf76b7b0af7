//! Row 12: `-> !`.

/// Ends the process.
#[shape]
pub fn quit(code: i32) -> ! {
    std::process::exit(code)
}

/// Loops for ever.
#[shape]
pub fn spin() -> ! {
    loop {
        std::thread::yield_now();
    }
}

/// Panics with a message.
#[shape]
pub fn fail(message: &str) -> ! {
    panic!("{message}")
}

/// Chosen by an argument.
#[shape]
pub fn either(quiet: bool) -> ! {
    if quiet {
        quit(0);
    }
    fail("loud")
}
