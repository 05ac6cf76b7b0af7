//! Certificates, as the gRPC client wants them.

use tonic::transport::Endpoint;

use crate::export::otlp::tls::Tls;

/// `https` is refused before, with the way out.
#[cfg(not(feature = "tls"))]
pub(super) fn configure(_tls: &mut Tls, endpoint: Endpoint) -> Result<Endpoint, String> {
    Ok(endpoint)
}

/// Adds the certificates to what connections are made from, as they are now.
///
/// # Errors
///
/// When they cannot be read or used.
#[cfg(feature = "tls")]
pub(super) fn configure(tls: &mut Tls, endpoint: Endpoint) -> Result<Endpoint, String> {
    use tonic::transport::{Certificate, ClientTlsConfig, Identity};

    let read = tls.read()?;
    let mut tls = ClientTlsConfig::new();
    tls = match &read.authorities {
        Some(pem) => tls.ca_certificate(Certificate::from_pem(pem)),
        #[cfg(feature = "tls-native-roots")]
        None => tls.with_native_roots(),
        #[cfg(not(feature = "tls-native-roots"))]
        None => tls.with_webpki_roots(),
    };
    if let Some((chain, key)) = &read.client {
        tls = tls.identity(Identity::from_pem(chain, key));
    }
    endpoint.tls_config(tls).map_err(|error| format!("the certificates cannot be used: {}", last_cause(&error)))
}

/// The last cause, which says more than what it is wrapped in.
#[cfg(feature = "tls")]
fn last_cause(error: &dyn std::error::Error) -> String {
    std::iter::successors(Some(error), |error| error.source()).last().map(ToString::to_string).unwrap_or_default()
}
