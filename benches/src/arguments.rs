//! The command line of these programs. Cargo adds `--bench`, which says nothing here.

/// What was written after `--`.
#[derive(Debug)]
pub struct Arguments(Vec<String>);

impl Arguments {
    /// Those of this process.
    #[must_use]
    pub fn of_process() -> Self {
        Self(std::env::args().skip(1).filter(|argument| argument != "--bench").collect())
    }

    /// Whether a flag is there.
    #[must_use]
    pub fn has(&self, flag: &str) -> bool {
        self.0.iter().any(|argument| argument == flag)
    }

    /// The value that follows a flag.
    #[must_use]
    pub fn value(&self, flag: &str) -> Option<&str> {
        let place = self.0.iter().position(|argument| argument == flag)?;
        self.0.get(place + 1).map(String::as_str)
    }

    /// The number that follows a flag.
    ///
    /// # Panics
    ///
    /// When it is none.
    #[must_use]
    pub fn number(&self, flag: &str) -> Option<u64> {
        self.value(flag).map(|text| text.parse().unwrap_or_else(|_| panic!("{flag} takes a number, not {text:?}")))
    }

    /// The comma-separated words that follow a flag; none when it is absent.
    #[must_use]
    pub fn words(&self, flag: &str) -> Option<Vec<&str>> {
        self.value(flag).map(|text| text.split(',').collect())
    }
}
