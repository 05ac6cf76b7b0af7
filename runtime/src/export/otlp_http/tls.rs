//! Certificates.

use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

/// Certificates in PEM, unread.
#[derive(Clone, Default)]
pub(super) struct Tls {
    #[cfg(feature = "tls")]
    pub(super) authorities: Option<Vec<u8>>,
    #[cfg(feature = "tls")]
    pub(super) client: Option<(Vec<u8>, Vec<u8>)>,
}

#[cfg(not(feature = "tls"))]
impl Tls {
    pub(super) fn configure(&self, config: ConfigBuilder<AgentScope>) -> Result<ConfigBuilder<AgentScope>, String> {
        Ok(config)
    }
}

#[cfg(feature = "tls")]
impl Tls {
    /// Adds the certificates to the configuration of the HTTP client.
    pub(super) fn configure(&self, config: ConfigBuilder<AgentScope>) -> Result<ConfigBuilder<AgentScope>, String> {
        use ureq::tls::{ClientCert, PrivateKey, RootCerts, TlsConfig};

        let mut tls = TlsConfig::builder();
        if let Some(pem) = &self.authorities {
            tls = tls.root_certs(RootCerts::new_with_certs(&certificates(pem, "the certificates to trust")?));
        }
        if let Some((chain, key)) = &self.client {
            let key = PrivateKey::from_pem(key).map_err(|_| "the client's private key is no PEM".to_owned())?;
            tls = tls
                .client_cert(Some(ClientCert::new_with_certs(&certificates(chain, "the client's certificate")?, key)));
        }
        Ok(config.tls_config(tls.build()))
    }
}

#[cfg(feature = "tls")]
fn certificates(pem: &[u8], what: &str) -> Result<Vec<ureq::tls::Certificate<'static>>, String> {
    use ureq::tls::{PemItem, parse_pem};

    let items = parse_pem(pem).collect::<Result<Vec<_>, _>>().map_err(|error| format!("{what}: {error}"))?;
    let certificate = |item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    };
    let certificates = items.into_iter().filter_map(certificate).collect::<Vec<_>>();
    if certificates.is_empty() { Err(format!("{what}: no certificate in PEM was found")) } else { Ok(certificates) }
}
