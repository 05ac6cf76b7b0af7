//! Headers of Kafka as a carrier.

use rdkafka::message::{Header, Headers, OwnedHeaders};
use traced::propagation::{Extractor, Injector};

/// The headers of a record that is about to be sent.
pub(crate) struct Record(pub(crate) OwnedHeaders);

/// Those of a message that has come.
pub(crate) struct Received<'a, H>(pub(crate) Option<&'a H>);

impl Injector for Record {
    fn set(&mut self, key: &str, value: String) {
        // Headers only grow: those of the same name are left out of new ones.
        let mut headers = std::mem::take(&mut self.0);
        if headers.iter().any(|header| is_named(&header, key)) {
            let others = headers.iter().filter(|header| !is_named(header, key));
            headers = others.fold(OwnedHeaders::new(), OwnedHeaders::insert);
        }
        self.0 = headers.insert(Header { key, value: Some(&value) });
    }
}

impl Extractor for Record {
    fn get_all(&self, key: &str) -> Vec<&str> {
        values(&self.0, key)
    }

    fn keys(&self) -> Vec<&str> {
        self.0.iter().map(|header| header.key).collect()
    }
}

impl<H: Headers> Extractor for Received<'_, H> {
    fn get_all(&self, key: &str) -> Vec<&str> {
        self.0.map(|headers| values(headers, key)).unwrap_or_default()
    }

    fn keys(&self) -> Vec<&str> {
        self.0.map(|headers| headers.iter().map(|header| header.key).collect()).unwrap_or_default()
    }
}

/// Names are found whatever their case.
fn is_named<V>(header: &Header<'_, V>, key: &str) -> bool {
    header.key.eq_ignore_ascii_case(key)
}

fn values<'a>(headers: &'a impl Headers, key: &str) -> Vec<&'a str> {
    let same = headers.iter().filter(|header| is_named(header, key));
    same.filter_map(|header| std::str::from_utf8(header.value?).ok()).collect()
}
