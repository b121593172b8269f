//! Ports of a session's loopback interface that lead out of it.

use std::net::{IpAddr, Ipv4Addr};

use super::{Destination, Target};

/// Most doorways of a session; they all come in one message, and the kernel takes 253.
pub(super) const MOST: usize = 128;

/// More of the host's ports than this do not fit, beside the proxy.
pub(crate) const MOST_HOST_PORTS: usize = MOST - 1;

/// The port of the proxy, unless that is one of the host's: the one that proxies have as a rule.
const PROXY: u16 = 3128;

/// A port of a session's own 127.0.0.1 that is served from outside of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Doorway {
    /// The port, not zero.
    pub port: u16,
    /// What is behind it.
    pub serves: Serves,
}

/// What is behind a doorway.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Serves {
    /// The proxy, which a policy decides for.
    Proxy,
    /// What listens on this port of the host's 127.0.0.1, or of its `::1` if nothing is there; byte by
    /// byte, and no policy is asked.
    Host(u16),
}

impl Doorway {
    /// One to the proxy, on the usual port or on the next one that is not among `taken`.
    #[must_use]
    pub fn to_proxy(taken: &[u16]) -> Self {
        let mut ports = (PROXY..=u16::MAX).chain(1..PROXY);
        let port = ports.find(|port| !taken.contains(port));
        Self {
            port: port.unwrap_or(PROXY),
            serves: Serves::Proxy,
        }
    }

    /// One to a port of the host's loopback interface, under the same number.
    #[must_use]
    pub fn to_host(port: u16) -> Self {
        Self {
            port,
            serves: Serves::Host(port),
        }
    }

    /// The word for the script in the container, with the setting that asks for it.
    pub(super) fn word(&self) -> String {
        let setting = match self.serves {
            Serves::Proxy => "network",
            Serves::Host(_) => "host_ports",
        };
        format!("{setting}={}", self.port)
    }
}

/// A port of the host's loopback interface as a destination.
pub(crate) fn on_host(port: u16) -> Destination {
    Destination {
        target: Target::Address(IpAddr::V4(Ipv4Addr::LOCALHOST)),
        port,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_proxy_makes_way_for_the_hosts_ports() {
        for (taken, expected) in [
            (&[][..], 3128),
            (&[80, 11434], 3128),
            (&[3128], 3129),
            (&[3129, 3128, 3131], 3130),
        ] {
            assert_eq!(Doorway::to_proxy(taken).port, expected, "{taken:?}");
        }
    }

    #[test]
    fn the_script_is_told_which_setting_asks_for_a_port() {
        assert_eq!(Doorway::to_proxy(&[]).word(), "network=3128");
        assert_eq!(Doorway::to_host(11434).word(), "host_ports=11434");
    }
}
