//! Connecting to what a session asks for, on the address that the policy has seen.

mod resolver;
mod tls;
mod upstream;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
    time::{error::Elapsed, timeout},
};

pub use resolver::{Resolver, SystemResolver};
pub(super) use tls::{Tls, TlsError};
pub use upstream::Upstream;
use upstream::{UpstreamError, UpstreamProxy};

use super::{Policy, Protocol, Refusal, Request, Verdict, destination::Target};

/// More addresses of one name are not tried.
const MOST_ADDRESSES: usize = 8;

/// Bytes in both directions.
pub(super) trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// A connection to the outside.
pub(super) struct Connection {
    pub(super) stream: Box<dyn Stream>,
    /// The address of the destination; `None` if a proxy looks it up.
    pub(super) address: Option<SocketAddr>,
    /// What plain HTTP says on it.
    pub(super) form: Form,
}

/// What a request of plain HTTP looks like.
pub(super) enum Form {
    /// As a server wants it.
    Origin,
    /// As a server wants it that is spoken with by TLS.
    OverTls,
    /// As this proxy wants it.
    Absolute(Box<UpstreamProxy>),
}

/// There is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum DialError {
    /// The policy does not allow the address.
    #[error("{0}")]
    Refused(Refusal),
    /// The name cannot be looked up.
    #[error("the name cannot be looked up")]
    Lookup(#[source] io::Error),
    /// The name has no address.
    #[error("the name has no address")]
    NoAddress,
    /// It does not answer.
    #[error("cannot connect to {address}")]
    Connect {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
    /// It does not answer in time.
    #[error("no answer in time")]
    TimedOut,
    /// It cannot be spoken with in secret.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The proxy of the user's environment does not do it.
    #[error("the proxy {proxy} does not connect")]
    Upstream {
        proxy: String,
        #[source]
        source: UpstreamError,
    },
}

impl From<Elapsed> for DialError {
    fn from(_: Elapsed) -> Self {
        Self::TimedOut
    }
}

/// Connects to the outside.
#[derive(Debug)]
pub(super) struct Dialer {
    pub(super) resolver: Arc<dyn Resolver>,
    pub(super) upstream: Upstream,
    pub(super) tls: Tls,
    /// How long all of it may take.
    pub(super) patience: Duration,
}

impl Dialer {
    /// Connects for a request that the policy has allowed.
    pub(super) async fn connect(
        &self,
        request: &Request,
        policy: &dyn Policy,
    ) -> Result<Connection, DialError> {
        timeout(self.patience, async {
            match self.upstream.proxy_for(request) {
                Some(proxy) => self.through(proxy, request).await,
                None => self.directly(request, policy).await,
            }
        })
        .await?
    }

    /// The same with TLS on it, which the request's tunnel is for.
    pub(super) async fn connect_securely(
        &self,
        request: &Request,
        policy: &dyn Policy,
    ) -> Result<Connection, DialError> {
        let connection = self.connect(request, policy).await?;
        let target = &request.destination.target;
        let stream = timeout(self.patience, self.tls.secure(connection.stream, target)).await??;
        Ok(Connection {
            stream,
            form: Form::OverTls,
            ..connection
        })
    }

    async fn directly(
        &self,
        request: &Request,
        policy: &dyn Policy,
    ) -> Result<Connection, DialError> {
        let destination = &request.destination;
        let found = self.addresses(&destination.target).await?;
        let Some(&first) = found.first() else {
            return Err(DialError::NoAddress);
        };
        let allowed: Vec<IpAddr> = found
            .into_iter()
            .filter(|&address| policy.decide_address(request, address) == Verdict::Allow)
            .take(MOST_ADDRESSES)
            .collect();
        if allowed.is_empty() {
            return Err(DialError::Refused(Refusal::Address(first)));
        }
        let (stream, address) = self.first_of(&allowed, destination.port).await?;
        Ok(Connection {
            stream: Box::new(stream),
            address: Some(address),
            form: Form::Origin,
        })
    }

    async fn through(
        &self,
        proxy: UpstreamProxy,
        request: &Request,
    ) -> Result<Connection, DialError> {
        let found = self.addresses(&proxy.at.target).await?;
        let most = &found[..found.len().min(MOST_ADDRESSES)];
        let (stream, _) = self.first_of(most, proxy.at.port).await?;
        let failed = |source| DialError::Upstream {
            proxy: proxy.at.to_string(),
            source,
        };
        let stream = proxy.secure(stream, &self.tls).await.map_err(failed)?;
        if request.protocol == Protocol::Http && proxy.speaks_http() {
            return Ok(Connection {
                stream,
                address: None,
                form: Form::Absolute(Box::new(proxy)),
            });
        }
        let tunnel = proxy.tunnel(stream, &request.destination).await;
        Ok(Connection {
            stream: tunnel.map_err(failed)?,
            address: None,
            form: Form::Origin,
        })
    }

    async fn addresses(&self, target: &Target) -> Result<Vec<IpAddr>, DialError> {
        match target {
            Target::Address(address) => Ok(vec![*address]),
            Target::Name(name) => {
                let found = self.resolver.resolve(name.as_str()).await;
                found.map_err(DialError::Lookup)
            }
        }
    }

    /// Tries one after the other, so that one that does not answer leaves time for the next.
    async fn first_of(
        &self,
        addresses: &[IpAddr],
        port: u16,
    ) -> Result<(TcpStream, SocketAddr), DialError> {
        let mut last = DialError::NoAddress;
        let mut left = addresses.len();
        for &address in addresses {
            let address = SocketAddr::new(address, port);
            let share = self.patience / u32::try_from(left + 1).unwrap_or(u32::MAX);
            left -= 1;
            match timeout(share, TcpStream::connect(address)).await {
                Ok(Ok(stream)) => {
                    // Requests of some bytes would wait for one another.
                    let _ = stream.set_nodelay(true);
                    return Ok((stream, address));
                }
                Ok(Err(source)) => last = DialError::Connect { address, source },
                Err(_) => last = DialError::TimedOut,
            }
        }
        Err(last)
    }
}
