//! Where a request wants to go.

use std::{fmt, net::IpAddr};

use hyper::Uri;

use super::address::canonical;

/// A host and a port, in one spelling whatever the request's was: names in lower case and in ASCII
/// (IDNA), without a dot at the end; addresses as addresses, however they are written (`0x7f.1`,
/// `[::ffff:127.0.0.1]`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Destination {
    /// The host.
    pub target: Target,
    /// The port, never 0.
    pub port: u16,
}

/// A host.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target {
    /// By name.
    Name(HostName),
    /// By address; one of IPv4 in an IPv6 address is the former.
    Address(IpAddr),
}

/// The name of a host: in ASCII and lower case, without a dot at the end, of labels of 1 to 63 and of 253
/// characters at most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

/// A text is no destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DestinationError {
    /// No host can be called that.
    #[error("that is no host")]
    Host,
    /// There is no port, or it is none from 1 to 65535.
    #[error("that is no port")]
    Port,
    /// A user or a password stands before the host: it hides where the request goes.
    #[error("a user stands before the host")]
    User,
}

impl HostName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it means the machine that looks it up (RFC 6761).
    pub(super) fn is_loopback(&self) -> bool {
        self.0 == "localhost" || self.0.ends_with(".localhost")
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => name.fmt(f),
            Self::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
            Self::Address(IpAddr::V4(address)) => address.fmt(f),
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.target, self.port)
    }
}

impl Target {
    /// Reads a host as browsers do, <https://url.spec.whatwg.org/#host-parsing>. An IPv6 address may
    /// stand in brackets or without.
    ///
    /// # Errors
    ///
    /// If no host can be called that.
    pub fn parse(text: &str) -> Result<Self, DestinationError> {
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Address(canonical(address)));
        }
        match url::Host::parse(text).map_err(|_| DestinationError::Host)? {
            url::Host::Ipv4(address) => Ok(Self::Address(address.into())),
            url::Host::Ipv6(address) => Ok(Self::Address(canonical(address.into()))),
            url::Host::Domain(name) => {
                let name = name.strip_suffix('.').unwrap_or(&name);
                if name.len() > 253 || !name.split('.').all(is_label) {
                    return Err(DestinationError::Host);
                }
                Ok(Self::Name(HostName(name.to_owned())))
            }
        }
    }
}

impl Destination {
    /// Reads `host:port`, as a `CONNECT` has it.
    ///
    /// # Errors
    ///
    /// If it is something else.
    pub fn parse(text: &str) -> Result<Self, DestinationError> {
        if text.contains('@') {
            return Err(DestinationError::User);
        }
        let (host, port) = text.rsplit_once(':').ok_or(DestinationError::Port)?;
        // The last group of an address without brackets would be taken for a port.
        if host.contains(':') && !(host.starts_with('[') && host.ends_with(']')) {
            return Err(DestinationError::Port);
        }
        Ok(Self {
            target: Target::parse(host)?,
            port: parse_port(port)?,
        })
    }

    /// Where a request with this absolute URI of plain HTTP goes.
    pub(super) fn of_uri(uri: &Uri) -> Result<Self, DestinationError> {
        let authority = uri.authority().ok_or(DestinationError::Host)?.as_str();
        if authority.contains('@') {
            return Err(DestinationError::User);
        }
        let has_port = authority
            .rsplit_once(':')
            .is_some_and(|(_, port)| !port.contains(']'));
        if has_port {
            // `http://host:/` is the usual port.
            match authority.strip_suffix(':') {
                Some(host) => Self::parse(&format!("{host}:80")),
                None => Self::parse(authority),
            }
        } else {
            Self::parse(&format!("{authority}:80"))
        }
    }

    /// The same as a host of a URI, without the port where that is the usual one of its scheme.
    pub(super) fn host_header(&self, usual_port: u16) -> String {
        if self.port == usual_port {
            self.target.to_string()
        } else {
            self.to_string()
        }
    }

    /// Whether it is on the machine that looks it up.
    pub(super) fn is_loopback(&self) -> bool {
        match &self.target {
            Target::Name(name) => name.is_loopback(),
            Target::Address(address) => {
                // The unspecified one, as a destination, is this machine too.
                address.is_loopback() || address.is_unspecified()
            }
        }
    }
}

/// Browsers let more pass, such as `*` and `!`, which no name of a host has.
fn is_label(label: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=63).contains(&label.len()) && label.bytes().all(fits)
}

