//! Headers of AMQP as a carrier.

use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable, ShortString};
use traced::propagation::{Extractor, Injector};

/// The table of headers in a message's properties. Texts are long strings: RabbitMQ closes the connection on a short one.
pub(crate) struct Headers(pub(crate) FieldTable);

/// The same of a message that has come.
pub(crate) struct Received<'a>(pub(crate) Option<&'a FieldTable>);

impl<'a> Received<'a> {
    pub(crate) fn of(properties: &'a BasicProperties) -> Self {
        Self(properties.headers().as_ref())
    }
}

impl Injector for Headers {
    fn set(&mut self, key: &str, value: String) {
        // No name of a propagator is longer than a short string may be.
        if let Ok(key) = ShortString::try_new(key) {
            self.0.insert(key, AMQPValue::LongString(value.into()));
        }
    }
}

impl Extractor for Headers {
    fn get_all(&self, key: &str) -> Vec<&str> {
        values(&self.0, key)
    }

    fn keys(&self) -> Vec<&str> {
        names(&self.0)
    }
}

impl Extractor for Received<'_> {
    fn get_all(&self, key: &str) -> Vec<&str> {
        self.0.map(|headers| values(headers, key)).unwrap_or_default()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.map(names).unwrap_or_default()
    }
}

/// Names are found whatever their case.
fn values<'a>(headers: &'a FieldTable, key: &str) -> Vec<&'a str> {
    let same = headers.into_iter().filter(|(name, _)| name.as_str().eq_ignore_ascii_case(key));
    same.filter_map(|(_, value)| text(value)).collect()
}

fn text(value: &AMQPValue) -> Option<&str> {
    match value {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
        AMQPValue::ByteArray(bytes) => std::str::from_utf8(bytes.as_slice()).ok(),
        _ => None,
    }
}

fn names(headers: &FieldTable) -> Vec<&str> {
    headers.into_iter().map(|(name, _)| name.as_str()).collect()
}
