//! The `baggage` header.
//!
//! Follows W3C Baggage, "Baggage HTTP Header Format".

use super::{Baggage, Entry, put};
use crate::model::trace_state::trim_whitespace;

/// The most entries that are read or sent.
const MAX_MEMBERS: usize = 64;
/// The most bytes of the header or headers that are read, and of the one header that is sent.
const MAX_BYTES: usize = 8192;

/// How many entries were left out, and why.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(crate) struct Refused {
    /// They did not follow the grammar.
    pub(crate) malformed: usize,
    /// They exceeded 64 entries or 8,192 bytes.
    pub(crate) excess: usize,
}

impl Refused {
    pub(crate) fn is_none(self) -> bool {
        self == Self::default()
    }
}

impl Baggage {
    /// Reads the values of all `baggage` headers. Of entries with one key the last counts.
    ///
    /// Takes no more memory than a few times 8,192 bytes, whatever arrives.
    pub(crate) fn parse<'a>(values: impl IntoIterator<Item = &'a str>) -> (Self, Refused) {
        let mut entries = Vec::new();
        let mut refused = Refused::default();
        let mut bytes = 0;
        for member in values.into_iter().flat_map(|value| value.split(',')) {
            let trimmed = trim_whitespace(member);
            if trimmed.is_empty() {
                continue;
            }
            let length = member.len() + usize::from(bytes > 0);
            if entries.len() == MAX_MEMBERS || length > MAX_BYTES - bytes {
                refused.excess += 1;
                continue;
            }
            bytes += length;
            match parse_member(trimmed) {
                Some(entry) => put(&mut entries, entry),
                None => refused.malformed += 1,
            }
        }
        (Self::from_entries(entries), refused)
    }

    /// The value of the `baggage` header; empty when nothing can be sent.
    pub(crate) fn to_header(&self) -> (String, Refused) {
        let mut header = String::new();
        let mut refused = Refused::default();
        let mut members = 0;
        for entry in self.entries() {
            if !is_token(&entry.key) {
                refused.malformed += 1;
                continue;
            }
            let start = header.len();
            // Nothing can make an entry shorter than its parts, so encoding takes bounded memory.
            let may_fit = start + entry.key.len() + entry.value.len() < MAX_BYTES && members < MAX_MEMBERS;
            if may_fit {
                write_member(&mut header, entry);
            }
            if !may_fit || header.len() > MAX_BYTES {
                header.truncate(start);
                refused.excess += 1;
                continue;
            }
            members += 1;
        }
        (header, refused)
    }
}

/// `key = value ; property ; …`
fn parse_member(member: &str) -> Option<Entry> {
    let (pair, properties) = member.split_once(';').unwrap_or((member, ""));
    let (key, value) = pair.split_once('=')?;
    let (key, value) = (trim_whitespace(key), trim_whitespace(value));
    if !is_token(key) || !value.bytes().all(is_octet) {
        return None;
    }
    let mut metadata = String::new();
    for property in properties.split(';').map(trim_whitespace).filter(|property| !property.is_empty()) {
        if !is_property(property) {
            return None;
        }
        let separator = if metadata.is_empty() { "" } else { ";" };
        metadata.extend([separator, property]);
    }
    Some(Entry { key: key.into(), value: percent_decode(value).into(), metadata: metadata.into() })
}

fn write_member(header: &mut String, entry: &Entry) {
    if !header.is_empty() {
        header.push(',');
    }
    header.extend([&*entry.key, "="]);
    percent_encode(&entry.value, header);
    for property in entry.metadata.split(';').map(trim_whitespace).filter(|property| is_property(property)) {
        header.extend([";", property]);
    }
}

fn is_property(property: &str) -> bool {
    let (key, value) = property.split_once('=').unwrap_or((property, ""));
    is_token(trim_whitespace(key)) && trim_whitespace(value).bytes().all(is_octet)
}

/// A token of RFC 7230.
fn is_token(key: &str) -> bool {
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !key.is_empty() && key.bytes().all(is_valid)
}

/// Printable ASCII without space, `"`, `,`, `;` and `\`.
fn is_octet(byte: u8) -> bool {
    matches!(byte, b'!'..=b'~') && !matches!(byte, b'"' | b',' | b';' | b'\\')
}

