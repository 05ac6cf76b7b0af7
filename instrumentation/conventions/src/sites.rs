//! Call sites by what they are for: a route, a summary, a destination.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::{LazyLock, PoisonError, RwLock};

use traced::instrumentation::CallSite;

/// The facts that tell call sites of one text apart, such as a method and a scheme.
pub type Facts = [&'static str; 3];

type Known = HashMap<Box<str>, Vec<(Facts, &'static CallSite)>, BuildHasherDefault<TextHasher>>;

/// Call sites that are made at run time, one for each text, up to a bound. What is one too many is said by each span itself.
///
/// ```
/// use traced::instrumentation::CallSite;
/// use traced_conventions::sites::Sites;
///
/// # const SCOPE: traced::Scope = traced::Scope::new("my-server");
/// static ANY: CallSite = CallSite::new("GET", SCOPE);
/// static SITES: Sites = Sites::new(500);
///
/// let make = || ANY.leak("GET /orders/{id}", &[("http.route", "/orders/{id}".into())]);
/// let site = SITES.get("/orders/{id}", ["GET", "", ""], make);
/// assert_eq!(site.map(CallSite::name), Some("GET /orders/{id}"));
/// ```
pub struct Sites {
    known: LazyLock<RwLock<Known>>,
    most: usize,
}

impl Sites {
    /// None yet, and at most so many texts.
    #[must_use]
    pub const fn new(most: usize) -> Self {
        Self { known: LazyLock::new(RwLock::default), most }
    }

    /// The call site of a text and these facts, made by `make` if it is new. `None` if there is no more room.
    pub fn get(
        &self,
        text: &str,
        facts: Facts,
        make: impl FnOnce() -> Option<&'static CallSite>,
    ) -> Option<&'static CallSite> {
        if let Some(site) = self.find(text, facts) {
            return Some(site);
        }
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= self.most && !known.contains_key(text) {
            return None;
        }
        let sites = known.entry(text.into()).or_default();
        // Another thread may have been faster.
        if let Some((_, site)) = sites.iter().find(|(of, _)| *of == facts) {
            return Some(site);
        }
        let site = make()?;
        sites.push((facts, site));
        Some(site)
    }

    /// The call site, if it was made.
    pub fn find(&self, text: &str, facts: Facts) -> Option<&'static CallSite> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        known.get(text)?.iter().find(|(of, _)| is_same(of, &facts)).map(|(_, site)| *site)
    }
}

/// The same text is at the same place in most cases.
fn is_same(one: &Facts, other: &Facts) -> bool {
    one.iter().zip(other).all(|(one, other)| std::ptr::eq(*one, *other) || one == other)
}

impl std::fmt::Debug for Sites {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sites").field("most", &self.most).finish_non_exhaustive()
    }
}

/// A multiplication for each eight bytes: the texts are short, and few of them are kept, whoever chooses them.
#[derive(Default)]
pub(crate) struct TextHasher(u64);

impl TextHasher {
    #[inline]
    fn mix(&mut self, word: u64) {
        let mixed = (self.0 ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 32);
    }
}

impl Hasher for TextHasher {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        let mut bytes = bytes;
        while let Some((eight, rest)) = bytes.split_first_chunk::<8>() {
            self.mix(u64::from_le_bytes(*eight));
            bytes = rest;
        }
        if !bytes.is_empty() {
            let last = bytes.iter().fold(bytes.len() as u64, |word, byte| word << 8 | u64::from(*byte));
            self.mix(last);
        }
    }

    #[inline]
    fn write_u8(&mut self, byte: u8) {
        self.mix(u64::from(byte));
    }
}
