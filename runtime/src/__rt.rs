//! What expansions of `#[traced]` call. Not public API: only the macro crate of the same version may name it.

pub use crate::local::current::{EventAttributes, event, is_recording, set, set_format};
pub use crate::local::enter::{Entered, enter, enter_with};
pub use crate::local::frame::Cancel;
pub use crate::local::pending::{Pending, Polling, start, start_with};
pub use crate::local::start::{Root, SampleHint, Start, StartOptions};
pub use crate::outcome::Outcome;
pub use crate::site::{Literal, Location, Site};
