//! Baggage: the application's own key-value pairs that travel with a request.
//!
//! Follows the OpenTelemetry baggage API; the header is in [`header`].

mod header;

use std::fmt;
use std::sync::Arc;

pub(crate) use header::Refused;

/// Key-value pairs of the application that travel with a request. Immutable; changes make a new one.
///
/// Everyone along the way can read it, services of other owners too: put nothing secret in it. Cloning counts a
/// reference; an empty one owns no memory.
///
/// Keys and values may be any text. What cannot be sent is left out by the propagator, with a warning: keys that are
/// not what HTTP calls a token, and what exceeds the limits of the W3C, 64 entries and 8,192 bytes.
///
/// ```
/// use traced::Baggage;
/// let baggage = Baggage::EMPTY.insert("tenant", "acme").insert_with_metadata("user", "Ève", "ttl=3");
/// assert_eq!(baggage.get("tenant"), Some("acme"));
/// assert_eq!(baggage.metadata("user"), Some("ttl=3"));
/// assert_eq!(baggage.remove("user").len(), 1);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Default)]
pub struct Baggage {
    /// In the order they were first inserted or received, each key once. `None` when there are none.
    entries: Option<Arc<[Entry]>>,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Entry {
    key: Box<str>,
    value: Box<str>,
    metadata: Box<str>,
}

impl Baggage {
    /// No entries.
    pub const EMPTY: Self = Self { entries: None };

    /// Whether there are no entries.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.entries.is_none()
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries().len()
    }

    /// The value of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&str> {
        self.find(key).map(|entry| &*entry.value)
    }

    /// The metadata of `key`, which has no meaning to this library; empty when there is none.
    #[must_use]
    pub fn metadata(&self, key: &str) -> Option<&str> {
        self.find(key).map(|entry| &*entry.metadata)
    }

    /// Keys and values; their order means nothing.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.entries().iter().map(|entry| (&*entry.key, &*entry.value))
    }

    /// Baggage with this entry added, or its value and metadata replaced. An empty key, which nothing could carry,
    /// changes nothing.
    #[must_use]
    pub fn insert(&self, key: &str, value: &str) -> Self {
        self.insert_with_metadata(key, value, "")
    }

    /// Baggage with another entry that has metadata: properties as the W3C header has them, such as `ttl=3;internal`.
    #[must_use]
    pub fn insert_with_metadata(&self, key: &str, value: &str, metadata: &str) -> Self {
        if key.is_empty() {
            return self.clone();
        }
        let entry = Entry { key: key.into(), value: value.into(), metadata: metadata.into() };
        let mut entries = self.entries().to_vec();
        put(&mut entries, entry);
        Self::from_entries(entries)
    }

    /// Baggage without the entry `key`; an equal one when there is no such entry.
    #[must_use]
    pub fn remove(&self, key: &str) -> Self {
        match self.find(key) {
            Some(_) => Self::from_entries(self.entries().iter().filter(|entry| &*entry.key != key).cloned().collect()),
            None => self.clone(),
        }
    }

    fn entries(&self) -> &[Entry] {
        self.entries.as_deref().unwrap_or_default()
    }

    fn find(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| &*entry.key == key)
    }

    fn from_entries(entries: Vec<Entry>) -> Self {
        Self { entries: (!entries.is_empty()).then(|| entries.into()) }
    }
}

impl<K: AsRef<str>, V: AsRef<str>> FromIterator<(K, V)> for Baggage {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut entries = Vec::new();
        for (key, value) in pairs {
            let entry = Entry { key: key.as_ref().into(), value: value.as_ref().into(), metadata: Box::default() };
            if !entry.key.is_empty() {
                put(&mut entries, entry);
            }
        }
        Self::from_entries(entries)
    }
}

/// Adds an entry, or replaces the one with its key.
fn put(entries: &mut Vec<Entry>, entry: Entry) {
    match entries.iter_mut().find(|existing| existing.key == entry.key) {
        Some(existing) => *existing = entry,
        None => entries.push(entry),
    }
}

impl fmt::Debug for Baggage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_make_new_baggage() {
        let one = Baggage::EMPTY.insert("a", "1");
        let two = one.insert_with_metadata("b", "2", "m").insert("a", "3");
        assert_eq!(one.iter().collect::<Vec<_>>(), [("a", "1")]);
        assert_eq!(two.iter().collect::<Vec<_>>(), [("a", "3"), ("b", "2")]);
        assert_eq!((two.metadata("b"), two.metadata("a"), two.metadata("c")), (Some("m"), Some(""), None));
        assert_eq!(two.insert("b", "2").metadata("b"), Some(""), "metadata is replaced together with the value");
        assert_eq!(two.remove("c"), two);
        assert!(two.remove("a").remove("b").is_empty());
        assert_eq!(one.insert("", "x"), one);
        assert_eq!(Baggage::from_iter([("a", "0"), ("", "x"), ("a", "1")]), one);
    }
}
