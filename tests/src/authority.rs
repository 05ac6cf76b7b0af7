//! Certificates for one test, and receivers that show them.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned};

use crate::receiver::Receiver;

/// A certificate authority.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

impl Authority {
    /// An authority that nobody else knows.
    ///
    /// # Panics
    /// When the certificate cannot be made.
    #[must_use]
    pub fn new() -> Self {
        let mut params = CertificateParams::new([]).expect("no names");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().expect("a key");
        Self { issuer: CertifiedIssuer::self_signed(params, key).expect("a certificate") }
    }

    /// Its own certificate, in PEM.
    #[must_use]
    pub fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// A certificate for a name and its key, in PEM.
    ///
    /// # Panics
    /// When it cannot be made.
    #[must_use]
    pub fn issue(&self, name: &str) -> (String, String) {
        let key = KeyPair::generate().expect("a key");
        let params = CertificateParams::new([name.to_owned()]).expect("a name");
        let certificate = params.signed_by(&key, &self.issuer).expect("a certificate");
        (certificate.pem(), key.serialize_pem())
    }

    /// A receiver of OTLP/HTTP that shows a certificate of this authority, and asks for one of `clients` if there is one.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn receiver(&self, name: &str, clients: Option<&Self>) -> Receiver {
        let (certificate, key) = self.issue(name);
        let builder = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().expect("versions");
        let builder = match clients {
            None => builder.with_no_client_auth(),
            Some(clients) => {
                let mut roots = RootCertStore::empty();
                roots.add(clients.issuer.der().clone()).expect("an authority");
                let provider = Arc::new(rustls::crypto::ring::default_provider());
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                builder.with_client_cert_verifier(verifier.build().expect("an authority"))
            }
        };
        let chain = vec![CertificateDer::from_pem_slice(certificate.as_bytes()).expect("a certificate")];
        let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).expect("a key");
        let config = Arc::new(builder.with_single_cert(chain, key).expect("a pair"));
        Receiver::start_with(move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a configuration");
            Box::new(StreamOwned::new(connection, stream))
        })
    }

    /// The same for OTLP/gRPC.
    ///
    /// # Panics
    /// When it cannot be started.
    #[cfg(feature = "grpc")]
    #[must_use]
    pub fn grpc_server(&self, name: &str, clients: Option<&Self>) -> crate::grpc::Server {
        use tonic::transport::{Certificate, Identity, ServerTlsConfig};

        let (certificate, key) = self.issue(name);
        let mut tls = ServerTlsConfig::new().identity(Identity::from_pem(certificate, key));
        if let Some(clients) = clients {
            tls = tls.client_ca_root(Certificate::from_pem(clients.pem()));
        }
        crate::grpc::Server::start_with(move |server| server.tls_config(tls.clone()).expect("certificates"))
    }
}
