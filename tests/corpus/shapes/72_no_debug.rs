//! Row 72: arguments and results without `Debug`.

/// Nothing derived.
pub struct Opaque {
    /// A number.
    pub number: u32,
}

/// Nothing derived on an argument.
#[shape]
pub fn opaque(value: Opaque, more: &Opaque) -> Opaque {
    Opaque { number: value.number + more.number }
}

/// Trait objects.
#[shape]
pub fn objects(visit: &dyn Fn(u32) -> u32, any: &dyn core::any::Any, write: &mut dyn core::fmt::Write) -> u32 {
    let _ = write.write_str("x");
    visit(u32::from(any.is::<u32>()))
}

/// Unbounded generics.
#[shape]
pub fn generic<T, U: ?Sized>(value: T, other: &U) -> (T, usize) {
    (value, core::mem::size_of_val(other))
}

/// Unbounded, async.
#[shape]
pub async fn generic_later<T>(value: T) -> Result<T, Opaque> {
    core::future::ready(()).await;
    Ok(value)
}

/// Pointers and closures.
#[shape]
pub fn pointers<F: FnOnce() -> u32>(call: F, pointer: *const u8, function: fn(u32) -> u32) -> u32 {
    function(call() + u32::from(pointer.is_null()))
}

#[shape_impl]
impl Opaque {
    /// `self` without `Debug`.
    #[shape]
    pub fn method(&self, other: &mut Self) -> &Self {
        other.number += 1;
        self
    }

    /// `self` by value.
    #[shape]
    pub async fn consumed(self) -> Result<u32, Self> {
        if self.number == 0 { Err(self) } else { Ok(self.number) }
    }
}

/// Generic over everything.
pub struct Wrapper<T: ?Sized>(pub Box<T>);

#[shape_impl]
impl<T: ?Sized> Wrapper<T> {
    /// Its content.
    #[shape]
    pub fn get(&self) -> &T {
        &self.0
    }
}
