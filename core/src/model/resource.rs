//! Who produces the spans: the attributes that all of a process's telemetry shares.
//!
//! Follows the OpenTelemetry resource SDK. Nothing here reads the process's environment variables by itself: the
//! functions take the variables' values.

mod detect;

use std::borrow::Cow;
use std::sync::Arc;

use crate::model::value::{KeyValue, Value};
use crate::process::diagnostics::warn_once;

/// The entity that spans come from: service, process, host, operating system. Immutable and cheap to clone.
///
/// Span limits do not apply to its attributes. Follows the OpenTelemetry resource SDK.
///
/// ```
/// use traced::{KeyValue, Resource};
///
/// let mine = Resource::new([KeyValue::new("deployment.environment.name", "staging")], "");
/// let all = Resource::sdk().merge(&Resource::process()).merge(&mine);
/// assert_eq!(all.get("deployment.environment.name"), Some(&"staging".into()));
/// assert_eq!(all.get("telemetry.sdk.name"), Some(&"traced".into()));
/// ```
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Resource {
    inner: Arc<Inner>,
}

#[derive(PartialEq, Debug, Default)]
struct Inner {
    attributes: Vec<KeyValue>,
    schema_url: Cow<'static, str>,
}

impl Resource {
    /// A resource with these attributes, whose names follow the schema at `schema_url`; an empty URL means none.
    ///
    /// Of several attributes with one key the last counts. One with an empty key is left out, with a warning.
    pub fn new(attributes: impl IntoIterator<Item = KeyValue>, schema_url: impl Into<Cow<'static, str>>) -> Self {
        let mut unique: Vec<KeyValue> = Vec::new();
        for attribute in attributes {
            if attribute.key.is_empty() {
                warn_once("resource attribute without a key", || {
                    "a resource attribute has an empty key and was left out; give it a name".to_owned()
                });
                continue;
            }
            put(&mut unique, attribute);
        }
        Self { inner: Arc::new(Inner { attributes: unique, schema_url: schema_url.into() }) }
    }

    /// A resource that says nothing.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The attributes; keys are unique.
    #[must_use]
    pub fn attributes(&self) -> &[KeyValue] {
        &self.inner.attributes
    }

    /// The schema that the attributes' names follow; empty when none was given.
    #[must_use]
    pub fn schema_url(&self) -> &str {
        &self.inner.schema_url
    }

    /// The value of one attribute.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.attributes().iter().find(|attribute| attribute.key == key).map(|attribute| &attribute.value)
    }

    /// Both resources in one: where both have a key, `updating` wins, even with an empty value.
    ///
    /// The schema URL is the one that is not empty. Two different ones are an error, which leaves the result to the
    /// implementation: this one warns, keeps all attributes, and leaves the schema URL empty, because no single one
    /// describes them.
    ///
    /// ```
    /// use traced::{KeyValue, Resource};
    /// let old = Resource::new([KeyValue::new("service.name", "shop"), KeyValue::new("a", 1)], "");
    /// let updating = Resource::new([KeyValue::new("service.name", "")], "https://opentelemetry.io/schemas/1.40.0");
    /// let merged = old.merge(&updating);
    /// assert_eq!(merged.get("service.name"), Some(&"".into()));
    /// assert_eq!(merged.get("a"), Some(&1.into()));
    /// assert_eq!(merged.schema_url(), "https://opentelemetry.io/schemas/1.40.0");
    /// ```
    #[must_use]
    pub fn merge(&self, updating: &Self) -> Self {
        let mut attributes = self.inner.attributes.clone();
        for attribute in updating.attributes() {
            put(&mut attributes, attribute.clone());
        }
        let schema_url = match (self.schema_url(), updating.schema_url()) {
            (_, "") => self.inner.schema_url.clone(),
            (ours, theirs) if ours.is_empty() || ours == theirs => updating.inner.schema_url.clone(),
            (ours, theirs) => {
                warn_once("resource schema conflict", || {
                    format!(
                        "resources of the schemas {ours} and {theirs} were merged; the result has no schema URL. \
                         Give both the same one, or leave one empty"
                    )
                });
                Cow::Borrowed("")
            }
        };
        Self { inner: Arc::new(Inner { attributes, schema_url }) }
    }

    /// Strings, as `OTEL_RESOURCE_ATTRIBUTES` has them.
    pub fn of_pairs(pairs: Vec<(String, String)>) -> Self {
        Self::new(pairs.into_iter().map(|(key, value)| KeyValue::new(key, value)), "")
    }

    /// `service.name`.
    pub fn service(name: String) -> Self {
        Self::new([KeyValue::new("service.name", name)], "")
    }
}

/// Adds an attribute, or replaces the one with its key.
fn put(attributes: &mut Vec<KeyValue>, new: KeyValue) {
    match attributes.iter_mut().find(|old| old.key == new.key) {
        Some(old) => old.value = new.value,
        None => attributes.push(new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(key: &'static str, value: &'static str, schema_url: &'static str) -> Resource {
        Resource::new([KeyValue::new(key, value)], schema_url)
    }

    #[test]
    fn schema_url_of_a_merge() {
        for (old, updating, expected) in [("", "", ""), ("a", "", "a"), ("", "b", "b"), ("a", "a", "a"), ("a", "b", "")]
        {
            let merged = one("x", "1", old).merge(&one("y", "2", updating));
            assert_eq!(merged.schema_url(), expected, "{old:?} and {updating:?}");
            assert_eq!(merged.attributes().len(), 2);
        }
    }
}
