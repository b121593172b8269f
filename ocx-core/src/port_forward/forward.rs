//! Listening on the host, and carrying bytes to a session.

use std::{
    io,
    net::{SocketAddr, TcpListener as StdTcpListener},
    sync::Arc,
    time::Duration,
};

use rustix::net::sockopt;
use tokio::{
    io::copy_bidirectional_with_sizes,
    net::{TcpListener, TcpStream},
    sync::Semaphore,
    time::sleep,
};

use super::{ForwardedPort, Sockets};

/// Connections to one port at once; more wait.
const CONNECTIONS: usize = 1024;

/// In each direction, of each connection.
const BUFFER: usize = 32 * 1024;

/// How long to wait when there are no descriptors, until others are closed.
const SCARCE: Duration = Duration::from_millis(50);

/// A port of the host cannot be listened on, nor another in its place.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
pub struct ListenError {
    /// The address.
    pub address: SocketAddr,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

/// A port of a session, listened on on the host.
#[derive(Debug)]
pub(crate) struct HostListener {
    listener: StdTcpListener,
    /// Where it is, which may be another port than the one that was asked for.
    pub(crate) port: ForwardedPort,
}

impl HostListener {
    /// Listens where it was asked for; if that port is taken, on one that is free.
    pub(crate) fn bind(wanted: ForwardedPort) -> Result<Self, ListenError> {
        match Self::bind_exactly(wanted) {
            Err(error) if error.source.kind() == io::ErrorKind::AddrInUse => {
                Self::bind_at(wanted, (wanted.address, 0).into())
            }
            bound => bound,
        }
    }

    /// Listens where it was asked for and nowhere else.
    pub(crate) fn bind_exactly(wanted: ForwardedPort) -> Result<Self, ListenError> {
        Self::bind_at(wanted, wanted.on_host())
    }

    fn bind_at(wanted: ForwardedPort, address: SocketAddr) -> Result<Self, ListenError> {
        let failed = |source| ListenError {
            address: wanted.on_host(),
            source,
        };
        let listener = StdTcpListener::bind(address).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let outside = listener.local_addr().map_err(failed)?.port();
        Ok(Self {
            listener,
            port: ForwardedPort { outside, ..wanted },
        })
    }
}

/// Serves what connects. It ends only if the listener fails.
pub(crate) async fn serve(listener: HostListener, sockets: &Arc<Sockets>) -> io::Error {
    let HostListener { listener, port } = listener;
    let listener = match TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return error,
    };
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    // All of them end with this future.
    let mut connections = tokio::task::JoinSet::new();
    loop {
        let place = Arc::clone(&places).acquire_owned().await;
        match listener.accept().await {
            Ok((outside, _)) => {
                let sockets = Arc::clone(sockets);
                connections.spawn(async move {
                    let _place = place;
                    carry(outside, &sockets, port.inside).await;
                });
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return error,
            Err(_) => sleep(SCARCE).await,
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn carry(mut outside: TcpStream, sockets: &Sockets, port: u16) {
    let Ok(mut inside) = sockets.connect(port).await else {
        // As by a port where nobody listens.
        let _ = sockopt::set_socket_linger(&outside, Some(Duration::ZERO));
        return;
    };
    for stream in [&inside, &outside] {
        let _ = stream.set_nodelay(true);
    }
    let _ = copy_bidirectional_with_sizes(&mut outside, &mut inside, BUFFER, BUFFER).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_that_is_taken_gets_another() {
        let taken = StdTcpListener::bind("127.0.0.1:0").unwrap();
        let wanted = ForwardedPort::same(taken.local_addr().unwrap().port());
        let other = HostListener::bind(wanted).unwrap();
        assert_ne!(other.port.outside, wanted.outside);
        assert_eq!(other.port.inside, wanted.inside);
        assert_eq!(other.listener.local_addr().unwrap(), other.port.on_host());
        drop(taken);
        let exact = HostListener::bind(wanted).unwrap();
        assert_eq!(exact.port, wanted);
        let nowhere = "192.0.2.1:8080:80".parse().unwrap();
        let error = HostListener::bind(nowhere).unwrap_err();
        assert_eq!(error.to_string(), "cannot listen on 192.0.2.1:8080");
    }
}
