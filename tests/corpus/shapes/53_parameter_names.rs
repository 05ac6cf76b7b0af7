//! Row 53: parameters with names an expansion might use.
#![allow(clippy::too_many_arguments, clippy::many_single_char_names)]

/// Names of locals.
#[shape]
pub fn locals(e: u32, x: u32, err: u32, span: u32, ctx: u32, fut: u32, ret: u32, result: u32) -> Result<u32, u32> {
    if e > x {
        return Err(err);
    }
    Ok(span + ctx + fut + ret + result)
}

/// Names of locals, async.
#[shape]
pub async fn locals_later(e: u32, guard: u32, body: u32, value: u32, f: u32, t: u32, outcome: u32) -> Result<u32, u32> {
    core::future::ready(()).await;
    if e > guard {
        return Err(body);
    }
    Ok(value + f + t + outcome)
}

/// Names of options and crates.
#[shape]
pub fn options(traced: u32, tracing: u32, name: u32, target: u32, parent: u32, attrs: u32, args: u32) -> u32 {
    traced + tracing + name + target + parent + attrs + args
}

/// Names of the expansion's own.
#[shape]
pub fn own(__span: u32, __ret: u32, __site: u32, __arg0: u32) -> Result<u32, ()> {
    Ok(__span + __ret + __site + __arg0)
}

/// Names of the expansion's own, async.
#[shape]
pub async fn own_later(__span: u32, __ret: u32, __future: u32, __self: u32) -> Result<u32, ()> {
    core::future::ready(()).await;
    Ok(__span + __ret + __future + __self)
}

/// Names of the standard crates and primitive types.
#[shape]
pub fn crates(core: u32, std: u32, alloc: u32, u8: u32, bool: u32) -> u32 {
    core + std + alloc + u8 + bool
}
