//! Names that the compiler does not find.

#[shape(name = MISSING)]
pub fn constant(value: u32) -> u32 {
    value
}

#[shape("GET {missing}")]
pub fn capture(value: u32) -> u32 {
    value
}

#[shape(attrs(twice = missing * 2))]
pub async fn expression(value: u32) -> u32 {
    value
}
