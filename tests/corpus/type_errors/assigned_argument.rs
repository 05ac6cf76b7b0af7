//! An argument that is assigned to. A parameter that is bound again is a variable to the compiler.
//@ reworded

/// Assigned twice.
#[shape]
pub fn assigned(value: u32) -> u32 {
    value = 2;
    value
}
