//! Certificates.

use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

/// Certificates in PEM.
#[derive(Clone, Default)]
pub(super) struct Tls {
    #[cfg(feature = "tls")]
    pub(super) authorities: Option<Pem>,
    #[cfg(feature = "tls")]
    pub(super) client: Option<(Pem, Pem)>,
}

/// Where PEM is. Files are read again when they have changed: certificates may live for no more than a day.
#[cfg(feature = "tls")]
#[derive(Clone)]
pub(super) enum Pem {
    Bytes(Vec<u8>),
    File(std::path::PathBuf),
}

/// When the files were changed last.
pub(super) type Modified = Vec<Option<std::time::SystemTime>>;

#[cfg(not(feature = "tls"))]
impl Tls {
    pub(super) fn configure(&self, config: ConfigBuilder<AgentScope>) -> Result<ConfigBuilder<AgentScope>, String> {
        Ok(config)
    }

    pub(super) fn modified(&self) -> Modified {
        Vec::new()
    }
}

#[cfg(feature = "tls")]
impl Tls {
    /// Adds the certificates to the configuration of the HTTP client.
    pub(super) fn configure(&self, config: ConfigBuilder<AgentScope>) -> Result<ConfigBuilder<AgentScope>, String> {
        use ureq::tls::{ClientCert, PrivateKey, RootCerts, TlsConfig};

        const TRUSTED: &str = "the certificates to trust (OTEL_EXPORTER_OTLP_CERTIFICATE)";
        const KEY: &str = "the client's private key (OTEL_EXPORTER_OTLP_CLIENT_KEY)";
        const CHAIN: &str = "the client's certificate (OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE)";
        let mut tls = TlsConfig::builder();
        if cfg!(feature = "tls-native-roots") {
            tls = tls.root_certs(RootCerts::PlatformVerifier);
        }
        if let Some(pem) = &self.authorities {
            let authorities = certificates(&pem.read(TRUSTED)?, TRUSTED)?;
            tls = tls.root_certs(RootCerts::new_with_certs(&authorities));
        }
        if let Some((chain, key)) = &self.client {
            let key = PrivateKey::from_pem(&key.read(KEY)?).map_err(|_| format!("{KEY} is no PEM"))?;
            let chain = certificates(&chain.read(CHAIN)?, CHAIN)?;
            tls = tls.client_cert(Some(ClientCert::new_with_certs(&chain, key)));
        }
        Ok(config.tls_config(tls.build()))
    }

    /// When the files were changed last.
    pub(super) fn modified(&self) -> Modified {
        let client = self.client.iter().flat_map(|(chain, key)| [chain, key]);
        self.authorities.iter().chain(client).map(Pem::modified).collect()
    }
}

#[cfg(feature = "tls")]
impl Pem {
    fn read(&self, what: &str) -> Result<Vec<u8>, String> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.clone()),
            Self::File(path) => std::fs::read(path).map_err(|error| format!("{what}: {}: {error}", path.display())),
        }
    }

    fn modified(&self) -> Option<std::time::SystemTime> {
        match self {
            Self::Bytes(_) => None,
            Self::File(path) => path.metadata().and_then(|metadata| metadata.modified()).ok(),
        }
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
