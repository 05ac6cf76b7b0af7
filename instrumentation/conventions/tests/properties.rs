//! Whatever comes from outside: nothing panics, and no secret stays.

use proptest::prelude::*;
use traced_conventions::forwarded::{address, client_address, hops, host_port, items};
use traced_conventions::method::KnownMethods;
use traced_conventions::rpc::Status;
use traced_conventions::url::{SECRET_KEYS, redacted, redacted_query};
use traced_conventions::{correlation, method};

proptest! {
    #[test]
    fn any_header_goes_in(text in ".*", list in prop::collection::vec("[a-f0-9:.\\[\\]\"_, =;]{0,20}", 0..6), proxies in prop::option::of(0..9_usize)) {
        let _ = host_port(&text);
        let hops = hops(&text).count();
        prop_assert!(hops >= 1);
        if let Some(address) = address(&text) {
            prop_assert!(!address.is_empty() && !address.contains('"') && !address.contains(']'));
        }
        let _ = client_address(items(list.iter().map(String::as_str)), proxies);
        prop_assert!(Status::from_header(&text).word().chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        prop_assert!(!correlation::is_valid(&text) || text.len() <= 128 && !text.contains(['\r', '\n', ' ']));
        let known = KnownMethods::new(["GET"]).of(&text);
        prop_assert!(known == method::OTHER || known == text);
    }

    #[test]
    fn any_url_goes_in(text in ".*") {
        let _ = redacted(&text, &SECRET_KEYS);
        let _ = redacted_query(&text, &SECRET_KEYS);
    }

    #[test]
    fn no_secret_of_a_url_is_left(
        user in prop::option::of("[a-z@:]{0,5}"),
        path in "(/[a-z@]{0,5}){0,3}",
        before in "([a-f]{1,3}=[a-z0-9=]{0,3}&){0,3}",
        key in prop::sample::select(SECRET_KEYS.to_vec()),
        after in "(&[a-f]{1,3}=[a-z0-9]{0,3}){0,3}",
    ) {
        let user = user.map(|user| format!("{user}:s3cret@")).unwrap_or_default();
        let url = format!("https://{user}host:8443{path}?{before}{key}=s3cret{after}#top");
        let clean = redacted(&url, &SECRET_KEYS);
        prop_assert!(!clean.contains("s3cret"), "{url} became {clean}");
        let expected = format!("host:8443{path}?{before}{key}=REDACTED{after}#top");
        prop_assert!(clean.ends_with(&expected), "{url} became {clean}");
    }
}
