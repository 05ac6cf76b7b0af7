//! Functions that do not fit the result.

/// How many.
pub fn length(text: &String) -> usize {
    text.len()
}

#[shape(err(with = length))]
pub fn described(value: u32) -> Result<u32, Vec<u32>> {
    if value > 1 { Err(vec![value]) } else { Ok(value) }
}

#[shape(err(when = length))]
pub async fn classified(value: u32) -> Result<u32, String> {
    if value > 1 { Err(value.to_string()) } else { Ok(value) }
}

#[shape(ret("length" = length))]
pub fn returned(value: u32) -> Result<u32, String> {
    if value > 1 { Err(value.to_string()) } else { Ok(value) }
}
