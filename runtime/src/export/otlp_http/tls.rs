//! Certificates, as the HTTP client wants them.

use ureq::config::ConfigBuilder;
use ureq::typestate::AgentScope;

use crate::export::otlp::tls::Tls;

/// Adds the certificates to the configuration of the HTTP client.
#[cfg(not(feature = "tls"))]
pub(super) fn configure(
    _tls: &mut Tls,
    config: ConfigBuilder<AgentScope>,
) -> Result<ConfigBuilder<AgentScope>, String> {
    Ok(config)
}

/// Adds the certificates to the configuration of the HTTP client, as they are now.
///
/// # Errors
///
/// When they cannot be read.
#[cfg(feature = "tls")]
pub(super) fn configure(tls: &mut Tls, config: ConfigBuilder<AgentScope>) -> Result<ConfigBuilder<AgentScope>, String> {
    use crate::export::otlp::tls::certificates;
    use ureq::tls::{ClientCert, PrivateKey, RootCerts, TlsConfig};

    let read = tls.read()?;
    let mut tls = TlsConfig::builder();
    if cfg!(feature = "tls-native-roots") {
        tls = tls.root_certs(RootCerts::PlatformVerifier);
    }
    if let Some(pem) = &read.authorities {
        tls = tls.root_certs(RootCerts::new_with_certs(&certificates(pem, "the certificates to trust")?));
    }
    if let Some((chain, key)) = &read.client {
        let key = PrivateKey::from_pem(key).map_err(|error| error.to_string())?;
        tls = tls.client_cert(Some(ClientCert::new_with_certs(&certificates(chain, "the client's certificate")?, key)));
    }
    Ok(config.tls_config(tls.build()))
}
