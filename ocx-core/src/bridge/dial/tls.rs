//! TLS with servers, and with proxies of the user's.

use std::{
    io,
    sync::{Arc, OnceLock},
};

use rustls::{ClientConfig, pki_types::ServerName};
use rustls_platform_verifier::BuilderVerifierExt as _;
use tokio_rustls::TlsConnector;

use super::Stream;
use crate::bridge::destination::Target;

/// What others have to prove: by the host's certificates, unless it was made with others.
#[derive(Clone, Debug, Default)]
pub(in crate::bridge) struct Tls(OnceLock<Arc<ClientConfig>>);

/// There is no TLS with somebody.
#[derive(Debug, thiserror::Error)]
pub(in crate::bridge) enum TlsError {
    #[error("it does not speak TLS, or does not prove who it is")]
    Handshake(#[source] io::Error),
    #[error("TLS cannot be set up")]
    Setup(#[source] rustls::Error),
}

impl Tls {
    #[cfg(test)]
    pub(in crate::bridge) fn with(config: ClientConfig) -> Self {
        Self(OnceLock::from(Arc::new(config)))
    }

    /// Encrypts a connection with this host.
    pub(in crate::bridge) async fn secure(
        &self,
        stream: Box<dyn Stream>,
        with: &Target,
    ) -> Result<Box<dyn Stream>, TlsError> {
        let name = match with {
            Target::Address(address) => ServerName::from(*address),
            Target::Name(name) => ServerName::try_from(name.as_str().to_owned())
                .map_err(|error| TlsError::Handshake(io::Error::other(error)))?,
        };
        let connector = TlsConnector::from(self.config()?);
        let stream = connector.connect(name, stream).await;
        Ok(Box::new(stream.map_err(TlsError::Handshake)?))
    }

    /// Reading all certificates takes its time, so it is done once.
    fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        if let Some(config) = self.0.get() {
            return Ok(Arc::clone(config));
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .and_then(rustls::ConfigBuilder::with_platform_verifier)
            .map_err(TlsError::Setup)?
            .with_no_client_auth();
        Ok(Arc::clone(self.0.get_or_init(|| Arc::new(config))))
    }
}
