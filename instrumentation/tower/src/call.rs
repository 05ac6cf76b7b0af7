//! How a call of gRPC ends.

use http::{HeaderMap, StatusCode};
use traced::SpanKind;
use traced::instrumentation::{CallSite, Convention, Literal, Metric, Outcome, OwnedSpan};
use traced_conventions::attribute::{RPC_METHOD, RPC_METHOD_ORIGINAL, RPC_STATUS_CODE, RPC_SYSTEM_NAME};
use traced_conventions::method::OTHER;
use traced_conventions::metric;
use traced_conventions::rpc::Status;
use traced_conventions::sites::{Facts, Sites};

use crate::SCOPE;

pub(crate) static SERVER: CallSite = CallSite::new("grpc", SCOPE)
    .kind(SpanKind::Server)
    .convention(Convention::Rpc)
    .metric(&SERVER_DURATION)
    .attributes(&[(RPC_SYSTEM_NAME, Literal::Str("grpc"))]);
pub(crate) static CLIENT: CallSite = CallSite::new("grpc", SCOPE)
    .kind(SpanKind::Client)
    .convention(Convention::Rpc)
    .metric(&CLIENT_DURATION)
    .attributes(&[(RPC_SYSTEM_NAME, Literal::Str("grpc"))]);
static SERVER_DURATION: Metric = metric::rpc_server_call_duration();
static CLIENT_DURATION: Metric = metric::rpc_client_call_duration();
pub(crate) static SERVER_SITES: Sites = Sites::new(1_000);
pub(crate) static CLIENT_SITES: Sites = Sites::new(1_000);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Side {
    Server,
    Client,
}

pub(crate) const NO_FACTS: Facts = [""; 3];

/// What of a call is needed when it ends.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) side: Side,
    /// The method while it has no call site of its own.
    pub(crate) new_method: Option<Box<str>>,
    /// That of the answer.
    pub(crate) http_status: StatusCode,
}

impl Call {
    /// The answer's head is there.
    pub(crate) fn answered(&mut self, status: StatusCode) {
        self.http_status = status;
    }

    /// Ends the span by the status in trailers, or in the headers of an answer that has only those.
    pub(crate) fn end(&self, span: OwnedSpan, trailers: Option<&HeaderMap>) {
        let said = trailers.and_then(|trailers| trailers.get("grpc-status"));
        let status = match said {
            Some(value) => value.to_str().map_or(Status::UNKNOWN, Status::from_header),
            None if self.http_status == StatusCode::OK => Status::UNKNOWN,
            None => Status::from_http(self.http_status.as_u16()),
        };
        self.end_as(span, status);
    }

    /// The stream broke without a status.
    pub(crate) fn broken(&self, span: OwnedSpan) {
        self.end_as(span, Status::UNKNOWN);
    }

    /// It was given up.
    pub(crate) fn dropped(&self, mut span: OwnedSpan) {
        if std::thread::panicking() {
            self.say(&mut span, Status::UNKNOWN);
            return span.end(Outcome::Panicked);
        }
        self.end_as(span, Status::CANCELLED);
    }

    /// The call never got an answer: its error's type says more than a status.
    pub(crate) fn failed(&self, mut span: OwnedSpan, error_type: &str) {
        self.say(&mut span, Status::UNKNOWN);
        span.end(Outcome::error(error_type));
    }

    fn end_as(&self, mut span: OwnedSpan, status: Status) {
        self.say(&mut span, status);
        let failed = match self.side {
            Side::Server => status.is_server_error(),
            Side::Client => status.is_client_error(),
        };
        span.end(if failed { Outcome::error(status.word()) } else { Outcome::Success });
    }

    /// Records the status, and the method unless the call site has it.
    fn say(&self, span: &mut OwnedSpan, status: Status) {
        span.add_attribute(RPC_STATUS_CODE, status.word());
        span.label(RPC_STATUS_CODE, status.word());
        if let Some(method) = self.new_method.as_deref() {
            let is_unknown = self.side == Side::Server && status == Status::UNIMPLEMENTED;
            span.label(RPC_METHOD, if is_unknown { OTHER } else { method });
            self.learn(method, status, span);
        }
    }

    /// A method that the server has gets a call site of its own. One that it does not have may be any text.
    fn learn(&self, method: &str, status: Status, span: &mut OwnedSpan) {
        match self.side {
            Side::Server if status == Status::UNIMPLEMENTED => {
                span.set_attribute(RPC_METHOD, OTHER);
                span.set_attribute(RPC_METHOD_ORIGINAL, method);
                span.set_name("grpc");
            }
            Side::Server if status == Status::OK => {
                SERVER_SITES.get(method, NO_FACTS, || SERVER.leak(method, &[(RPC_METHOD, method.to_owned().into())]));
            }
            Side::Client => {
                CLIENT_SITES.get(method, NO_FACTS, || CLIENT.leak(method, &[(RPC_METHOD, method.to_owned().into())]));
            }
            Side::Server => {}
        }
    }
}
