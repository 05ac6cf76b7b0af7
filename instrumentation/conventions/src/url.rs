//! URLs and queries without their secrets.

use std::borrow::Cow;

use crate::REDACTED;

/// Keys of a query whose values are secrets, compared with their case.
pub const SECRET_KEYS: [&str; 7] = [
    "X-Amz-Signature",
    "X-Amz-Credential",
    "X-Amz-Security-Token",
    "AWSAccessKeyId",
    "Signature",
    "sig",
    "X-Goog-Signature",
];

/// A query, without `?`, in which the values of `keys` are [`REDACTED`]. Keys and order stay. Without such a key it costs
/// one scan and no allocation.
///
/// ```
/// use traced_conventions::url::{SECRET_KEYS, redacted_query};
/// assert_eq!(redacted_query("a=1&sig=s3cret", &SECRET_KEYS), "a=1&sig=REDACTED");
/// ```
#[must_use]
pub fn redacted_query<'a>(query: &'a str, keys: &[impl AsRef<str>]) -> Cow<'a, str> {
    if !query.split('&').any(|pair| is_secret(pair, keys)) {
        return Cow::Borrowed(query);
    }
    let mut redacted = String::with_capacity(query.len());
    for pair in query.split('&') {
        if !redacted.is_empty() {
            redacted.push('&');
        }
        match pair.split_once('=') {
            Some((key, _)) if is_secret(pair, keys) => {
                redacted.push_str(key);
                redacted.push('=');
                redacted.push_str(REDACTED);
            }
            _ => redacted.push_str(pair),
        }
    }
    Cow::Owned(redacted)
}

/// Whether a pair has a secret value. A key that is percent-encoded is the same key for who reads it.
fn is_secret(pair: &str, keys: &[impl AsRef<str>]) -> bool {
    let Some((key, _)) = pair.split_once('=') else { return false };
    if key.contains('%') {
        let decoded = decoded(key);
        return keys.iter().any(|secret| secret.as_ref().as_bytes() == decoded);
    }
    keys.iter().any(|secret| secret.as_ref() == key)
}

fn decoded(key: &str) -> Vec<u8> {
    let digit = |at: usize| key.as_bytes().get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut bytes = Vec::with_capacity(key.len());
    let mut at = 0;
    while let Some(byte) = key.as_bytes().get(at) {
        match (byte, digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                bytes.push((high * 16 + low) as u8);
                at += 3;
            }
            _ => {
                bytes.push(*byte);
                at += 1;
            }
        }
    }
    bytes
}

/// An absolute URL without its user and password, and with its query redacted.
///
/// ```
/// use traced_conventions::url::{SECRET_KEYS, redacted};
/// let url = redacted("https://ann:pw@host:8443/a?sig=x#top", &SECRET_KEYS);
/// assert_eq!(url, "https://REDACTED:REDACTED@host:8443/a?sig=REDACTED#top");
/// ```
#[must_use]
pub fn redacted<'a>(url: &'a str, keys: &[impl AsRef<str>]) -> Cow<'a, str> {
    let (before_fragment, fragment) = url.split_at(url.find('#').unwrap_or(url.len()));
    let (before_query, query) = before_fragment.split_at(before_fragment.find('?').unwrap_or(before_fragment.len()));
    let without_user = without_user(before_query);
    let query = query.strip_prefix('?').map(|query| redacted_query(query, keys));
    if let (Cow::Borrowed(_), None | Some(Cow::Borrowed(_))) = (&without_user, &query) {
        return Cow::Borrowed(url);
    }
    let mut whole = without_user.into_owned();
    if let Some(query) = query {
        whole.push('?');
        whole.push_str(&query);
    }
    whole.push_str(fragment);
    Cow::Owned(whole)
}

/// Scheme, authority and path without the user in the authority.
fn without_user(url: &str) -> Cow<'_, str> {
    let Some((scheme, rest)) = url.split_once("://") else { return Cow::Borrowed(url) };
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    match authority.rsplit_once('@') {
        Some((_, host)) => Cow::Owned(format!("{scheme}://{REDACTED}:{REDACTED}@{host}{path}")),
        None => Cow::Borrowed(url),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_secrets_change() {
        for (query, expected) in [
            ("", ""),
            ("a=1&b=2", "a=1&b=2"),
            ("sig", "sig"),
            ("sig=", "sig=REDACTED"),
            ("SIG=a", "SIG=a"),
            ("%73ig=a&x=%", "%73ig=REDACTED&x=%"),
            ("sig=a&sig=b=c", "sig=REDACTED&sig=REDACTED"),
            ("&a=1&&Signature=x", "&a=1&&Signature=REDACTED"),
        ] {
            let redacted = redacted_query(query, &SECRET_KEYS);
            assert_eq!(redacted.trim_start_matches('&'), expected.trim_start_matches('&'), "{query}");
            assert_eq!(matches!(redacted, Cow::Borrowed(_)), query == expected, "{query}");
        }
    }

    #[test]
    fn an_at_sign_in_the_path_is_no_user() {
        assert_eq!(redacted("http://host/a@b", &SECRET_KEYS), "http://host/a@b");
        assert_eq!(redacted("http://u@x:p@host", &SECRET_KEYS), "http://REDACTED:REDACTED@host");
        assert_eq!(redacted("http://host?u=a@b", &SECRET_KEYS), "http://host?u=a@b");
        assert_eq!(redacted("redis://:pw@host/0", &SECRET_KEYS), "redis://REDACTED:REDACTED@host/0");
    }
}
