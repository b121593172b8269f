//! Ports of the host's loopback interface.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use rustix::net::sockopt;
use tokio::{
    net::TcpStream,
    time::{error::Elapsed, timeout},
};

use super::{
    copy::carry,
    serve::{Place, Shared, Work},
    traffic::Counted,
};
use crate::{
    bridge::{Event, doorway::on_host},
    error_chain::in_full,
};

/// There is no connection to the port.
#[derive(Debug, thiserror::Error)]
enum ForwardError {
    #[error("cannot connect to it")]
    Connect(#[from] io::Error),
    #[error("it does not answer")]
    TooSlow(#[from] Elapsed),
}

/// Carries what a connection says to a port of the host's, and back.
pub(super) async fn forward(inside: TcpStream, port: u16, shared: Arc<Shared>, place: Place) {
    let destination = on_host(port);
    let idle = shared.limits.idle;
    let (outside, address) = match connect(port, shared.limits.connect).await {
        Ok(connected) => connected,
        Err(error) => {
            shared.policy.observe(&Event::Failed {
                destination,
                problem: in_full(&error),
            });
            // With that the session is reset, as by a port where nobody listens, instead of being told
            // that all has been said.
            let _ = sockopt::set_socket_linger(&inside, Some(Duration::ZERO));
            return;
        }
    };
    for stream in [&inside, &outside] {
        let _ = stream.set_nodelay(true);
    }
    shared.policy.observe(&Event::Connected {
        destination: destination.clone(),
        address: Some(address),
    });
    let work = Work::new(&shared, &place, destination);
    let (outside, traffic) = Counted::new(Box::new(outside), work);
    carry(inside, outside, &traffic, idle).await;
}

/// Some servers listen on the one, some on the other, and browsers try both for `localhost`.
async fn connect(port: u16, patience: Duration) -> Result<(TcpStream, SocketAddr), ForwardError> {
    let first = SocketAddr::from((IpAddr::V4(Ipv4Addr::LOCALHOST), port));
    let second = SocketAddr::from((IpAddr::V6(Ipv6Addr::LOCALHOST), port));
    let refused = match timeout(patience, TcpStream::connect(first)).await? {
        Ok(stream) if !is_to_itself(&stream) => return Ok((stream, first)),
        Ok(_) => io::ErrorKind::ConnectionRefused.into(),
        Err(error) => error,
    };
    match timeout(patience, TcpStream::connect(second)).await? {
        Ok(stream) if !is_to_itself(&stream) => Ok((stream, second)),
        // What was said of the address that the user has named.
        Ok(_) | Err(_) => Err(refused.into()),
    }
}

/// The kernel may give a connection the very port that it goes to as its own, if nobody listens there;
/// then it is connected to itself.
fn is_to_itself(stream: &TcpStream) -> bool {
    match (stream.local_addr(), stream.peer_addr()) {
        (Ok(own), Ok(other)) => own == other,
        _ => true,
    }
}
