//! Checks finished spans against the conventions, for tests: required attributes, types, names, and what contradicts itself.
//!
//! ```
//! use traced::{Span, SpanKind, testing};
//! use traced_conventions::check;
//!
//! let spans = testing::capture(|| {
//!     let span = Span::builder("GET").kind(SpanKind::Client).attribute("http.request.method", "GET");
//!     span.attribute("http.response.status_code", "200").start().end();
//! });
//! let found = check::findings(&spans[0]);
//! assert!(found.iter().any(|finding| finding.contains("http.response.status_code is no Int")));
//! assert!(found.iter().any(|finding| finding.contains("url.full is missing")));
//! ```

mod rules;

use traced::view::{Attributes, SpanView, ValueView};
use traced::{FinishedSpan, SpanKind, Status};

use crate::attribute as key;

/// The type of an attribute's value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Type {
    Str,
    Int,
    Bool,
    Strings,
}

/// Names that spans of the conventions may have, and their types. A name that ends with a dot stands for all that begin so.
const KNOWN: &[(&str, Type)] = &[
    (key::CLIENT_ADDRESS, Type::Str),
    (key::CLIENT_PORT, Type::Int),
    (key::DB_COLLECTION_NAME, Type::Str),
    (key::DB_NAMESPACE, Type::Str),
    (key::DB_OPERATION_BATCH_SIZE, Type::Int),
    (key::DB_OPERATION_NAME, Type::Str),
    ("db.query.parameter.", Type::Str),
    (key::DB_QUERY_SUMMARY, Type::Str),
    (key::DB_QUERY_TEXT, Type::Str),
    (key::DB_RESPONSE_RETURNED_ROWS, Type::Int),
    (key::DB_RESPONSE_STATUS_CODE, Type::Str),
    (key::DB_STORED_PROCEDURE_NAME, Type::Str),
    (key::DB_SYSTEM_NAME, Type::Str),
    (key::ERROR_TYPE, Type::Str),
    (key::HTTP_REQUEST_BODY_SIZE, Type::Int),
    ("http.request.header.", Type::Strings),
    (key::HTTP_REQUEST_METHOD, Type::Str),
    (key::HTTP_REQUEST_METHOD_ORIGINAL, Type::Str),
    (key::HTTP_REQUEST_RESEND_COUNT, Type::Int),
    (key::HTTP_RESPONSE_BODY_SIZE, Type::Int),
    ("http.response.header.", Type::Strings),
    (key::HTTP_RESPONSE_STATUS_CODE, Type::Int),
    (key::HTTP_ROUTE, Type::Str),
    (key::MESSAGING_BATCH_MESSAGE_COUNT, Type::Int),
    (key::MESSAGING_CLIENT_ID, Type::Str),
    (key::MESSAGING_CONSUMER_GROUP_NAME, Type::Str),
    (key::MESSAGING_DESTINATION_ANONYMOUS, Type::Bool),
    (key::MESSAGING_DESTINATION_NAME, Type::Str),
    (key::MESSAGING_DESTINATION_PARTITION_ID, Type::Str),
    (key::MESSAGING_DESTINATION_SUBSCRIPTION_NAME, Type::Str),
    (key::MESSAGING_DESTINATION_TEMPLATE, Type::Str),
    (key::MESSAGING_DESTINATION_TEMPORARY, Type::Bool),
    (key::MESSAGING_KAFKA_MESSAGE_KEY, Type::Str),
    (key::MESSAGING_KAFKA_MESSAGE_TOMBSTONE, Type::Bool),
    (key::MESSAGING_KAFKA_OFFSET, Type::Int),
    (key::MESSAGING_MESSAGE_BODY_SIZE, Type::Int),
    (key::MESSAGING_MESSAGE_CONVERSATION_ID, Type::Str),
    (key::MESSAGING_MESSAGE_ENVELOPE_SIZE, Type::Int),
    (key::MESSAGING_MESSAGE_ID, Type::Str),
    (key::MESSAGING_OPERATION_NAME, Type::Str),
    (key::MESSAGING_OPERATION_TYPE, Type::Str),
    (key::MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY, Type::Str),
    (key::MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG, Type::Int),
    (key::MESSAGING_SYSTEM, Type::Str),
    (key::NETWORK_PEER_ADDRESS, Type::Str),
    (key::NETWORK_PEER_PORT, Type::Int),
    (key::NETWORK_PROTOCOL_NAME, Type::Str),
    (key::NETWORK_PROTOCOL_VERSION, Type::Str),
    (key::NETWORK_TRANSPORT, Type::Str),
    (key::RPC_METHOD, Type::Str),
    (key::RPC_METHOD_ORIGINAL, Type::Str),
    ("rpc.request.metadata.", Type::Strings),
    ("rpc.response.metadata.", Type::Strings),
    (key::RPC_STATUS_CODE, Type::Str),
    (key::RPC_SYSTEM_NAME, Type::Str),
    (key::SERVER_ADDRESS, Type::Str),
    (key::SERVER_PORT, Type::Int),
    (key::URL_FULL, Type::Str),
    (key::URL_PATH, Type::Str),
    (key::URL_QUERY, Type::Str),
    (key::URL_SCHEME, Type::Str),
    (key::URL_TEMPLATE, Type::Str),
    (key::USER_AGENT_ORIGINAL, Type::Str),
];