/// Digits only: `+1` and ` 1` are ports to some readers, and none to others.
pub(super) fn parse_port(text: &str) -> Result<u16, DestinationError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(DestinationError::Port);
    }
    match text.parse() {
        Ok(0) | Err(_) => Err(DestinationError::Port),
        Ok(port) => Ok(port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_spelling_of_a_host_is_the_same() {
        for (written, meant) in [
            ("github.com:443", "github.com:443"),
            ("GitHub.COM:443", "github.com:443"),
            ("github.com.:443", "github.com:443"),
            ("github.com:00443", "github.com:443"),
            ("git%68ub.com:443", "github.com:443"),
            ("ｇｉｔｈｕｂ.com:443", "github.com:443"),
            ("github。com:443", "github.com:443"),
            ("bücher.example:80", "xn--bcher-kva.example:80"),
            ("BÜCHER.example:80", "xn--bcher-kva.example:80"),
            ("xn--bcher-kva.example:80", "xn--bcher-kva.example:80"),
            ("a_b.example:80", "a_b.example:80"),
            ("localhost:80", "localhost:80"),
            ("127.0.0.1:80", "127.0.0.1:80"),
            ("127.1:80", "127.0.0.1:80"),
            ("127.0.0.1.:80", "127.0.0.1:80"),
            ("2130706433:80", "127.0.0.1:80"),
            ("0x7f000001:80", "127.0.0.1:80"),
            ("0x7F.1:80", "127.0.0.1:80"),
            ("0177.0.0.01:80", "127.0.0.1:80"),
            ("１２７.0.0.1:80", "127.0.0.1:80"),
            ("0:80", "0.0.0.0:80"),
            ("[::1]:80", "[::1]:80"),
            ("[0:0:0:0:0:0:0:1]:80", "[::1]:80"),
            ("[::ffff:127.0.0.1]:80", "127.0.0.1:80"),
            ("[::ffff:7f00:1]:80", "127.0.0.1:80"),
            ("[64:ff9b::a9fe:a9fe]:80", "169.254.169.254:80"),
            ("[FE80::1]:80", "[fe80::1]:80"),
        ] {
            let found = Destination::parse(written).map(|destination| destination.to_string());
            assert_eq!(found.as_deref(), Ok(meant), "{written}");
        }
    }

    #[test]
    fn what_is_no_destination_is_refused() {
        use DestinationError::{Host, Port, User};
        for (written, expected) in [
            ("", Port),
            ("github.com", Port),
            ("github.com:", Port),
            ("github.com:0", Port),
            ("github.com:+443", Port),
            ("github.com: 443", Port),
            ("github.com:443 ", Port),
            ("github.com:65536", Port),
            ("github.com:４４３", Port),
            ("::1:80", Port),
            ("[::1]", Port),
            ("github.com@evil.example:443", User),
            ("a:b@evil.example:443", User),
            (":443", Host),
            (".:443", Host),
            ("..:443", Host),
            ("github.com..:443", Host),
            (".github.com:443", Host),
            ("a..b:443", Host),
            ("git hub.com:443", Host),
            ("github.com/evil:443", Host),
            ("github.com#evil:443", Host),
            ("github.com\0:443", Host),
            ("github.com%00.evil:443", Host),
            ("git%2568ub.com:443", Host),
            ("[fe80::1%eth0]:80", Host),
            ("[::1:80", Port),
            ("256.0.0.1:80", Host),
            ("1.2.3.4.5:80", Host),
            ("0x100000000:80", Host),
            ("*.github.com:443", Host),
        ] {
            assert_eq!(Destination::parse(written), Err(expected), "{written}");
        }
        let long = format!("{}:80", "a".repeat(64));
        assert_eq!(Destination::parse(&long), Err(Host));
        let deep = format!("{}a:80", "a.".repeat(127));
        assert_eq!(Destination::parse(&deep), Err(Host));
    }

    #[test]
    fn an_absolute_uri_has_a_destination() {
        for (written, meant) in [
            ("http://Example.com/a", Ok("example.com:80")),
            ("http://example.com:/a", Ok("example.com:80")),
            ("http://example.com:8080/a@b", Ok("example.com:8080")),
            ("http://[::1]/", Ok("[::1]:80")),
            ("http://[::1]:81/", Ok("[::1]:81")),
            ("http://0x7f.1/", Ok("127.0.0.1:80")),
            (
                "http://ok.example@evil.example/",
                Err(DestinationError::User),
            ),
            ("/a", Err(DestinationError::Host)),
        ] {
            let uri: Uri = written.parse().unwrap();
            let found = Destination::of_uri(&uri).map(|destination| destination.to_string());
            assert_eq!(
                found.as_deref(),
                meant.as_ref().map(|text| *text),
                "{written}"
            );
        }
    }

    #[test]
    fn fuzz_destinations() {
        let seeds =
            crate::testing::corpus(concat!(env!("CARGO_MANIFEST_DIR"), "/fuzz/destinations"));
        crate::testing::fuzz(&seeds, |input| {
            let text = String::from_utf8_lossy(input);
            let Ok(first) = Destination::parse(&text) else {
                return;
            };
            // Its own spelling means the same.
            let again = Destination::parse(&first.to_string());
            assert_eq!(again.as_ref(), Ok(&first));
            if let Target::Name(name) = &first.target {
                assert_eq!(name.as_str(), name.as_str().to_ascii_lowercase());
                assert!(name.as_str().parse::<IpAddr>().is_err());
            }
        });
    }
}
