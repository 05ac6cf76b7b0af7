//! What the tests of other libraries' spans and events share. They stand apart from the others, since those libraries take
//! long to build.
#![forbid(unsafe_code)]

/// Who makes a span, where there are two that can.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    /// `#[traced]`.
    Traced,
    /// The other library.
    Theirs,
}

/// All orders of the two in a chain of three.
pub const ORDERS: [[Kind; 3]; 8] = orders([Kind::Traced, Kind::Theirs]);

/// All orders of some kinds in a chain of three, from the outside in.
#[must_use]
pub const fn orders<K: Copy, const KINDS: usize, const ORDERS: usize>(kinds: [K; KINDS]) -> [[K; 3]; ORDERS] {
    let mut orders = [[kinds[0]; 3]; ORDERS];
    let mut index = 0;
    while index < ORDERS {
        orders[index] = [kinds[index / (KINDS * KINDS)], kinds[index / KINDS % KINDS], kinds[index % KINDS]];
        index += 1;
    }
    orders
}
