//! Row 71: more than 32 parameters.
#![allow(clippy::too_many_arguments)]

/// Many.
#[shape]
pub fn many(
    p0: &str, p1: u32, p2: u32, p3: &str, p4: u32, p5: u32, p6: &str, p7: u32, p8: u32, p9: &str, p10: u32,
    p11: u32, p12: &str, p13: u32, p14: u32, p15: &str, p16: u32, p17: u32, p18: &str, p19: u32, p20: u32,
    p21: &str, p22: u32, p23: u32, p24: &str, p25: u32, p26: u32, p27: &str, p28: u32, p29: u32, p30: &str,
    p31: u32, p32: u32, p33: &str, p34: u32, p35: u32,
) -> u32 {
    p0.len() as u32 + p1 + p2 + p3.len() as u32 + p4 + p5 + p6.len() as u32 + p7 + p8 + p9.len() as u32 + p10
    + p11 + p12.len() as u32 + p13 + p14 + p15.len() as u32 + p16 + p17 + p18.len() as u32 + p19 + p20 +
    p21.len() as u32 + p22 + p23 + p24.len() as u32 + p25 + p26 + p27.len() as u32 + p28 + p29 + p30.len() as
    u32 + p31 + p32 + p33.len() as u32 + p34 + p35
}

/// Many, moved, async, with an outcome.
#[shape]
pub async fn many_later(
    p0: String,
    p1: u64,
    p2: String,
    p3: u64,
    p4: String,
    p5: u64,
    p6: String,
    p7: u64,
    p8: String,
    p9: u64,
    p10: String,
    p11: u64,
    p12: String,
    p13: u64,
    p14: String,
    p15: u64,
    p16: String,
    p17: u64,
    p18: String,
    p19: u64,
    p20: String,
    p21: u64,
    p22: String,
    p23: u64,
    p24: String,
    p25: u64,
    p26: String,
    p27: u64,
    p28: String,
    p29: u64,
    p30: String,
    p31: u64,
    p32: String,
    p33: u64,
    p34: String,
    p35: u64,
) -> Result<u64, String> {
    core::future::ready(()).await;
    Ok(
        p0.len() as u64 + p1 + p2.len() as u64 + p3 + p4.len() as u64 + p5 + p6.len() as u64 + p7 + p8.len()
        as u64 + p9 + p10.len() as u64 + p11 + p12.len() as u64 + p13 + p14.len() as u64 + p15 + p16.len() as
        u64 + p17 + p18.len() as u64 + p19 + p20.len() as u64 + p21 + p22.len() as u64 + p23 + p24.len() as
        u64 + p25 + p26.len() as u64 + p27 + p28.len() as u64 + p29 + p30.len() as u64 + p31 + p32.len() as
        u64 + p33 + p34.len() as u64 + p35,
    )
}
