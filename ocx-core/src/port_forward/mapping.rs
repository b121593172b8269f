//! Which port of a session is where on the host.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, SocketAddr},
    str::FromStr,
};

/// A port of a session that is on the host: `3000`, `8080:80` (the host's first), `0.0.0.0:8080:80` or
/// `[::]:8080:80`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ForwardedPort {
    /// The address of the host; 127.0.0.1 if none is named.
    pub address: IpAddr,
    /// The port on the host, not zero.
    pub outside: u16,
    /// The port in the session, not zero.
    pub inside: u16,
}

/// A text is no port of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("that is no port such as `3000`, `8080:80` or `0.0.0.0:8080:80`")]
pub struct ForwardedPortError;

impl ForwardedPort {
    /// A port that is on the host's 127.0.0.1 under the same number.
    #[must_use]
    pub fn same(port: u16) -> Self {
        Self {
            address: Ipv4Addr::LOCALHOST.into(),
            outside: port,
            inside: port,
        }
    }

    /// Where it is on the host.
    #[must_use]
    pub fn on_host(&self) -> SocketAddr {
        SocketAddr::new(self.address, self.outside)
    }
}

impl FromStr for ForwardedPort {
    type Err = ForwardedPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let Some((front, inside)) = text.rsplit_once(':') else {
            return Ok(Self::same(port(text)?));
        };
        let inside = port(inside)?;
        let Some((address, outside)) = front.rsplit_once(':') else {
            return Ok(Self {
                outside: port(front)?,
                ..Self::same(inside)
            });
        };
        let bare = address.strip_prefix('[').and_then(|a| a.strip_suffix(']'));
        let address: IpAddr = bare
            .unwrap_or(address)
            .parse()
            .map_err(|_| ForwardedPortError)?;
        // The last group of an address without brackets would be taken for a port.
        if address.is_ipv6() != bare.is_some() {
            return Err(ForwardedPortError);
        }
        Ok(Self {
            address,
            outside: port(outside)?,
            inside,
        })
    }
}

/// Digits only: `+1` and ` 1` are ports to some readers, and none to others.
fn port(text: &str) -> Result<u16, ForwardedPortError> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match text.parse() {
        Ok(port) if is_number && port != 0 => Ok(port),
        _ => Err(ForwardedPortError),
    }
}

impl fmt::Display for ForwardedPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::same(self.inside) {
            self.inside.fmt(f)
        } else if self.address == IpAddr::V4(Ipv4Addr::LOCALHOST) {
            write!(f, "{}:{}", self.outside, self.inside)
        } else {
            write!(f, "{}:{}", self.on_host(), self.inside)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_written() {
        for (text, on_host, inside) in [
            ("3000", "127.0.0.1:3000", 3000),
            ("8080:80", "127.0.0.1:8080", 80),
            ("0.0.0.0:8080:80", "0.0.0.0:8080", 80),
            ("[::]:8080:80", "[::]:8080", 80),
            ("[fd00::1]:1:65535", "[fd00::1]:1", 65535),
        ] {
            let port: ForwardedPort = text.parse().unwrap();
            assert_eq!(port.on_host().to_string(), on_host, "{text}");
            assert_eq!(port.inside, inside, "{text}");
            assert_eq!(port.to_string(), text);
        }
        let same: ForwardedPort = "80:80".parse().unwrap();
        assert_eq!(same.to_string(), "80");
        for text in [
            "",
            ":",
            "0",
            "80:",
            ":80",
            "0:80",
            "80:0",
            "65536",
            "+1",
            " 1",
            "a",
            "1:2:3",
            "localhost:1:2",
            "::1:2:3",
            "[1.2.3.4]:1:2",
            "[::1]:2",
            "1.2.3.4:80",
            "80/tcp",
        ] {
            assert_eq!(
                text.parse::<ForwardedPort>(),
                Err(ForwardedPortError),
                "{text}"
            );
        }
    }
}
