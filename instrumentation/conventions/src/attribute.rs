//! Names of attributes.

macro_rules! names {
    ($($(#[$meta:meta])* $name:ident = $value:literal;)*) => {
        $(
            #[doc = concat!("`", $value, "`")]
            $(#[$meta])*
            pub const $name: &str = $value;
        )*

        #[cfg(test)]
        #[test]
        fn names_are_the_official_ones() {
            $(assert_eq!($name, opentelemetry_semantic_conventions::attribute::$name);)*
        }
    };
}

names! {
    CLIENT_ADDRESS = "client.address";
    CLIENT_PORT = "client.port";
    DB_COLLECTION_NAME = "db.collection.name";
    DB_NAMESPACE = "db.namespace";
    DB_OPERATION_BATCH_SIZE = "db.operation.batch.size";
    DB_OPERATION_NAME = "db.operation.name";
    DB_QUERY_PARAMETER = "db.query.parameter";
    DB_QUERY_SUMMARY = "db.query.summary";
    DB_QUERY_TEXT = "db.query.text";
    DB_RESPONSE_RETURNED_ROWS = "db.response.returned_rows";
    DB_RESPONSE_STATUS_CODE = "db.response.status_code";
    DB_STORED_PROCEDURE_NAME = "db.stored_procedure.name";
    DB_SYSTEM_NAME = "db.system.name";
    ERROR_TYPE = "error.type";
    HTTP_REQUEST_BODY_SIZE = "http.request.body.size";
    HTTP_REQUEST_HEADER = "http.request.header";
    HTTP_REQUEST_METHOD = "http.request.method";
    HTTP_REQUEST_METHOD_ORIGINAL = "http.request.method_original";
    HTTP_REQUEST_RESEND_COUNT = "http.request.resend_count";
    HTTP_RESPONSE_BODY_SIZE = "http.response.body.size";
    HTTP_RESPONSE_HEADER = "http.response.header";
    HTTP_RESPONSE_STATUS_CODE = "http.response.status_code";
    HTTP_ROUTE = "http.route";
    MESSAGING_BATCH_MESSAGE_COUNT = "messaging.batch.message_count";
    MESSAGING_CLIENT_ID = "messaging.client.id";
    MESSAGING_CONSUMER_GROUP_NAME = "messaging.consumer.group.name";
    MESSAGING_DESTINATION_ANONYMOUS = "messaging.destination.anonymous";
    MESSAGING_DESTINATION_NAME = "messaging.destination.name";
    MESSAGING_DESTINATION_PARTITION_ID = "messaging.destination.partition.id";
    MESSAGING_DESTINATION_SUBSCRIPTION_NAME = "messaging.destination.subscription.name";
    MESSAGING_DESTINATION_TEMPLATE = "messaging.destination.template";
    MESSAGING_DESTINATION_TEMPORARY = "messaging.destination.temporary";
    MESSAGING_KAFKA_MESSAGE_KEY = "messaging.kafka.message.key";
    MESSAGING_KAFKA_MESSAGE_TOMBSTONE = "messaging.kafka.message.tombstone";
    MESSAGING_KAFKA_OFFSET = "messaging.kafka.offset";
    MESSAGING_MESSAGE_BODY_SIZE = "messaging.message.body.size";
    MESSAGING_MESSAGE_CONVERSATION_ID = "messaging.message.conversation_id";
    MESSAGING_MESSAGE_ENVELOPE_SIZE = "messaging.message.envelope.size";
    MESSAGING_MESSAGE_ID = "messaging.message.id";
    MESSAGING_OPERATION_NAME = "messaging.operation.name";
    MESSAGING_OPERATION_TYPE = "messaging.operation.type";
    MESSAGING_RABBITMQ_DESTINATION_ROUTING_KEY = "messaging.rabbitmq.destination.routing_key";
    MESSAGING_RABBITMQ_MESSAGE_DELIVERY_TAG = "messaging.rabbitmq.message.delivery_tag";
    MESSAGING_SYSTEM = "messaging.system";
    NETWORK_PEER_ADDRESS = "network.peer.address";
    NETWORK_PEER_PORT = "network.peer.port";
    NETWORK_PROTOCOL_NAME = "network.protocol.name";
    NETWORK_PROTOCOL_VERSION = "network.protocol.version";
    NETWORK_TRANSPORT = "network.transport";
    RPC_METHOD = "rpc.method";
    RPC_METHOD_ORIGINAL = "rpc.method_original";
    RPC_REQUEST_METADATA = "rpc.request.metadata";
    RPC_RESPONSE_METADATA = "rpc.response.metadata";
    RPC_SYSTEM_NAME = "rpc.system.name";
    SERVER_ADDRESS = "server.address";
    SERVER_PORT = "server.port";
    URL_FULL = "url.full";
    URL_PATH = "url.path";
    URL_QUERY = "url.query";
    URL_SCHEME = "url.scheme";
    URL_TEMPLATE = "url.template";
    USER_AGENT_ORIGINAL = "user_agent.original";
}

/// `rpc.status_code`. New in 1.43 of the conventions, which the official constants of 1.42 do not have yet: there it is
/// `rpc.response.status_code`.
pub const RPC_STATUS_CODE: &str = "rpc.status_code";
