//! What holds for each part of the conventions.

use traced::SpanKind;

use super::Check;
use crate::attribute as key;
use crate::db;
use crate::method::OTHER;
use crate::rpc::Status;
use crate::url::{SECRET_KEYS, redacted, redacted_query};

impl Check<'_> {
    pub(super) fn http(&mut self) {
        self.kind_is(&[SpanKind::Server, SpanKind::Client]);
        let is_server = self.view.kind() == SpanKind::Server;
        let method = self.text(key::HTTP_REQUEST_METHOD).unwrap_or_default();
        let shown = if method == OTHER { "HTTP" } else { method };
        let target = self.text(if is_server { key::HTTP_ROUTE } else { key::URL_TEMPLATE });
        let name = target.map_or_else(|| shown.to_owned(), |target| format!("{shown} {target}"));
        self.expect(self.view.name() == name, "the name is not made of method and route");
        let is_other = method == OTHER;
        self.expect(is_other == self.has(key::HTTP_REQUEST_METHOD_ORIGINAL), "the original method belongs to _OTHER");
        if is_server {
            self.require(&[key::URL_PATH, key::URL_SCHEME]);
        } else {
            self.require(&[key::URL_FULL, key::SERVER_ADDRESS, key::SERVER_PORT]);
            self.expect(!self.has(key::HTTP_ROUTE), "a client has no route");
        }
        self.url();
        let version = self.text(key::NETWORK_PROTOCOL_VERSION);
        let is_version = version.is_none_or(|version| ["0.9", "1.0", "1.1", "2", "3"].contains(&version));
        self.expect(is_version, "the version of HTTP is not one of its own words");
        let protocol = self.text(key::NETWORK_PROTOCOL_NAME);
        self.expect(protocol != Some("http"), "the protocol's name is left out where it is http");
        self.expect(self.int(key::HTTP_REQUEST_RESEND_COUNT) != Some(0), "the first attempt resends nothing");
        self.http_status(is_server);
    }

    fn url(&mut self) {
        let path = self.text(key::URL_PATH).unwrap_or_default();
        self.expect(!path.contains('?'), "the path has a query");
        let query = self.text(key::URL_QUERY).unwrap_or_default();
        self.expect(!query.starts_with('?'), "the query has its question mark");
        let is_clean = redacted_query(query, &SECRET_KEYS) == query;
        self.expect(is_clean, "the query has a secret");
        let full = self.text(key::URL_FULL).unwrap_or("http://host");
        self.expect(full.contains("://"), "the URL is not absolute");
        let scheme = self.text(key::URL_SCHEME).unwrap_or_default();
        self.expect(scheme == scheme.to_ascii_lowercase(), "the scheme is not in lower case");
        self.expect(redacted(full, &SECRET_KEYS) == full, "the URL has a secret");
    }

    fn http_status(&mut self, is_server: bool) {
        let error_type = self.text(key::ERROR_TYPE);
        let Some(status) = self.int(key::HTTP_RESPONSE_STATUS_CODE) else {
            let is_status = error_type.is_some_and(|word| word.parse::<u16>().is_ok());
            return self.expect(!is_status, "a status that is only in error.type");
        };
        self.expect((100..=599).contains(&status), "no status of HTTP");
        let fails = status >= if is_server { 500 } else { 400 };
        let code = status.to_string();
        if fails && is_server {
            // The body may have failed besides.
            self.expect(self.is_error(), "this status is an error");
        } else if fails {
            self.expect(error_type == Some(&code), "this status is an error, and its error.type");
        } else {
            self.expect(error_type != Some(&code), "this status is no error");
            self.expect(is_server || !self.is_error(), "this status is no error of a client");
        }
    }

    pub(super) fn database(&mut self) {
        self.kind_is(&[SpanKind::Client, SpanKind::Internal]);
        let system = self.text(key::DB_SYSTEM_NAME).unwrap_or_default();
        if ["redis", "mongodb"].contains(&system) {
            self.require(&[key::DB_OPERATION_NAME]);
        }
        self.expect(self.int(key::DB_OPERATION_BATCH_SIZE) != Some(1), "a batch of one is no batch");
        if let Some(summary) = self.text(key::DB_QUERY_SUMMARY) {
            self.expect(self.view.name() == summary, "the name is not the summary");
            self.expect(summary.len() <= 255, "the summary is too long");
        }
        let usual = db::System::default_port_of(system).map(i64::from);
        let is_usual = usual.is_some() && self.int(key::SERVER_PORT) == usual;
        self.expect(!is_usual, "the port is the usual one");
        if let (Some(code), Some(error_type)) = (self.text(key::DB_RESPONSE_STATUS_CODE), self.text(key::ERROR_TYPE)) {
            self.expect(code == error_type, "error.type is not the database's code");
        }
    }

    pub(super) fn rpc(&mut self) {
        self.kind_is(&[SpanKind::Server, SpanKind::Client]);
        let is_client = self.view.kind() == SpanKind::Client;
        self.require(&[key::RPC_METHOD, key::RPC_STATUS_CODE]);
        if is_client {
            self.require(&[key::SERVER_ADDRESS]);
        }
        let method = self.text(key::RPC_METHOD).unwrap_or_default();
        let name = if method == OTHER { "grpc" } else { method };
        self.expect(self.view.name() == name, "the name is not the method");
        let is_other = method == OTHER;
        self.expect(is_other == self.has(key::RPC_METHOD_ORIGINAL), "the original method belongs to _OTHER");
        let word = self.text(key::RPC_STATUS_CODE).unwrap_or_default();
        let Some(status) = (0..17).map(Status::from_code).find(|status| status.word() == word) else {
            return self.find("no status of gRPC");
        };
        let fails = if is_client { status.is_client_error() } else { status.is_server_error() };
        self.expect(self.is_error() == fails, "whether it is an error does not follow from the status");
        let foreign = self.view.attributes().any(|one| one.key.starts_with("http.") || one.key.starts_with("client."));
        self.expect(!foreign, "attributes of HTTP on a span of RPC");
    }

    pub(super) fn messaging(&mut self) {
        self.require(&[key::MESSAGING_OPERATION_NAME]);
        let kinds: &[SpanKind] = match self.text(key::MESSAGING_OPERATION_TYPE) {
            Some("create") => &[SpanKind::Producer],
            Some("send") => &[SpanKind::Producer, SpanKind::Client],
            Some("receive" | "settle") => &[SpanKind::Client],
            Some("process") => &[SpanKind::Consumer],
            None => &[SpanKind::Client],
            Some(_) => return self.find("no type of operation"),
        };
        self.kind_is(kinds);
        if kinds != [SpanKind::Client] {
            self.require(&[key::MESSAGING_DESTINATION_NAME]);
        }
        self.message();
        let operation = self.text(key::MESSAGING_OPERATION_NAME).unwrap_or_default();
        let passes = |key: &str| self.view.attributes().get(key).is_some();
        let is_passing = passes(key::MESSAGING_DESTINATION_TEMPORARY) || passes(key::MESSAGING_DESTINATION_ANONYMOUS);
        let destination = self.text(key::MESSAGING_DESTINATION_TEMPLATE);
        let destination = destination.or_else(|| self.text(key::MESSAGING_DESTINATION_NAME).filter(|_| !is_passing));
        let name = destination.map_or_else(|| operation.to_owned(), |to| format!("{operation} {to}"));
        self.expect(self.view.name() == name, "the name is not made of operation and destination");
        for flag in [
            key::MESSAGING_DESTINATION_TEMPORARY,
            key::MESSAGING_DESTINATION_ANONYMOUS,
            key::MESSAGING_KAFKA_MESSAGE_TOMBSTONE,
        ] {
            let is_false = self.view.attributes().get(flag) == Some(traced::view::ValueView::Bool(false));
            self.expect(!is_false, "what is false is left out");
        }
    }

    /// What is said of a message, and by which broker.
    fn message(&mut self) {
        let system = self.text(key::MESSAGING_SYSTEM).unwrap_or_default();
        self.expect(system == system.to_ascii_lowercase(), "the system is not in lower case");
        for attribute in self.view.attributes() {
            for (space, of) in [("messaging.kafka.", "kafka"), ("messaging.rabbitmq.", "rabbitmq")] {
                self.expect(!attribute.key.starts_with(space) || system == of, "an attribute of another broker");
            }
        }
        let of_one = [key::MESSAGING_MESSAGE_ID, key::MESSAGING_KAFKA_MESSAGE_KEY, key::MESSAGING_KAFKA_OFFSET];
        let is_batch = self.has(key::MESSAGING_BATCH_MESSAGE_COUNT);
        let says_one = of_one.iter().any(|key| self.has(key));
        self.expect(!is_batch || !says_one, "what one message of several has belongs on its link");
    }
}
