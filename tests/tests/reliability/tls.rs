//! Faults of TLS, with certificates made for the test.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use traced::{OtlpHttpExporter, SpanExporter};
use traced_tests::receiver::{Connection, Receiver};

use crate::row::Outcome::{self, Held};
use crate::row::{Fault, Seen};

type Authority = CertifiedIssuer<'static, KeyPair>;

fn authority() -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server that shows a certificate for `name`.
fn server(issuer: &Authority, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Peer {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    change(&mut params);
    let certificate = params.signed_by(&key, issuer).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    Peer::Tls(Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap()))
}

/// What the client of HTTPS meets.
#[derive(Clone)]
enum Peer {
    Tls(Arc<ServerConfig>),
    /// These bytes, at once.
    Bytes(&'static [u8]),
}

impl Peer {
    fn meet(&self, mut stream: TcpStream) -> Box<dyn Connection> {
        match self {
            Self::Tls(config) => Box::new(StreamOwned::new(ServerConnection::new(Arc::clone(config)).unwrap(), stream)),
            Self::Bytes(bytes) => {
                let _ = stream.write_all(bytes);
                Box::new(stream)
            }
        }
    }
}

struct OverTls {
    name: &'static str,
    receiver: Receiver,
    peer: Arc<Mutex<Peer>>,
    fault: Peer,
    good: Peer,
    trusted: String,
}

impl OverTls {
    fn new(name: &'static str, trusted: &Authority, fault: Peer) -> Self {
        let good = server(trusted, "localhost", |_| ());
        let peer = Arc::new(Mutex::new(good.clone()));
        let meets = Arc::clone(&peer);
        let receiver = Receiver::start_with(move |stream| {
            let peer = meets.lock().unwrap().clone();
            peer.meet(stream)
        });
        Self { name, receiver, peer, fault, good, trusted: trusted.pem() }
    }

    fn endpoint(&self) -> String {
        format!("https://localhost:{}", self.receiver.address().port())
    }
}

impl Fault for OverTls {
    fn exporter(&self) -> &'static str {
        "OTLP/HTTPS"
    }

    fn name(&self) -> &str {
        self.name
    }

    fn outcome(&self) -> Outcome {
        Held
    }

    fn build(&self) -> Box<dyn SpanExporter> {
        let exporter = OtlpHttpExporter::builder().endpoint(self.endpoint()).certificate(&*self.trusted);
        Box::new(exporter.timeout(Duration::from_millis(300)).build().unwrap())
    }

    fn begin(&self) {
        *self.peer.lock().unwrap() = self.fault.clone();
    }

    fn end(&self) -> bool {
        *self.peer.lock().unwrap() = self.good.clone();
        self.receiver.go_away();
        self.receiver.come_back();
        true
    }

    fn requests(&self) -> Vec<Option<usize>> {
        Vec::new()
    }

    fn shown(&self, said: &str) -> String {
        let said = said.replace(&self.endpoint(), "https://collector:4318");
        // The times of a certificate.
        said.split(": verification time").next().unwrap_or_default().to_owned()
    }
}

pub(crate) fn rows() -> Vec<Seen> {
    let trusted = authority();
    let row = |name, fault| OverTls::new(name, &trusted, fault);
    let rows = [
        row("certificate of an unknown issuer", server(&authority(), "localhost", |_| ())),
        row("certificate for another name", server(&trusted, "other.example.com", |_| ())),
        row(
            "certificate that is expired",
            server(&trusted, "localhost", |params| params.not_after = date_time_ymd(2001, 1, 1)),
        ),
        row(
            "certificate that is not valid yet",
            server(&trusted, "localhost", |params| params.not_before = date_time_ymd(2999, 1, 1)),
        ),
        row("TLS alert", Peer::Bytes(b"\x15\x03\x03\x00\x02\x02\x28")),
        row("plain HTTP answers", Peer::Bytes(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")),
    ];
    rows.iter().map(|fault| Seen::of(fault)).collect()
}
