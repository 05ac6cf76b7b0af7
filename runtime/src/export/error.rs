//! Why spans were not exported, and what becomes of them.

use std::fmt;
use std::time::Duration;

/// Why spans were not exported, and what becomes of them: they are lost ([`new`](Self::new),
/// [`rejected`](Self::rejected)), are exported again later ([`later`](Self::later)), or in smaller batches
/// ([`too_large`](Self::too_large)).
///
/// ```
/// use std::time::Duration;
/// use traced::ExportError;
///
/// let busy = ExportError::later("the broker is busy").after(Duration::from_secs(2));
/// assert_eq!(busy.to_string(), "the broker is busy");
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ExportError {
    reason: String,
    verdict: Verdict,
    /// What people can do, said once beside the reason.
    advice: String,
    /// What tells this trouble from others, whatever the words are.
    class: Option<String>,
    /// Spans of earlier batches, which were held back and are lost as well.
    held_back: u64,
}

/// What becomes of the spans.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Verdict {
    /// So many of them are lost, or all.
    Refused(Option<u64>),
    /// They are exported again.
    Later(Pause),
    /// They are exported in two halves.
    TooLarge,
}

/// How long a passing trouble is waited for.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Pause {
    /// What the receiver asked for.
    pub(crate) asked: Option<Duration>,
    /// People have to repair it: that takes minutes.
    pub(crate) is_long: bool,
    /// The receiver is there, and has answered.
    pub(crate) is_answer: bool,
}

impl ExportError {
    /// The whole batch is lost; `reason` says why, and what to do.
    pub fn new(reason: impl Into<String>) -> Self {
        Self::with(reason.into(), Verdict::Refused(None))
    }

    /// The receiver refused `spans` of the batch and took the rest.
    pub fn rejected(spans: u64, reason: impl Into<String>) -> Self {
        Self::with(reason.into(), Verdict::Refused(Some(spans)))
    }

    /// The trouble passes: the batch is kept, within the bound of the memory, and exported again after pauses that
    /// grow from 0.1 to 5 seconds.
    pub fn later(reason: impl Into<String>) -> Self {
        Self::with(reason.into(), Verdict::Later(Pause::default()))
    }

    /// The batch is too large for the receiver: its halves are exported instead. A single span is lost.
    pub fn too_large(reason: impl Into<String>) -> Self {
        Self::with(reason.into(), Verdict::TooLarge)
    }

    /// Says that what passes does not do so before this time, at most 5 minutes: nothing is exported until then. Changes nothing
    /// about what is lost.
    #[must_use]
    pub fn after(mut self, pause: Duration) -> Self {
        if let Verdict::Later(later) = &mut self.verdict {
            later.asked = Some(pause);
        }
        self
    }

    fn with(reason: String, verdict: Verdict) -> Self {
        Self { reason, verdict, advice: String::new(), class: None, held_back: 0 }
    }

    pub(crate) const fn verdict(&self) -> Verdict {
        self.verdict
    }

    pub(crate) fn advice(&self) -> &str {
        &self.advice
    }

    /// What tells this trouble from others. Without numbers, which differ from one request to the next.
    pub(crate) fn class(&self) -> String {
        self.class.clone().unwrap_or_else(|| without_numbers(&self.reason))
    }

    /// Spans of earlier batches that are lost as well.
    pub(crate) const fn held_back(&self) -> u64 {
        self.held_back
    }

    /// So many spans are lost, of a batch of `batch` and of those before it, which were held back.
    #[cfg(feature = "console")]
    pub(crate) fn of_held_back(spans: u64, batch: u64, reason: String) -> Self {
        let of_batch = spans.min(batch);
        Self { held_back: spans - of_batch, ..Self::rejected(of_batch, reason) }
    }

    /// How many of a batch's spans are lost.
    pub(crate) fn lost(&self, of: u64) -> u64 {
        match self.verdict {
            Verdict::Refused(Some(rejected)) => rejected.min(of),
            Verdict::Refused(None) | Verdict::TooLarge => of,
            Verdict::Later(_) => 0,
        }
    }
}

