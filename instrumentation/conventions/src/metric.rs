//! Metrics: how long what servers, clients, databases and brokers do takes.
//!
//! A call site has one by [`CallSite::metric`](traced::instrumentation::CallSite::metric). Which of its attributes are
//! labels is said here; the others are added by [`OwnedSpan::label`](traced::instrumentation::OwnedSpan::label).
//!
//! ```
//! use traced::instrumentation::{CallSite, Metric};
//! use traced_conventions::metric;
//!
//! # const SCOPE: traced::Scope = traced::Scope::new("my-client");
//! static DURATION: Metric = metric::http_client_request_duration();
//! static GET: CallSite = CallSite::new("GET", SCOPE).metric(&DURATION);
//! # let _ = &GET;
//! ```

use traced::instrumentation::Metric;

use crate::attribute::{
    DB_OPERATION_NAME, DB_QUERY_SUMMARY, DB_SYSTEM_NAME, HTTP_REQUEST_METHOD, HTTP_ROUTE, MESSAGING_DESTINATION_NAME,
    MESSAGING_DESTINATION_TEMPLATE, MESSAGING_OPERATION_NAME, MESSAGING_OPERATION_TYPE, MESSAGING_SYSTEM,
    NETWORK_PROTOCOL_VERSION, RPC_METHOD, RPC_SYSTEM_NAME, URL_SCHEME,
};

/// The upper bounds of the buckets of requests, calls and messages, in seconds.
pub const REQUEST_BOUNDS: &[f64] = &[0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1.0, 2.5, 5.0, 7.5, 10.0];

/// The upper bounds of the buckets of operations of databases, in seconds.
pub const DATABASE_BOUNDS: &[f64] = &[0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1.0, 5.0, 10.0];

macro_rules! durations {
    ($($name:ident = $text:literal, $official:ident, $bounds:ident, $of_site:expr, $description:literal;)*) => {
        $(
            #[doc = concat!("`", $text, "`, in seconds: ", $description)]
            #[must_use]
            pub const fn $name() -> Metric {
                Metric::histogram($text, "s", $description, $bounds).labels($of_site)
            }
        )*

        #[cfg(test)]
        #[test]
        fn names_are_the_official_ones() {
            use opentelemetry_semantic_conventions::metric::*;
            $(assert_eq!($text, $official);)*
            assert_eq!(ACTIVE_REQUESTS, HTTP_SERVER_ACTIVE_REQUESTS);
        }
    };
}

const MESSAGING: &[&str] = &[
    MESSAGING_SYSTEM,
    MESSAGING_OPERATION_NAME,
    MESSAGING_OPERATION_TYPE,
    MESSAGING_DESTINATION_NAME,
    MESSAGING_DESTINATION_TEMPLATE,
];

durations! {
    http_server_request_duration = "http.server.request.duration", HTTP_SERVER_REQUEST_DURATION, REQUEST_BOUNDS,
        &[HTTP_REQUEST_METHOD, URL_SCHEME, HTTP_ROUTE, NETWORK_PROTOCOL_VERSION], "Duration of HTTP server requests.";
    http_client_request_duration = "http.client.request.duration", HTTP_CLIENT_REQUEST_DURATION, REQUEST_BOUNDS,
        &[HTTP_REQUEST_METHOD], "Duration of HTTP client requests.";
    rpc_server_call_duration = "rpc.server.call.duration", RPC_SERVER_CALL_DURATION, REQUEST_BOUNDS,
        &[RPC_SYSTEM_NAME, RPC_METHOD], "Measures the duration of an incoming Remote Procedure Call (RPC).";
    rpc_client_call_duration = "rpc.client.call.duration", RPC_CLIENT_CALL_DURATION, REQUEST_BOUNDS,
        &[RPC_SYSTEM_NAME, RPC_METHOD], "Measures the duration of an outgoing Remote Procedure Call (RPC).";
    db_client_operation_duration = "db.client.operation.duration", DB_CLIENT_OPERATION_DURATION, DATABASE_BOUNDS,
        &[DB_SYSTEM_NAME, DB_QUERY_SUMMARY, DB_OPERATION_NAME], "Duration of database client operations.";
    messaging_client_operation_duration = "messaging.client.operation.duration", MESSAGING_CLIENT_OPERATION_DURATION,
        REQUEST_BOUNDS, MESSAGING,
        "Duration of messaging operation initiated by a producer or consumer client.";
    messaging_process_duration = "messaging.process.duration", MESSAGING_PROCESS_DURATION, REQUEST_BOUNDS, MESSAGING,
        "Duration of processing operation.";
}

const ACTIVE_REQUESTS: &str = "http.server.active_requests";

/// `http.server.active_requests`: Number of active HTTP server requests.
#[must_use]
pub const fn http_server_active_requests() -> Metric {
    Metric::up_down_counter(ACTIVE_REQUESTS, "{request}", "Number of active HTTP server requests.")
}