fn percent_encode(value: &str, header: &mut String) {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in value.bytes() {
        if is_octet(byte) && byte != b'%' {
            header.push(char::from(byte));
        } else {
            header.extend(['%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }
}

/// A `%` without two hexadecimal digits stands for itself; bytes that are not UTF-8 become U+FFFD.
fn percent_decode(value: &str) -> String {
    if !value.contains('%') {
        return value.to_owned();
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut rest = value.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let decoded =
            if first == b'%' { after.split_first_chunk().and_then(|(pair, _)| hex_byte(*pair)) } else { None };
        bytes.push(decoded.unwrap_or(first));
        rest = if decoded.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())
}

fn hex_byte([high, low]: [u8; 2]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Baggage {
        let (baggage, refused) = Baggage::parse([value]);
        assert!(refused.is_none(), "{value}: {refused:?}");
        baggage
    }

    #[test]
    fn reads_the_examples_of_the_w3c() {
        let baggage = parse("key1=value1;property1;property2, key2 = value2, key3=value3; propertyKey=propertyValue");
        assert_eq!(baggage.iter().collect::<Vec<_>>(), [("key1", "value1"), ("key2", "value2"), ("key3", "value3")]);
        assert_eq!(baggage.metadata("key1"), Some("property1;property2"));
        assert_eq!(baggage.metadata("key3"), Some("propertyKey=propertyValue"));
        let (baggage, _) = Baggage::parse(["userId =   alice", "serverNode = DF%2028, isProduction = false"]);
        assert_eq!(baggage.get("serverNode"), Some("DF 28"));
        assert_eq!(baggage.to_header().0, "userId=alice,serverNode=DF%2028,isProduction=false");
    }

    #[test]
    fn decodes_and_encodes() {
        for (raw, decoded) in [
            ("a", "a"),
            ("a=b=", "a=b="),
            ("", ""),
            ("%C3%88ve", "Ève"),
            ("%", "%"),
            ("%4", "%4"),
            ("%zz%41", "%zzA"),
            ("%ff", "\u{fffd}"),
            ("a+b", "a+b"),
        ] {
            assert_eq!(parse(&format!("k={raw}")).get("k"), Some(decoded), "{raw}");
        }
        let odd = Baggage::EMPTY.insert("k", "a,b;c=d \"\\%\u{0}é\u{1f600}");
        assert_eq!(parse(&odd.to_header().0), odd);
    }

    #[test]
    fn leaves_out_what_is_malformed() {
        for bad in ["k", "=v", "k v=1", "k\"=v", "k=a b", "k=\"v\"", "k=é", "k=v;p q", "k=v;=1", "é=v"] {
            let (baggage, refused) = Baggage::parse([bad, "good=1"]);
            assert_eq!(baggage.iter().collect::<Vec<_>>(), [("good", "1")], "{bad}");
            assert_eq!(refused, Refused { malformed: 1, excess: 0 }, "{bad}");
        }
        assert!(parse(" , ,\t").is_empty());
    }

    #[test]
    fn sends_only_what_may_be_sent() {
        let baggage = Baggage::EMPTY.insert("no token", "1").insert_with_metadata("k", "v", "a;b c;,; d=1 ;");
        assert_eq!(baggage.to_header(), ("k=v;a;d=1".to_owned(), Refused { malformed: 1, excess: 0 }));
        assert_eq!(Baggage::EMPTY.to_header(), (String::new(), Refused::default()));
    }

    #[test]
    fn of_duplicates_the_last_counts() {
        assert_eq!(parse("a=1,b=2,a=3;m").to_header().0, "a=3;m,b=2");
    }

    #[test]
    fn keeps_to_the_limits() {
        let pairs: Vec<String> = (0..65).map(|number| format!("k{number}=v")).collect();
        let (full, refused) = Baggage::parse(pairs[..64].iter().map(String::as_str));
        assert_eq!((full.len(), refused), (64, Refused::default()));
        let (over, refused) = Baggage::parse(pairs.iter().map(String::as_str));
        assert_eq!((over, refused.excess), (full.clone(), 1));
        assert_eq!(full.insert("new", "1").to_header(), (full.to_header().0, Refused { malformed: 0, excess: 1 }));

        let exact = format!("k={}", "v".repeat(8190));
        assert_eq!(parse(&exact).to_header().0, exact);
        let (baggage, refused) = Baggage::parse([format!("{exact}v").as_str(), "a=1"]);
        assert_eq!((baggage.to_header().0.as_str(), refused.excess), ("a=1", 1));
        let too_long = Baggage::EMPTY.insert("a", "1").insert("b", &"v".repeat(8190)).insert("c", "3");
        assert_eq!(too_long.to_header(), ("a=1,c=3".to_owned(), Refused { malformed: 0, excess: 1 }));
    }
}
