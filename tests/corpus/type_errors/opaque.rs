//! Opaque results of different types.

/// Two types.
#[shape]
pub fn two(flag: bool) -> impl core::fmt::Display {
    if flag {
        return 1;
    }
    "text"
}

/// Not what it says.
#[shape]
pub fn unbound() -> impl core::fmt::Display {
    Vec::<u32>::new()
}

/// Not what it says, async.
#[shape]
pub async fn unbound_later() -> impl Iterator<Item = u32> {
    1
}
