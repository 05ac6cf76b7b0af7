//! Row 51: the user's macros have the names of std's.
#![allow(unused_macros)]

macro_rules! format_args { ($($t:tt)*) => { compile_error!("not mine") }; }
macro_rules! concat { ($($t:tt)*) => { compile_error!("not mine") }; }
macro_rules! module_path { ($($t:tt)*) => { compile_error!("not mine") }; }
macro_rules! stringify { ($($t:tt)*) => { compile_error!("not mine") }; }
macro_rules! file { ($($t:tt)*) => { compile_error!("not mine") }; }
macro_rules! line { ($($t:tt)*) => { compile_error!("not mine") }; }
macro_rules! env { ($($t:tt)*) => { compile_error!("not mine") }; }
macro_rules! unreachable { ($($t:tt)*) => { compile_error!("not mine") }; }
macro_rules! matches { ($($t:tt)*) => { compile_error!("not mine") }; }
macro_rules! panic { ($($t:tt)*) => { compile_error!("not mine") }; }

/// Nothing special.
#[shape]
pub fn plain(value: u32) -> u32 {
    value + 1
}

/// An outcome.
#[shape]
pub fn result(value: u32) -> Result<u32, String> {
    if value == 0 { Err(String::new()) } else { Ok(value) }
}

/// Async.
#[shape]
pub async fn later(value: u32) -> Result<u32, String> {
    core::future::ready(()).await;
    result(value)
}

/// A future.
#[shape]
pub fn future(value: u32) -> impl core::future::Future<Output = u32> {
    async move { value }
}
