//! Maps, and lists of pairs as the headers of messages are.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use super::format::{Extractor, Injector};

/// What no format accepts; stands for a value that is not text.
pub(super) const NOT_TEXT: &str = "\u{fffd}";

macro_rules! map_of_text {
    ($([$($generics:tt)*] $map:ty;)*) => {$(
        /// Keys are found whatever their case.
        impl<$($generics)*> Injector for $map {
            fn set(&mut self, key: &str, value: String) {
                Injector::remove(self, key);
                self.insert(key.to_owned(), value);
            }

            fn remove(&mut self, key: &str) {
                self.retain(|existing, _| !existing.eq_ignore_ascii_case(key));
            }
        }

        impl<$($generics)*> Extractor for $map {
            fn get_all(&self, key: &str) -> Vec<&str> {
                let same = self.iter().filter(|(existing, _)| existing.eq_ignore_ascii_case(key));
                same.map(|(_, value)| value.as_str()).collect()
            }

            fn keys(&self) -> Vec<&str> {
                self.keys().map(String::as_str).collect()
            }
        }
    )*};
}

map_of_text! {
    [S: BuildHasher] HashMap<String, String, S>;
    [] BTreeMap<String, String>;
}

/// The headers of a message, as clients of Kafka, NATS and AMQP take them: names and bytes.
///
/// ```
/// use traced::propagation;
/// let mut headers: Vec<(String, Vec<u8>)> = vec![("kind".to_owned(), b"order".to_vec())];
/// propagation::inject(&mut headers);
/// let context = propagation::extract(&headers);
/// # let _ = context;
/// ```
impl<K, V> Injector for Vec<(K, V)>
where
    K: AsRef<str> + From<String>,
    V: From<String>,
{
    fn set(&mut self, key: &str, value: String) {
        Injector::remove(self, key);
        self.push((key.to_owned().into(), value.into()));
    }

    fn remove(&mut self, key: &str) {
        self.retain(|(existing, _)| !existing.as_ref().eq_ignore_ascii_case(key));
    }
}

/// The headers of a message: names and bytes, or names and text.
impl<K: AsRef<str>, V: AsRef<[u8]>> Extractor for [(K, V)] {
    fn get_all(&self, key: &str) -> Vec<&str> {
        let same = self.iter().filter(|(existing, _)| existing.as_ref().eq_ignore_ascii_case(key));
        same.map(|(_, value)| std::str::from_utf8(value.as_ref()).unwrap_or(NOT_TEXT)).collect()
    }

    fn keys(&self) -> Vec<&str> {
        self.iter().map(|(key, _)| key.as_ref()).collect()
    }
}

impl<K: AsRef<str>, V: AsRef<[u8]>> Extractor for Vec<(K, V)> {
    fn get_all(&self, key: &str) -> Vec<&str> {
        self.as_slice().get_all(key)
    }

    fn keys(&self) -> Vec<&str> {
        self.as_slice().keys()
    }
}
