//! Names of hosts that a container knows by itself.

use std::{fmt, net::IpAddr, str::FromStr};

/// The longest name that DNS has.
const LONGEST_NAME: usize = 253;
const LONGEST_LABEL: usize = 63;

/// The engines' word for the host itself.
const GATEWAY: &str = "host-gateway";

/// The name of a host: letters, digits, `-`, `_` and dots, in lower case.
///
/// # Examples
///
/// ```
/// use ocx_core::spec::HostName;
///
/// assert_eq!("DB.local".parse::<HostName>()?.as_str(), "db.local");
/// assert!("10.0.0.5".parse::<HostName>().is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct HostName(String);

impl HostName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for HostName {
    type Err = HostEntryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // What ends in a number is an address, or would be one.
        let last = text.rsplit('.').next().unwrap_or_default();
        let is_number = last.bytes().all(|byte| byte.is_ascii_digit());
        if text.len() <= LONGEST_NAME && !is_number && text.split('.').all(is_label) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(HostEntryError {
                found: text.to_owned(),
            })
        }
    }
}

fn is_label(text: &str) -> bool {
    (1..=LONGEST_LABEL).contains(&text.len())
        && !text.starts_with('-')
        && !text.ends_with('-')
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

/// Where a host is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HostAddress {
    /// At this address.
    Ip(IpAddr),
    /// It is the host itself.
    Gateway,
}

impl fmt::Display for HostAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ip(address) => address.fmt(f),
            Self::Gateway => f.write_str(GATEWAY),
        }
    }
}

impl FromStr for HostAddress {
    type Err = HostEntryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == GATEWAY {
            return Ok(Self::Gateway);
        }
        text.parse().map(Self::Ip).map_err(|_| HostEntryError {
            found: text.to_owned(),
        })
    }
}

/// A text is neither the name of a host nor an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{found}` is no host")]
pub struct HostEntryError {
    /// What was found.
    pub found: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        let long = format!("{}.x", "a".repeat(63));
        for name in ["db", "db.local", "a-b_c.example", "x1", "1x", &long] {
            assert_eq!(name.parse::<HostName>().unwrap().as_str(), name);
        }
        let (label, all) = ("a".repeat(64), "a.".repeat(127) + "x");
        for name in [
            "", ".", "db.", ".db", "a..b", "-a", "a-", "a b", "a:b", "a,b", "a=b", "ä", "1",
            "10.0.0.5", "::1", &label, &all, "a\n",
        ] {
            assert!(name.parse::<HostName>().is_err(), "{name}");
        }
    }

    #[test]
    fn addresses() {
        for address in ["10.0.0.5", "::1", "2001:db8::5", "host-gateway"] {
            let read: HostAddress = address.parse().unwrap();
            assert_eq!(read.to_string(), address);
        }
        for address in ["", "10.0.0", "10.0.0.5:80", "10.0.0.0/8", "db", "[::1]"] {
            assert!(address.parse::<HostAddress>().is_err(), "{address}");
        }
    }
}
