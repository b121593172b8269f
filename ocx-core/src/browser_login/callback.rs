//! The port that a browser comes back to, on the host.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr},
};

use crate::port_forward::{ForwardedPort, HostListener, ListenError};

/// A callback, listened on on the host's loopback interface under exactly its own number: the address is in
/// the hands of the login's server.
#[derive(Debug)]
pub(crate) struct Callback {
    /// `localhost` is one or the other, as a browser likes.
    pub(crate) listeners: Vec<HostListener>,
}

impl Callback {
    /// Listens on 127.0.0.1, and on `::1` if the host has it.
    ///
    /// # Errors
    ///
    /// If somebody else has the port on either of them, since the browser may go there.
    pub(crate) fn bind(port: u16) -> Result<Self, ListenError> {
        let v4 = ForwardedPort::same(port);
        let v6 = ForwardedPort {
            address: Ipv6Addr::LOCALHOST.into(),
            ..v4
        };
        debug_assert_eq!(v4.address, Ipv4Addr::LOCALHOST);
        let mut listeners = vec![HostListener::bind_exactly(v4)?];
        match HostListener::bind_exactly(v6) {
            Ok(listener) => listeners.push(listener),
            Err(error) if error.source.kind() == io::ErrorKind::AddrInUse => return Err(error),
            Err(_) => {}
        }
        Ok(Self { listeners })
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn it_is_that_port_or_none() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(taken) = TcpListener::bind(address) else {
                continue;
            };
            let port = taken.local_addr().unwrap().port();
            let error = Callback::bind(port).unwrap_err();
            assert_eq!(error.address, taken.local_addr().unwrap());
            drop(taken);
            let callback = Callback::bind(port).unwrap();
            for listener in &callback.listeners {
                assert_eq!(listener.port.outside, port);
                assert!(listener.port.address.is_loopback());
            }
        }
    }
}
