//! Row 3: destructured parameters.

/// A point.
pub struct Point {
    /// Across.
    pub x: i32,
    /// Up.
    pub y: i32,
}

/// A tuple struct.
pub struct Pair(pub i32, pub i32);

/// A tuple.
#[shape]
pub fn tuple((a, b): (i32, i32)) -> i32 {
    a + b
}

/// A struct, one field renamed, and the rest left.
#[shape]
pub fn fields(Point { x, y: up }: Point) -> i32 {
    x + up
}

/// A tuple struct behind a reference.
#[shape]
pub fn tuple_struct(&Pair(a, ref b): &Pair) -> i32 {
    a + *b
}

/// An array with a rest pattern.
#[shape]
pub fn array([first, .., last]: [i32; 4]) -> i32 {
    first * last
}

/// A reference pattern.
#[shape]
pub fn reference(&value: &i32) -> i32 {
    value
}

/// Unused by name.
#[shape]
pub fn ignored(_: i32, _named: &str) -> i32 {
    7
}

/// Nested, with `mut` inside, async.
#[shape]
pub async fn nested((mut a, [b, _]): (i32, [i32; 2]), Point { x, .. }: Point) -> i32 {
    core::future::ready(()).await;
    a += b;
    a + x
}

/// A binding with a subpattern.
#[shape]
pub fn bound(whole @ (a, _): (i32, i32)) -> (i32, (i32, i32)) {
    (a, whole)
}
