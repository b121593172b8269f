//! Looking up names.

use std::{fmt, io, net::IpAddr};

use async_trait::async_trait;

/// Looks up names of hosts.
#[async_trait]
pub trait Resolver: fmt::Debug + Send + Sync {
    /// The addresses of a host, the preferred one first.
    ///
    /// # Errors
    ///
    /// If there are none, or nobody can tell.
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>>;
}

/// The host's own: `/etc/hosts`, its name servers and whatever else it is set up to ask.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemResolver;

#[async_trait]
impl Resolver for SystemResolver {
    async fn resolve(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        let found = tokio::net::lookup_host((name, 0)).await?;
        Ok(found.map(|address| address.ip()).collect())
    }
}
