//! Certificates.

/// Certificates in PEM, for both ends of a connection. Files are read again when they have changed: certificates may
/// live for no more than a day.
#[derive(Clone, Default)]
pub(crate) struct Tls {
    #[cfg(feature = "tls")]
    pub(crate) authorities: Option<Pem>,
    #[cfg(feature = "tls")]
    pub(crate) client: Option<(Pem, Pem)>,
    /// When the files were changed that were read last.
    #[cfg(feature = "tls")]
    read: Modified,
}

/// Whether the files of certificates have changed.
#[cfg(not(feature = "tls"))]
impl Tls {
    pub(crate) fn have_changed(&self) -> bool {
        false
    }
}

#[cfg(feature = "tls")]
type Modified = Vec<Option<std::time::SystemTime>>;

/// Where PEM is.
#[cfg(feature = "tls")]
#[derive(Clone)]
pub(crate) enum Pem {
    Bytes(Vec<u8>),
    File(std::path::PathBuf),
}

/// Certificates as they were read, in PEM.
#[cfg(feature = "tls")]
pub(crate) struct Certificates {
    /// Whom to trust, in place of the usual authorities.
    pub(crate) authorities: Option<Vec<u8>>,
    /// The client's certificate with its chain, and its key.
    pub(crate) client: Option<(Vec<u8>, Vec<u8>)>,
}

#[cfg(feature = "tls")]
impl Tls {
    /// Reads what is there now.
    ///
    /// # Errors
    ///
    /// What cannot be read, or is no PEM, and the variable that names it.
    pub(crate) fn read(&mut self) -> Result<Certificates, String> {
        use ureq::tls::PrivateKey;

        const TRUSTED: &str = "the certificates to trust (OTEL_EXPORTER_OTLP_CERTIFICATE)";
        const KEY: &str = "the client's private key (OTEL_EXPORTER_OTLP_CLIENT_KEY)";
        const CHAIN: &str = "the client's certificate (OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE)";
        // Looked at before, so that a change meanwhile shows as one.
        let modified = self.modified();
        let authorities = self.authorities.as_ref().map(|pem| pem.read(TRUSTED)).transpose()?;
        if let Some(authorities) = &authorities {
            certificates(authorities, TRUSTED)?;
        }
        let read_pair = |(chain, key): &(Pem, Pem)| -> Result<_, String> {
            let (chain, key) = (chain.read(CHAIN)?, key.read(KEY)?);
            PrivateKey::from_pem(&key).map_err(|_| format!("{KEY} is no PEM"))?;
            certificates(&chain, CHAIN)?;
            Ok((chain, key))
        };
        let client = self.client.as_ref().map(read_pair).transpose()?;
        self.read = modified;
        Ok(Certificates { authorities, client })
    }

    /// Whether files have changed since they were read.
    pub(crate) fn have_changed(&self) -> bool {
        self.modified() != self.read
    }

    /// When the files were changed last.
    fn modified(&self) -> Modified {
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

/// The certificates in a text; at least one.
#[cfg(feature = "tls")]
pub(crate) fn certificates(pem: &[u8], what: &str) -> Result<Vec<ureq::tls::Certificate<'static>>, String> {
    use ureq::tls::{PemItem, parse_pem};

    let items = parse_pem(pem).collect::<Result<Vec<_>, _>>().map_err(|error| format!("{what}: {error}"))?;
    let certificate = |item| match item {
        PemItem::Certificate(certificate) => Some(certificate),
        _ => None,
    };
    let certificates = items.into_iter().filter_map(certificate).collect::<Vec<_>>();
    if certificates.is_empty() { Err(format!("{what}: no certificate in PEM was found")) } else { Ok(certificates) }
}