/// What the exporters of this crate say besides.
#[cfg(feature = "otlp-http")]
impl ExportError {
    /// What people can do.
    pub(crate) fn with_advice(mut self, advice: impl Into<String>) -> Self {
        self.advice = advice.into();
        self
    }

    /// What tells this trouble from others.
    pub(crate) fn of_class(mut self, class: impl Into<String>) -> Self {
        self.class = Some(class.into());
        self
    }

    /// People have to repair it.
    pub(crate) fn long(mut self) -> Self {
        if let Verdict::Later(pause) = &mut self.verdict {
            pause.is_long = true;
        }
        self
    }

    /// The receiver has answered.
    pub(crate) fn answered(mut self) -> Self {
        if let Verdict::Later(pause) = &mut self.verdict {
            pause.is_answer = true;
        }
        self
    }
}

/// Ids and counts change from one request to the next, and are no other trouble: words with digits are left out.
pub(crate) fn without_numbers(text: &str) -> String {
    let is_word = |c: char| c.is_alphanumeric() || c == '-';
    let words = text.split(|c: char| !is_word(c)).filter(|word| !word.bytes().any(|byte| byte.is_ascii_digit()));
    words.collect::<Vec<_>>().join(" ")
}

impl fmt::Display for ExportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl std::error::Error for ExportError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_counts_make_no_other_trouble() {
        let class = |reason: &str| ExportError::new(reason).class();
        assert_eq!(class("trace 4bf92f3577b34da6 is too old (3 s)"), class("trace 00f067aa0ba902b7 is too old (41 s)"));
        assert_ne!(class("too old"), class("too young"));
        assert_ne!(class("trace 7 is too old"), class("trace 7 is too young"));
    }

    #[test]
    fn what_is_said_beside_the_verdict_changes_nothing_else() {
        let second = Duration::from_secs(1);
        let later = |error: ExportError| match error.verdict() {
            Verdict::Later(pause) => Some((pause.asked, pause.is_long, pause.is_answer)),
            _ => None,
        };
        assert_eq!(later(ExportError::later("")), Some((None, false, false)));
        assert_eq!(later(ExportError::later("").after(second)), Some((Some(second), false, false)));
        assert_eq!(ExportError::new("").after(second).verdict(), Verdict::Refused(None));
        let plain = ExportError::rejected(2, "three are old");
        assert_eq!((plain.advice(), &*plain.class(), plain.held_back()), ("", "three are old", 0));
        assert_eq!((plain.to_string(), plain.verdict()), ("three are old".to_owned(), Verdict::Refused(Some(2))));
    }

    #[cfg(feature = "otlp-http")]
    #[test]
    fn what_the_exporters_of_this_crate_say_besides() {
        let error = ExportError::later("why").with_advice("do this").of_class("a class");
        assert_eq!((error.advice(), &*error.class(), &*error.to_string()), ("do this", "a class", "why"));
        let pause = |is_long, is_answer| Verdict::Later(Pause { asked: None, is_long, is_answer });
        assert_eq!(ExportError::later("").long().verdict(), pause(true, false));
        assert_eq!(ExportError::later("").answered().verdict(), pause(false, true));
        assert_eq!(ExportError::too_large("").long().answered().verdict(), Verdict::TooLarge);
    }

    #[cfg(feature = "console")]
    #[test]
    fn spans_that_were_held_back_are_lost_besides_those_of_the_batch() {
        for (lost, batch, held_back) in [(5, 3, 2), (3, 3, 0), (2, 3, 0), (4, 0, 4)] {
            let error = ExportError::of_held_back(lost, batch, String::new());
            assert_eq!((error.held_back(), error.lost(batch)), (held_back, lost - held_back));
        }
    }

    #[test]
    fn what_is_lost() {
        assert_eq!(ExportError::new("").lost(7), 7);
        assert_eq!(ExportError::rejected(3, "").lost(7), 3);
        assert_eq!(ExportError::rejected(30, "").lost(7), 7);
        assert_eq!(ExportError::later("").lost(7), 0);
        assert_eq!(ExportError::too_large("").lost(1), 1);
    }
}