/// The namespaces in which all names are those above.
const NAMESPACES: [&str; 11] =
    ["client.", "db.", "error.", "http.", "messaging.", "net.", "network.", "rpc.", "server.", "url.", "user_agent."];

/// Findings about a span: what it says that the conventions do not, or the other way round; empty where it is right.
#[must_use]
pub fn findings(span: &FinishedSpan) -> Vec<String> {
    let view = span.view();
    let mut check = Check { view, findings: Vec::new() };
    check.names_and_types(view.attributes());
    view.links().for_each(|link| check.names_and_types(link.attributes()));
    check.kinds_and_errors();
    if check.has(key::HTTP_REQUEST_METHOD) {
        check.http();
    }
    if check.has(key::DB_SYSTEM_NAME) {
        check.database();
    }
    if check.has(key::RPC_SYSTEM_NAME) {
        check.rpc();
    }
    if check.has(key::MESSAGING_SYSTEM) {
        check.messaging();
    }
    check.findings
}

/// Checks that nothing is found in any of the spans.
///
/// # Panics
///
/// When something is, with all that was found.
pub fn assert_clean<'a>(spans: impl IntoIterator<Item = &'a FinishedSpan>) {
    let found: Vec<_> = spans.into_iter().flat_map(findings).collect();
    assert!(found.is_empty(), "spans do not follow the conventions:\n{}", found.join("\n"));
}

struct Check<'a> {
    view: SpanView<'a>,
    findings: Vec<String>,
}

impl<'a> Check<'a> {
    fn find(&mut self, finding: impl std::fmt::Display) {
        let name = self.view.name();
        self.findings.push(format!("`{name}`: {finding}; {:?}", self.view.attributes()));
    }

    fn expect(&mut self, holds: bool, finding: &str) {
        if !holds {
            self.find(finding);
        }
    }

    fn has(&self, key: &str) -> bool {
        self.view.attributes().get(key).is_some()
    }

    fn text(&self, key: &str) -> Option<&'a str> {
        self.view.attributes().get(key)?.as_str()
    }

    fn int(&self, key: &str) -> Option<i64> {
        self.view.attributes().get(key)?.as_int()
    }

    fn is_error(&self) -> bool {
        matches!(self.view.status().to_owned(), Status::Error { .. })
    }

    fn require(&mut self, keys: &[&str]) {
        for key in keys {
            if !self.has(key) {
                self.find(format_args!("{key} is missing"));
            }
        }
    }

    /// Of the span, and of each of its links.
    fn names_and_types(&mut self, attributes: Attributes<'_>) {
        let mut seen = Vec::new();
        for attribute in attributes {
            let (name, value) = (attribute.key, attribute.value);
            if seen.contains(&name) {
                self.find(format_args!("{name} is there twice"));
            }
            seen.push(name);
            if value == ValueView::Str("") {
                self.find(format_args!("{name} is empty"));
            }
            if name.contains(".header.") && name.contains(|letter: char| letter.is_ascii_uppercase()) {
                self.find(format_args!("{name} has upper-case letters"));
            }
            let known =
                KNOWN.iter().find(|(known, _)| name == *known || known.ends_with('.') && name.starts_with(known));
            match known {
                Some((_, expected)) if !is_of(value, *expected) => self.find(format_args!("{name} is no {expected:?}")),
                None if NAMESPACES.iter().any(|space| name.starts_with(space)) => {
                    self.find(format_args!("{name} is no name of the conventions"));
                }
                _ => {}
            }
        }
    }

    fn kinds_and_errors(&mut self) {
        self.expect(!self.view.name().is_empty(), "the name is empty");
        let error_type = self.text(key::ERROR_TYPE);
        if self.is_error() != error_type.is_some() {
            self.find("an error has error.type, and nothing else has");
        }
        if let Some(error_type) = error_type {
            let is_word = error_type.len() <= 128 && !error_type.contains(['\n', '\'', '"']);
            self.expect(is_word, "error.type is the text of an error");
        }
        self.expect(!self.has(key::SERVER_PORT) || self.has(key::SERVER_ADDRESS), "a port without a server");
        let peer = self.has(key::NETWORK_PEER_ADDRESS);
        self.expect(!self.has(key::NETWORK_PEER_PORT) || peer, "a port without a peer");
        for address in [key::CLIENT_ADDRESS, key::SERVER_ADDRESS, key::NETWORK_PEER_ADDRESS] {
            let is_bare = self.text(address).is_none_or(|text| !text.contains(['[', ']', '"', ' ']));
            self.expect(is_bare, "an address with more than the address in it");
        }
        let scope = self.view.scope();
        self.expect(!scope.name.is_empty(), "no scope");
    }

    fn kind_is(&mut self, allowed: &[SpanKind]) {
        let kind = self.view.kind();
        if !allowed.contains(&kind) {
            self.find(format_args!("a span of this kind is not {kind:?}"));
        }
    }
}

fn is_of(value: ValueView<'_>, expected: Type) -> bool {
    match (value, expected) {
        (ValueView::Str(_), Type::Str) | (ValueView::Int(_), Type::Int) | (ValueView::Bool(_), Type::Bool) => true,
        (ValueView::Array(items), Type::Strings) => items.iter().all(|item| item.as_str().is_some()),
        _ => false,
    }
}
