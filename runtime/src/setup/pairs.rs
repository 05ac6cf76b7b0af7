//! Lists of percent-encoded `key=value` pairs, as resource attributes and exporter headers are written in variables.

/// Parses a list; keys are never empty. Spaces around keys, values and pairs do not count, and neither do empty list
/// members. The value starts after the first `=`.
///
/// # Errors
///
/// The first mistake, in words that do not repeat a value, since it may be a secret.
pub(crate) fn parse(text: &str) -> Result<Vec<(String, String)>, String> {
    let members = text.split(',').map(str::trim).enumerate().filter(|(_, member)| !member.is_empty());
    members.map(|(index, member)| pair(member).map_err(|mistake| format!("entry {} {mistake}", index + 1))).collect()
}

fn pair(member: &str) -> Result<(String, String), String> {
    let (key, value) = member.split_once('=').ok_or("has no `=`")?;
    let key = percent_decode(key.trim()).ok_or("has a key that is not percent-encoded UTF-8")?;
    if key.is_empty() {
        return Err("has an empty key".to_owned());
    }
    let Some(value) = percent_decode(value.trim()) else {
        return Err(format!("(`{key}`) has a value that is not percent-encoded UTF-8"));
    };
    Ok((key, value))
}

/// `None` when a `%` is not followed by two hexadecimal digits, or the result is not UTF-8.
fn percent_decode(text: &str) -> Option<String> {
    let mut decoded = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = tail;
        if *first != b'%' {
            decoded.push(*first);
            continue;
        }
        let [high, low, tail @ ..] = tail else { return None };
        let digit = |byte: u8| char::from(byte).to_digit(16);
        decoded.push(u8::try_from(digit(*high)? << 4 | digit(*low)?).ok()?);
        rest = tail;
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap()
    }

    #[test]
    fn good_lists() {
        let pair = |key: &str, value: &str| (key.to_owned(), value.to_owned());
        assert_eq!(parsed(""), []);
        assert_eq!(parsed(" , ,"), []);
        assert_eq!(parsed("a=1"), [pair("a", "1")]);
        assert_eq!(parsed(" a = 1 ,b=,"), [pair("a", "1"), pair("b", "")]);
        assert_eq!(parsed("a=x%2Cy%3Dz,%61b=c%20d"), [pair("a", "x,y=z"), pair("ab", "c d")]);
        assert_eq!(parsed("a=b=c"), [pair("a", "b=c")]);
        assert_eq!(parsed("a=%c3%A4ö"), [pair("a", "äö")]);
    }

    #[test]
    fn mistakes_name_the_entry_but_not_the_value() {
        for (text, mistake) in [
            ("a=1,broken", "entry 2 has no `=`"),
            ("=1", "entry 1 has an empty key"),
            ("a=1,,key=secret%", "entry 3 (`key`) has a value that is not percent-encoded UTF-8"),
            ("key=secret%2", "entry 1 (`key`) has a value that is not percent-encoded UTF-8"),
            ("key=secret%zz", "entry 1 (`key`) has a value that is not percent-encoded UTF-8"),
            ("key=secret%+f", "entry 1 (`key`) has a value that is not percent-encoded UTF-8"),
            ("key=secret%ff", "entry 1 (`key`) has a value that is not percent-encoded UTF-8"),
            ("%ff=1", "entry 1 has a key that is not percent-encoded UTF-8"),
        ] {
            assert_eq!(parse(text).unwrap_err(), mistake, "{text}");
        }
    }
}
