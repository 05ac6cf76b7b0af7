//! Row 35: opaque iterators and what they capture.

/// Captures by an outlives bound.
#[shape]
pub fn outlives(values: &[u32]) -> impl Iterator<Item = u32> + '_ {
    values.iter().map(|value| value + 1)
}

/// Captures by name.
#[shape]
pub fn named<'a>(values: &'a [u32], names: &'a [String]) -> impl Iterator<Item = (&'a u32, &'a str)> {
    values.iter().zip(names.iter().map(String::as_str))
}

/// Captures precisely, here nothing.
#[shape]
pub fn nothing(values: &[u32]) -> impl Iterator<Item = u32> + use<> {
    let values = values.to_vec();
    values.into_iter()
}

/// Captures precisely, a type.
#[shape]
pub fn typed<'a, T: Clone>(values: &'a [T], times: &usize) -> impl Iterator<Item = T> + use<'a, T> {
    let times = *times;
    values.iter().cycle().take(times).cloned()
}

/// Opaque in a result.
#[shape]
pub fn result(values: &[u32]) -> Result<impl Iterator<Item = &u32>, String> {
    if values.is_empty() {
        return Err(String::from("empty"));
    }
    Ok(values.iter())
}

/// Opaque in an opaque.
#[shape]
pub fn nested(values: Vec<Vec<u32>>) -> impl Iterator<Item = impl Iterator<Item = u32>> {
    values.into_iter().map(IntoIterator::into_iter)
}

/// Debug only, used twice.
#[shape]
pub fn debug(flag: bool) -> impl core::fmt::Debug + Clone {
    if flag {
        return vec![1];
    }
    vec![2]
}
