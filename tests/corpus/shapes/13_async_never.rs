//! Row 13: `async -> !`.

/// Serves for ever.
#[shape_without_ret]
pub async fn serve(step: u32) -> ! {
    let mut total = 0_u32;
    loop {
        core::future::ready(()).await;
        total = total.wrapping_add(step);
    }
}

/// Waits for ever, then ends.
#[shape_without_ret]
pub async fn end() -> ! {
    core::future::ready(()).await;
    std::process::exit(1)
}
